"""Keeps a set of processes running, and leaves nothing behind.

    with Supervisor(data_dir) as supervisor:        takes the folder, or says who has it
        supervisor.start(postgres, redis)           starts, and from now on restarts with back-off
        supervisor.wait_for(ready, seconds=20)      everything below goes on meanwhile
        supervisor.run_to_end(migrate)              a process that is meant to end
        supervisor.run()                            until SIGINT, SIGTERM or SIGHUP

Leaving the block stops all but the stores, then the stores: by their signal, after their grace by kill -9, which a
second Ctrl-C brings at once. Each process leads a session of its own, so Ctrl-C reaches the supervisor alone, and a
group is ended whole. As "child subreaper" it also inherits and ends grandchildren that left their group.

One thread, one loop: what it waits for are the processes' output, signals, and the time of the next start. The process
that holds a supervisor has no other children than its own.
"""

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, BinaryIO, Self

from core.local.errors import LocalError
from core.local.folders import private, write_private
from core.local.leftovers import children_of
from core.local.locks import FolderLock
from core.local.output import Output
from core.local.process import Process, Spec
from core.local.subreaper import adopt_orphans, reap
from core.local.sweeper import Sweeper

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TURN_SECONDS = 0.5
POLL_SECONDS = 0.05
ASK_SECONDS = 0.15  # between two questions of `wait_for`, which cost the asked something
PROCESSES = "processes.json"


class StopAsked(Exception):
    """A signal asked the supervisor to stop."""


