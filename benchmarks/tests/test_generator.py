"""The crowd against a little server that answers as told."""

import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks.crowd import run, run_here
from benchmarks.generator import Script
from benchmarks.wire import get, read_resp

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
NO = b'HTTP/1.1 409 Conflict\r\ncontent-length: 19\r\n\r\n{"code":"sold_out"}'


def _serve(made: socket.socket) -> None:
    """`/ok` and `/no` as they say, `/pieces` byte by byte, `/bye` not at all."""
    with made:
        while asked := made.recv(1_000):
            if asked.startswith(b"GET /bye"):
                return
            if asked.startswith(b"GET /pieces"):
                for at in range(len(OK)):
                    made.sendall(OK[at : at + 1])
            else:
                made.sendall(NO if asked.startswith(b"GET /no") else OK)


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    made = server.accept()[0]
                except OSError:
                    return
                threading.Thread(target=_serve, args=(made,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def asks(*targets: str, heard: list[int] | None = None) -> Script:
    for target in targets:
        status, _ = yield "ask", get(target)
        if heard is not None:
            heard.append(status)


def test_a_script_hears_each_answer(port: int) -> None:
    heard: list[int] = []
    tally = run_here(iter([asks("/ok", "/no", "/pieces", heard=heard)]), port=port, connections=1)
    assert heard == [200, 409, 200]
    assert tally.count("ask") == 2
    assert tally.refusals() == {"sold_out": 1}
    assert tally.cpu_seconds >= 0


def test_a_lost_connection_is_an_error(port: int) -> None:
    tally = run_here(iter([asks("/ok", "/bye", "/ok")]), port=port, connections=1)
    assert tally.errors == {("ask", "connection lost"): 1}
    assert tally.count("ask") == 1


def test_a_script_may_ask_nothing(port: int) -> None:
    assert run_here(iter([asks(), asks("/ok")]), port=port, connections=2).requests == 1


def test_processes_share_the_connections(port: int) -> None:
    tally = run(
        lambda number, processes: (asks(*["/ok"] * 10) for _ in range(9)), port=port, connections=5, processes=2
    )
    assert tally.count("ask") == 50


def test_a_greeting_comes_first(port: int) -> None:
    def script() -> Script:
        yield "ask", b"GET /ok"

    tally = run(
        lambda _n, _p: iter([script()]), port=port, connections=1, processes=1, greeting=b"hello", read=read_resp(3)
    )
    assert tally.count("ask") == 1
