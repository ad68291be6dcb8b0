"""Just enough of the Redis protocol to ask a server how it is. The engine has its own door, with pools and scripts."""

import socket
from typing import Any
from urllib.parse import unquote, urlsplit


class RedisSays(Exception):
    """The server answered with an error, such as LOADING or NOAUTH."""


def ask(url: str, *words: str, timeout: float = 1.0) -> Any:
    """One command on a connection of its own. Raises OSError where nobody answers, RedisSays for an error answer."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout) as sock:
        stream = sock.makefile("rwb")
        if parts.password:
            user = [unquote(parts.username)] if parts.username else []
            _call(stream, "AUTH", *user, unquote(parts.password))
        return _call(stream, *words)


def _call(stream: Any, *words: str) -> Any:
    stream.write(b"*%d\r\n" % len(words))
    for word in words:
        stream.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
    stream.flush()
    return _read(stream)


def _read(stream: Any) -> Any:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server hung up")
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"-":
        raise RedisSays(rest)
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2].decode(errors="replace") if int(rest) >= 0 else None
    if kind == b"*":
        return [_read(stream) for _ in range(int(rest))]
    return rest
