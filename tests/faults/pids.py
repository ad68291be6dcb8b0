"""Processes as /proc shows them: who lives, who is stopped, whose child somebody is.

Identity        a pid with the instant it was started: a pid alone may be somebody else's by now
identify        the identity of a living process, or None
is_stopped      state T: SIGSTOP has arrived
tree            a process and all its descendants, parents first
tell            a signal, to that very process only
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from core.local.leftovers import children_of

PROC = Path("/proc")
_STATE, _STARTED = 0, 19  # places in /proc/<pid>/stat after the name


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, and no later one with its number."""

    pid: int
    started: str

    @property
    def lives(self) -> bool:
        return identify(self.pid) == self


def identify(pid: int) -> Identity | None:
    """None where the process is gone, or dead and not yet waited for."""
    fields = _stat(pid)
    if not fields or fields[_STATE] in ("Z", "X"):
        return None
    return Identity(pid, fields[_STARTED])


def is_stopped(identity: Identity) -> bool:
    """Whether the process is there, and stopped."""
    fields = _stat(identity.pid)
    return bool(fields) and fields[_STARTED] == identity.started and fields[_STATE] == "T"


def tree(pid: int) -> list[Identity]:
    """A process and its descendants. PostgreSQL's work in sessions of their own, so a group would not do."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop(0)
        identity = identify(one)
        if identity is not None:
            found.append(identity)
            waiting += sorted(children_of(one))
    return found


def tell(identity: Identity, number: signal.Signals) -> bool:
    """Send a signal to that very process. False: it is gone."""
    if not identity.lives:
        return False
    try:
        os.kill(identity.pid, number)
    except ProcessLookupError:
        return False
    return True


def _stat(pid: int) -> list[str]:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
