"""What work cost the house: CPU of each program with its children, in microseconds a request.

    Meter       read before and after; it hardly depends on the neighbours on the machine, unlike a rate

Reads /proc, so it is Linux's alone, as the embedded servers are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """CPU seconds of programs by name, each with all its children, since this was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self.pids = dict(pids)
        self._before = self._read()

    def seconds(self) -> dict[str, float]:
        """CPU seconds by program."""
        return {name: used - self._before[name] for name, used in self._read().items()}

    def us_a_request(self, requests: int) -> dict[str, float]:
        """Microseconds a request by program."""
        return {name: used / max(requests, 1) * 1e6 for name, used in self.seconds().items()}

    def _read(self) -> dict[str, float]:
        parents = {pid: facts for pid in _pids() if (facts := _stat(pid))}
        return {name: sum(used for _, used in _tree(pid, parents)) for name, pid in self.pids.items()}


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[int, float] | None:
    """Its parent, and its CPU seconds with those of children that have ended; None if it is gone."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), sum(map(int, fields[11:15])) / _TICKS


def _tree(root: int, facts: Mapping[int, tuple[int, float]]) -> list[tuple[int, float]]:
    found = [(root, facts[root][1])] if root in facts else []
    for pid, (parent, _) in facts.items():
        if parent == root:
            found += _tree(pid, facts)
    return found
