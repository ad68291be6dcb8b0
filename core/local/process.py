"""One supervised process: what it is (`Spec`), and its life from start to burial (`Process`)."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.local.spawn import Command, spawn

BACK_OFF_FIRST_SECONDS = 0.1
BACK_OFF_MOST_SECONDS = 10.0
SETTLED_SECONDS = 10.0  # one that has lived this long begins again at the first delay
LINE_BYTES_MAX = 64 * 1024
READ_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Spec:
    """`command` is asked before every start, so that a store can clear up and say what to run."""

    name: str
    command: Callable[[], Command]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 5.0
    is_store: bool = False


class Process:
    """A spec, and the process that runs it just now, if any."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.start_at: float | None = 0.0  # when to start (again), by time.monotonic(); None: not to
        self._popen: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._delay = 0.0
        self._unfinished = b""

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Raises LocalError or OSError where that is impossible."""
        self.start_at = None
        self._started_at = time.monotonic()
        self._popen = spawn(self.spec.command(), output=subprocess.PIPE)
        os.set_blocking(self.fileno(), False)

    def start_again_later(self) -> float:
        """Sets `start_at` and returns the seconds until then: twice as many each time, unless it had settled."""
        settled = time.monotonic() - self._started_at >= SETTLED_SECONDS
        self._delay = (
            BACK_OFF_FIRST_SECONDS if settled or not self._delay else min(self._delay * 2, BACK_OFF_MOST_SECONDS)
        )
        self.start_at = time.monotonic() + self._delay
        return self._delay

    def ended(self) -> int | None:
        """Its exit code (negative: the signal) once it is dead, else None."""
        return self._popen.poll() if self._popen else None

    def wait(self) -> int:
        """Waits for its end, which is near: it has been killed."""
        assert self._popen
        return self._popen.wait()

    def tell(self, number: signal.Signals) -> None:
        """Tells the process itself, not its children: telling those is its own affair."""
        if self._popen and self._popen.poll() is None:
            self._popen.send_signal(number)

    def kill_group(self) -> None:
        """kill -9 to it and all its children that stayed in its group, whether it lives or not."""
        if self._popen:
            try:
                os.killpg(self._popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def fileno(self) -> int:
        assert self._popen and self._popen.stdout
        return self._popen.stdout.fileno()

    def read(self) -> list[bytes] | None:
        """The whole lines it has said since the last call; None once it has closed its output."""
        try:
            text = os.read(self.fileno(), READ_BYTES)
        except BlockingIOError:
            return []
        *whole, self._unfinished = (self._unfinished + text).split(b"\n")
        if self._unfinished and (len(self._unfinished) > LINE_BYTES_MAX or not text):
            whole.append(self._unfinished)
            self._unfinished = b""
        if not text and not whole:
            return None
        return [line.rstrip(b"\r") for line in whole]

    def close(self) -> None:
        """Forgets the dead process."""
        if self._popen and self._popen.stdout:
            self._popen.stdout.close()
        self._popen = None
        self._unfinished = b""
