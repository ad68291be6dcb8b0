"""The wire: requests as bytes made beforehand, answers with as little parsing as tells them apart.

post, get, delete     one HTTP/1.1 keep-alive request as bytes
read_http             the first whole answer in what has arrived, or None
read_resp             the same for a pipeline of Redis commands
command               one Redis command as bytes
"""

from __future__ import annotations

from collections.abc import Callable

Parsed = tuple[int, bytes]
"""An answer: its status, its body."""

Reader = Callable[[bytes], Parsed | None]
"""Finds a whole answer in what has arrived: a connection asks once and waits, so there is never more than one."""

_HOST = b"Host: 127.0.0.1\r\n"


def post(target: str, body: bytes = b"") -> bytes:
    """A POST; a body is JSON."""
    head = b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n" % (target.encode(), _HOST, len(body))
    kind = b"Content-Type: application/json\r\n" if body else b""
    return head + kind + b"\r\n" + body


def get(target: str) -> bytes:
    """A GET."""
    return b"GET %b HTTP/1.1\r\n%b\r\n" % (target.encode(), _HOST)


def delete(target: str) -> bytes:
    """A DELETE."""
    return b"DELETE %b HTTP/1.1\r\n%b\r\n" % (target.encode(), _HOST)


def command(*words: str | int) -> bytes:
    """One Redis command."""
    texts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%b\r\n" % (len(text), text) for text in texts)


def read_http(data: bytes) -> Parsed | None:
    """A whole answer, or None until it has arrived. Raises `ValueError` for one that does not say where it ends."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, start = int(data[9:12]), end + 4
    found = data.find(b"content-length: ", 0, end)
    if found >= 0:
        length = int(data[found + 16 : data.find(b"\r", found)])
        return (status, data[start:]) if len(data) >= start + length else None
    if data.find(b"transfer-encoding: chunked", 0, end) >= 0:
        body = _chunks(data, start)
        return None if body is None else (status, body)
    if status == 204:
        return status, b""
    raise ValueError(f"an answer without an end: {data[:end]!r}")


def _chunks(data: bytes, start: int) -> bytes | None:
    body = b""
    while (line := data.find(b"\r\n", start)) >= 0:
        length = int(data[start:line], 16)
        start = line + 2 + length + 2
        if len(data) < start:
            return None
        if length == 0:
            return body
        body += data[line + 2 : start - 2]
    return None


def read_resp(lines: int) -> Reader:
    """Reads answers of Redis that have so many lines together; status 200 where none is an error, else 500."""

    def read(data: bytes) -> Parsed | None:
        if data.count(b"\r\n") < lines:
            return None
        return (500 if data.startswith(b"-") or b"\r\n-" in data else 200), data

    return read
