"""Real granian, clients that send half a body: the others are served, the half-sent ones are answered and let go."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
HALF = b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A web process as `manage.py up` runs it: two workers of 16 threads."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(free)]
    command += ["--http", "1", "--no-ws", "--runtime-mode", "st", "--workers", "2", "--blocking-threads", "16"]
    command += ["--respawn-failed-workers", "config.wsgi:application"]
    env = {**os.environ, "STAMPEDE_ROLE": "web", "WEB_THREADS": "16"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_answers(free)
            yield free
        finally:
            server.terminate()


def test_half_sent_bodies_do_not_stop_the_site(port: int) -> None:
    with ExitStack() as stack:
        stuck = [stack.enter_context(half_sent(port)) for _ in range(64)]
        slowest = 0.0
        for _ in range(30):
            start = time.monotonic()
            assert get(port) == 200
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(0.02)
        assert slowest < 1.5
        statuses = sorted(status_of(one) for one in stuck)
        assert set(statuses) <= {0, 408, 503}
        assert statuses.count(503) >= 32
        assert statuses.count(408) >= 1
    assert post(port, b"{}") == 405


def test_a_drip_of_bytes_does_not_hold_a_thread(port: int) -> None:
    with half_sent(port) as drip:
        drip.settimeout(0.5)
        start = time.monotonic()
        ended = b""
        while not ended and time.monotonic() - start < 15:
            try:
                ended = drip.recv(4_096)
                break
            except TimeoutError:
                drip.sendall(b" ") if time.monotonic() - start < 8 else None
        assert b" 408 " in ended or ended == b""
        assert time.monotonic() - start < 9


def test_a_body_in_two_pieces_is_read(port: int) -> None:
    with half_sent(port) as slow:
        time.sleep(0.3)
        slow.sendall(b'"name": "Alice"   }')
        assert status_of(slow) == 405  # read, then refused for its method


def test_a_client_that_leaves_frees_its_thread(port: int) -> None:
    for _ in range(64):
        half_sent(port).close()
    time.sleep(0.2)
    assert post(port, b"{}") == 405


def test_too_large_a_body_is_refused_unread(port: int) -> None:
    with connect(port) as one:
        one.sendall(HALF.replace(b"Content-Length: 20", b"Content-Length: 3000000"))
        assert status_of(one) == 413


@pytest.mark.parametrize("length", [b"-1", b"abc", b"5\r\nContent-Length: 6"])
def test_a_lying_length_is_refused(port: int, length: bytes) -> None:
    with connect(port) as one:
        one.sendall(HALF.replace(b"Content-Length: 20", b"Content-Length: " + length))
        assert status_of(one) == 400


def half_sent(port: int) -> socket.socket:
    one = connect(port)
    one.sendall(HALF)
    return one


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=12)


def status_of(one: socket.socket) -> int:
    """The status of the answer; 0 where the connection was closed without one."""
    try:
        head = one.recv(4_096)
    except ConnectionResetError:
        return 0
    return int(head.split(b" ", 2)[1]) if head else 0


def get(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        return int(answer.status)


def post(port: int, body: bytes) -> int:
    request = Request(f"http://127.0.0.1:{port}/health", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            assert get(port) == 200
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
