"""Answers as granian writes them, whole and in pieces."""

import pytest

from benchmarks.wire import command, delete, get, post, read_http, read_resp

ANSWER = b"HTTP/1.1 409 Conflict\r\ncontent-type: application/json\r\ncontent-length: 21\r\nserver: granian\r\n\r\n"
BODY = b'{"code":"item_taken"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nserver: granian\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


def test_a_whole_answer() -> None:
    assert read_http(ANSWER + BODY) == (409, BODY)


@pytest.mark.parametrize("cut", range(len(ANSWER + BODY)))
def test_a_part_is_no_answer(cut: int) -> None:
    assert read_http((ANSWER + BODY)[:cut]) is None


@pytest.mark.parametrize("cut", range(len(CHUNKED)))
def test_part_of_a_chunked_one(cut: int) -> None:
    assert read_http(CHUNKED[:cut]) is None


def test_chunks_are_put_together() -> None:
    assert read_http(CHUNKED) == (200, b"{}")
    assert read_http(CHUNKED.replace(b"2\r\n{}", b"1\r\n{\r\n1\r\n}")) == (200, b"{}")


def test_204_has_no_body() -> None:
    assert read_http(b"HTTP/1.1 204 No Content\r\nserver: granian\r\n\r\n") == (204, b"")


def test_an_answer_says_its_end() -> None:
    with pytest.raises(ValueError, match="without an end"):
        read_http(b"HTTP/1.1 200 OK\r\nserver: granian\r\n\r\n{}")


def test_requests_as_bytes() -> None:
    assert post("/a?b=1") == b"POST /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    assert post("/a", b"{}").endswith(b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
    assert get("/a") == b"GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert delete("/a").startswith(b"DELETE /a HTTP/1.1\r\n")


def test_a_command_counts_bytes() -> None:
    assert command("AUTH", "é") == b"*2\r\n$4\r\nAUTH\r\n$2\r\n\xc3\xa9\r\n"


def test_a_pipeline_of_answers() -> None:
    read = read_resp(3)
    assert read(b"*1\r\n$2\r\n") is None
    assert read(b"*1\r\n$2\r\nok\r\n") == (200, b"*1\r\n$2\r\nok\r\n")
    assert read_resp(1)(b"-ERR no\r\n") == (500, b"-ERR no\r\n")
