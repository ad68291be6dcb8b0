"""Ends what a killed supervisor would leave behind.

The kernel tells a supervisor's children of its death (`child.py`), but not their children: granian's workers went on
answering after a kill -9 of both. This small process hears of every process group, and when its input ends, which a
kill -9 of the supervisor brings about too, it ends the groups that are still noted.

    +123    the group 123 lives         -123    it has ended, forget it
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path


class Sweeper:
    """The supervisor's side: keeps the process alive, and its list right."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process = self._start()

    def note(self, group: int) -> None:
        self._groups.add(group)
        self._say(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._groups.discard(group)
        self._say(f"-{group}\n")

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """With nothing left to sweep, it only ends."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(line.encode())
        except BrokenPipeError:  # somebody ended it: the next one gets the whole list
            self._process.wait()
            self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write("".join(f"+{group}\n" for group in self._groups).encode())
        return process


def sweep() -> None:
    """The process's side."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    sweep()