class Supervisor:
    """See the module."""

    def __init__(self, data_dir: Path, *, console: BinaryIO | None = None) -> None:
        self.data_dir = data_dir.resolve()
        private(self.data_dir, mode=0o711 if os.getuid() == 0 else 0o700)
        self._lock = FolderLock(self.data_dir, what="Stampede")
        self._console = console
        self._processes: list[Process] = []
        self._leaders: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._asked: list[int] = []
        self._stopping = False
        self._patience = 0
        self._signals_before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._lock.take()
        self.output = Output(private(self.data_dir / "logs"), console=self._console)
        self._listen()
        self._strangers = children_of(os.getpid())
        adopt_orphans(yes=True)
        self._sweeper = Sweeper()
        self._write_pids()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._sweeper.close()
        adopt_orphans(yes=False)
        self._unlisten()
        (self.data_dir / PROCESSES).unlink(missing_ok=True)
        self.output.close()
        self._lock.release()

    def start(self, *specs: Spec) -> None:
        """Starts them in this order. One that cannot start is tried again, like one that dies."""
        self.output.know(*(spec.name for spec in specs))
        for spec in specs:
            process = Process(spec)
            self._processes.append(process)
            self._start(process)

    def run_to_end(self, spec: Spec) -> int:
        """Runs a process that is meant to end, and returns its exit code. Raises StopAsked."""
        self.output.know(spec.name)
        process = Process(spec)
        self._begin(process)
        try:
            self._loop(lambda: process.ended() is not None, seconds=None)
        finally:
            code = self._bury(process)
        return code

    def wait_for(self, true: Callable[[], bool], *, seconds: float) -> bool:
        """Asks every ASK_SECONDS while everything goes on. False when the time is over. Raises StopAsked."""
        return self._loop(true, seconds=seconds, pause=ASK_SECONDS)

    def run(self) -> None:
        """Returns when a signal asks to stop."""
        try:
            self._loop(lambda: False, seconds=None, pause=TURN_SECONDS)
        except StopAsked:
            return

    def say(self, text: str) -> None:
        self.output.line("stampede", text.encode())

    def show(self, lines: list[str]) -> None:
        """Lines for the person, without a name before them."""
        for line in lines:
            self.output.plain(line.encode())

    # The loop.

    def _loop(self, true: Callable[[], bool], *, seconds: float | None, pause: float = POLL_SECONDS) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        ask_at = 0.0
        while True:
            if time.monotonic() >= ask_at:  # what the processes say turns the loop far more often
                if true():
                    return True
                ask_at = time.monotonic() + pause
            if self._asked and not self._stopping:
                raise StopAsked
            if deadline and time.monotonic() > deadline:
                return False
            self._turn(pause)

    def _turn(self, pause: float) -> None:
        due = [process.start_at for process in self._processes if process.start_at is not None]
        until_next = max(0.0, min(due) - time.monotonic()) if due and not self._stopping else pause
        for key, _ in self._selector.select(min(pause, until_next)):
            if isinstance(key.data, Process):
                self._relay(key.data)
            else:
                key.data.recv(4096)  # only woke us
        for process in self._processes:
            if process.ended() is not None:
                self._mourn(process)
            if process.start_at is not None and process.start_at <= time.monotonic() and not self._stopping:
                self._start(process)

    def _relay(self, process: Process) -> bool:
        """Passes on what it said. False when there will be no more."""
        lines = process.read()
        for line in lines or ():
            self.output.line(process.spec.name, line)
        if lines is None:
            self._unwatch(process)
        return bool(lines)

    # The life of one process.

    def _start(self, process: Process) -> None:
        try:
            self._begin(process)
        except (LocalError, OSError) as error:
            self.say(f"{process.spec.name} cannot start: {error} (tried again in {process.start_again_later():.1f} s)")
        self._write_pids()

    def _begin(self, process: Process) -> None:
        process.start()
        assert process.pid
        self._leaders.add(process.pid)
        self._sweeper.note(process.pid)
        self._selector.register(process.fileno(), selectors.EVENT_READ, process)

    def _mourn(self, process: Process) -> None:
        code = self._bury(process)
        how = f"by signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"with code {code}"
        if self._stopping:
            self.say(f"{process.spec.name} has stopped")
        else:
            self.say(f"{process.spec.name} ended {how}; starting again in {process.start_again_later():.1f} s")
        self._write_pids()

    def _bury(self, process: Process) -> int:
        """Ends what it left behind, passes on its last words, and forgets it. Returns its exit code."""
        pid = process.pid
        assert pid
        process.kill_group()
        code = process.wait()
        reap(pid)
        self._leaders.discard(pid)
        self._end_strays()
        while self._relay(process):
            pass
        self._unwatch(process)
        process.close()
        self._sweeper.forget(pid)
        return code

    def _unwatch(self, process: Process) -> None:
        if process.fileno() in self._selector.get_map():
            self._selector.unregister(process.fileno())

    def _end_strays(self) -> None:
        """Kills orphans that came to us: grandchildren that had left their group, like PostgreSQL's backends."""
        for pid in children_of(os.getpid()) - self._leaders - self._strangers - {self._sweeper.pid}:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                continue

    # The end.

    def stop(self) -> None:
        """Ends everything, the stores last. Leaving the block does it too."""
        if not self._stopping:
            self.say("stopping")
        self._stopping = True
        self._patience = self._asked.count(signal.SIGINT)
        self._stop_stage([process for process in self._processes if not process.spec.is_store])
        self._stop_stage([process for process in self._processes if process.spec.is_store])

    def _stop_stage(self, stage: list[Process]) -> None:
        began = time.monotonic()
        for process in stage:
            process.tell(signal.SIGCONT)  # a paused one would not hear the next
            process.tell(process.spec.stop_signal)
        while any(process.pid for process in stage):
            hurry = self._asked.count(signal.SIGINT) > max(1, self._patience)
            for process in stage:
                if hurry or time.monotonic() - began > process.spec.grace_seconds:
                    process.kill_group()
            self._turn(POLL_SECONDS)

    # The world around.

    def _write_pids(self) -> None:
        pids = {"supervisor": os.getpid()} | {
            process.spec.name: process.pid for process in self._processes if process.pid
        }
        write_private(self.data_dir / PROCESSES, json.dumps(pids, indent=1))

    def _listen(self) -> None:
        self._ear, mouth = socket.socketpair()
        for end in (self._ear, mouth):
            end.setblocking(False)  # noqa: FBT003 - its own signature
        self._mouth = mouth
        self._wakeup_before = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._ear, selectors.EVENT_READ, self._ear)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started by nohup: the person means to go away
            self._signals_before[number] = signal.signal(number, self._hear)

    def _unlisten(self) -> None:
        signal.set_wakeup_fd(self._wakeup_before)
        for number, before in self._signals_before.items():
            signal.signal(number, before)
        self._selector.close()
        self._ear.close()
        self._mouth.close()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked.append(number)
