"""The crowd: generators in processes of their own, which begin together.

run         so many connections over so many processes; one tally of all they heard
run_here    the same in this process, for what must be kept between two crowds
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from benchmarks.generator import Script, connect, drive
from benchmarks.limits import CONNECTIONS, GENERATORS
from benchmarks.tally import Tally
from benchmarks.wire import Reader, read_http

Scripts = Callable[[int, int], Iterator[Script]]
"""The scripts of process `number` of `processes`, one a connection (more than there are connections is fine)."""

_fork = multiprocessing.get_context("fork")


def run(
    scripts: Scripts,
    *,
    port: int,
    connections: int = CONNECTIONS,
    processes: int = GENERATORS,
    read: Reader = read_http,
    greeting: bytes = b"",
) -> Tally:
    """Let a crowd loose on a port of this machine. Raises `RuntimeError` if one of its processes broke."""
    barrier = _fork.Barrier(processes)
    pipes, children = [], []
    for number in range(processes):
        ours, theirs = _fork.Pipe(duplex=False)
        share = connections // processes + (number < connections % processes)

        def work(number: int = number, share: int = share, theirs: Connection = theirs) -> None:
            theirs.send(_one(scripts(number, processes), port, share, barrier, read, greeting))

        child = _fork.Process(target=work, daemon=True)
        child.start()
        theirs.close()
        pipes.append(ours)
        children.append(child)
    tally = Tally()
    for pipe, child in zip(pipes, children, strict=True):
        try:
            tally.add(pipe.recv())
        except EOFError as error:
            raise RuntimeError("a process of the crowd broke; its traceback is above") from error
        child.join()
    return tally


def run_here(scripts: Iterator[Script], *, port: int, connections: int = CONNECTIONS) -> Tally:
    """Let a crowd loose from this very process."""
    return _one(scripts, port, connections, _fork.Barrier(1), read_http, b"")


def _one(
    scripts: Iterator[Script], port: int, connections: int, barrier: Barrier, read: Reader, greeting: bytes
) -> Tally:
    sockets = [connect(port, greeting=greeting) for _ in range(connections)]
    barrier.wait()
    try:
        return drive(sockets, scripts, read=read)
    finally:
        for made in sockets:
            made.close()
