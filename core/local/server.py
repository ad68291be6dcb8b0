"""What the embedded PostgreSQL and Redis share: a life on one folder and one port.

    start       prepare, run, wait until it answers            -> url
    stop        ask it to end, then make it; gives the folder back
    kill        kill -9, as in a crash; the folder stays ours
    restart     up again on the same port, after a kill too

    command     for the supervisor, which runs the program itself: prepare, and say what to run
    answers     has it answered a real question just now?

While the folder is ours (`lock`), any server still working in it is an orphan of a killed owner, and is ended first.
"""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from core.local.address import Address, remembered, settle
from core.local.errors import LocalError
from core.local.folders import private
from core.local.leftovers import servers_in
from core.local.locks import FolderLock
from core.local.spawn import Command, spawn

ANSWER_SECONDS = 20.0
STOP_SECONDS = 8.0
POLL_SECONDS = 0.01
PORT_TRIES = 5
LOG = "server.log"
PORT_TAKEN = "Address already in use"


class Server(ABC):
    """An embedded server. Use as a context manager, or call `start` and `stop`."""

    stop_signal = signal.SIGTERM
    what = "A server"

    def __init__(self, base: Path, *, work: Path, program: Path) -> None:
        """`base` is ours (address, lock, log); `work` is where the program itself stands and keeps its data."""
        self.base = base
        self.work = work
        self.program = program
        self.address: Address | None = None
        self._lock = FolderLock(base, what=self.what)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def answers(self) -> bool:
        """One real question, at most a second long."""

    @abstractmethod
    def _make(self) -> None:
        """Makes what is missing in the folders."""

    @abstractmethod
    def _command(self) -> Command: ...

    @property
    def pid(self) -> int:
        """The running server's, else LocalError."""
        if self._process is None or self._process.poll() is not None:
            raise LocalError(f"{self.what} does not run.")
        return self._process.pid

    def start(self) -> str:
        """Runs the server and returns its URL once it truly answers. On a used folder it keeps its port and data."""
        for _ in range(PORT_TRIES):
            self._run(self.command())
            if self._wait_for_answer():
                return self.url
            if PORT_TAKEN not in self._last_words():
                break
            self.address = settle(self.base, avoid=self._port)  # somebody took the port between our look and its start
        words = self._last_words()
        self.stop()
        raise LocalError(f"{self.what} in {self.base} did not start. Its last words:\n{words}")

    def stop(self) -> None:
        """Ends it as its maker wishes, after STOP_SECONDS by kill -9, and gives the folder back."""
        if self._process is not None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None
        self.release()

    def kill(self) -> None:
        """kill -9 of the server and nothing else. Returns when it is dead."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> str:
        """Runs it again, after a `kill` or instead of the running one, and returns the same URL as before."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)  # it may have been paused
            self._process.send_signal(self.stop_signal)
            self._process.wait(STOP_SECONDS)
        self._run(self.command())
        if not self._wait_for_answer():
            raise LocalError(f"{self.what} in {self.base} did not come back. Its last words:\n{self._last_words()}")
        return self.url

    def command(self) -> Command:
        """Takes the folder, ends orphans, makes what is missing, and says what to run. Safe to call before each run."""
        private(self.base)
        self._lock.take()
        try:
            self._end_orphans()
            if self.address is None:
                self.address = settle(self.base)
            self._make()
        except BaseException:
            self.release()
            raise
        return self._command()

    def release(self) -> None:
        """Gives the folder back to the next owner."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def is_known(self) -> bool:
        """Whether it has run on this folder before, so that it has an address."""
        return (self.address or remembered(self.base)) is not None

    @property
    def _port(self) -> int:
        return self._settled.port

    @property
    def _settled(self) -> Address:
        address = self.address or remembered(self.base)
        if address is None:
            raise LocalError(f"{self.what} has never run in {self.base}, so it has no address.")
        return address

    def _run(self, command: Command) -> None:
        with open(self.base / LOG, "wb") as log:
            self._process = spawn(command, output=log)

    def _wait_for_answer(self) -> bool:
        def gone_or_well() -> bool:
            return self._process is None or self._process.poll() is not None or self.answers()

        wait_until(gone_or_well, seconds=ANSWER_SECONDS)
        return self._process is not None and self._process.poll() is None and self.answers()

    def _last_words(self) -> str:
        log = self.base / LOG
        return log.read_text(errors="replace")[-2_000:] if log.exists() else ""

    def _end_orphans(self) -> None:
        def none_left() -> bool:
            orphans = servers_in(self.work, program=self.program)
            for pid in orphans:
                _kill_if_there(pid)
            return not orphans

        if not wait_until(none_left, seconds=STOP_SECONDS):
            raise LocalError(f"A server from before still works in {self.work} and does not end.")


def wait_until(true: Callable[[], bool], *, seconds: float) -> bool:
    """Asks every POLL_SECONDS until the answer is yes, or the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _kill_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
