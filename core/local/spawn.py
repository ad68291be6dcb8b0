"""Starts programs that die with this process.

    Command     what to run, as whom, with which environment
    spawn       starts it in a session of its own, through `child.py`

Every fork happens in one thread that lives as long as the process: Linux sends the parent death signal when the
forking *thread* ends, and tests start servers from threads that come and go. `preexec_fn` is not used at all, since it
may deadlock in a process with threads.
"""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program with an absolute path, its environment, and the (uid, gid) it drops to."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    user: tuple[int, int] | None = None


Order = tuple[Command, int | IO[bytes], "Future[subprocess.Popen[bytes]]"]


def spawn(command: Command, *, output: int | IO[bytes]) -> "subprocess.Popen[bytes]":
    """Starts the command; its output and errors both go to `output`."""
    done: Future[subprocess.Popen[bytes]] = Future()
    _starter.orders().put((command, output, done))
    return done.result()


class Starter:
    """The one thread that forks. After a fork of this process the thread is gone, so the child makes its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[Order] | None = None

    def orders(self) -> "queue.SimpleQueue[Order]":
        with self._lock:
            if self._orders is None:
                self._orders = queue.SimpleQueue()
                threading.Thread(target=_serve, args=(self._orders,), name="starter", daemon=True).start()
            return self._orders

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._orders = None


_starter = Starter()
os.register_at_fork(after_in_child=_starter.forget)


def _serve(orders: "queue.SimpleQueue[Order]") -> None:
    while True:
        command, output, done = orders.get()
        try:
            done.set_result(_fork(command, output))
        except BaseException as error:  # noqa: BLE001 - it is not swallowed: it is raised in the caller's thread
            done.set_exception(error)


def _fork(command: Command, output: int | IO[bytes]) -> "subprocess.Popen[bytes]":
    uid, gid = command.user or ("-", "-")
    head = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(uid), str(gid)]
    return subprocess.Popen(
        [*head, *command.argv],
        env=dict(command.env),
        cwd=command.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
