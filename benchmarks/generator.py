"""One process of the crowd: many connections, each asks, waits for the answer, asks again.

A connection is driven by a script, a generator that yields what to ask and is sent the answer:

    def visitor():
        status, body = yield "checkout", post("/checkout?user_id=1&id=1")

    drive     run one script a connection until all have ended
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Generator, Iterator, Sequence

from benchmarks.limits import ANSWER_SECONDS_MAX
from benchmarks.tally import LOST, Tally
from benchmarks.wire import Parsed, Reader, read_http

Question = tuple[str, bytes]
Script = Generator[Question, Parsed, None]

_READ_BYTES = 65_536


class Line:
    """One connection, its script, and what it waits for."""

    __slots__ = ("asked_at", "heard", "kind", "script", "socket")

    def __init__(self, made: socket.socket, script: Script) -> None:
        self.socket = made
        self.script = script
        self.kind = ""
        self.asked_at = 0.0
        self.heard = b""


def connect(port: int, *, greeting: bytes = b"") -> socket.socket:
    """A connection to this machine; a greeting is sent first, and its one-line answer thrown away."""
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if greeting:
        made.sendall(greeting)
        made.recv(_READ_BYTES)
    return made


def drive(sockets: Sequence[socket.socket], scripts: Iterator[Script], *, read: Reader = read_http) -> Tally:
    """Run a script on each connection until all have ended. Raises `TimeoutError` if nobody hears anything."""
    tally = Tally(began=time.monotonic())
    cpu = time.process_time()
    poll = select.epoll()
    lines: dict[int, Line] = {}
    for made, script in zip(sockets, scripts, strict=False):
        lines[made.fileno()] = Line(made, script)
    for number, line in list(lines.items()):
        if _first(line):
            poll.register(number, select.EPOLLIN)
        else:
            del lines[number]
    while lines:
        ready = poll.poll(ANSWER_SECONDS_MAX)
        if not ready:
            raise TimeoutError(f"{len(lines)} connections heard nothing for {ANSWER_SECONDS_MAX} s")
        for number, _ in ready:
            if not _turn(lines[number], tally, read):
                poll.unregister(number)
                del lines[number]
    tally.ended = time.monotonic()
    tally.cpu_seconds = time.process_time() - cpu
    poll.close()
    return tally


def _first(line: Line) -> bool:
    """Ask the first question; False where the script has none."""
    question = next(line.script, None)
    if question is None:
        return False
    _ask(line, question, now=time.perf_counter())
    return True


def _turn(line: Line, tally: Tally, read: Reader) -> bool:
    """Take in what has arrived; with a whole answer, ask what the script asks next. False: the script has ended."""
    try:
        arrived = line.socket.recv(_READ_BYTES)
    except ConnectionError:
        arrived = b""
    if arrived:
        heard = line.heard + arrived if line.heard else arrived
        answer = read(heard)
        if answer is None:
            line.heard = heard
            return True
    else:
        answer = LOST, b""
    line.heard = b""
    now = time.perf_counter()
    tally.note(line.kind, now - line.asked_at, *answer)
    if answer[0] == LOST:
        return False
    try:
        question = line.script.send(answer)
    except StopIteration:
        return False
    _ask(line, question, now=now)
    return True


def _ask(line: Line, question: Question, *, now: float) -> None:
    line.kind, raw = question
    line.asked_at = now
    try:
        line.socket.send(raw)
    except ConnectionError:
        return  # the next look at it finds that it has ended
