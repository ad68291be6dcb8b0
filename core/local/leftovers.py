"""Finds processes in /proc. Where there is no /proc (not Linux), it finds none, and callers go without.

servers_in      a server program whose working folder is this one
children_of     direct children of a pid
"""

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def servers_in(folder: Path, *, program: Path) -> list[int]:
    """Pids that run `program` inside `folder`. Both of our servers enter their data folder and stay there.

    The program is compared too: a person's shell may stand in that folder.
    """
    where, what = str(folder.resolve()), program.resolve().name
    return [pid for pid in _pids() if _link(pid, "cwd") == where and _program(pid) == what]


def children_of(parent: int) -> set[int]:
    """Direct children of `parent`, the dead ones not yet waited for among them."""
    return {pid for pid in _pids() if _parent(pid) == parent}


def _pids() -> Iterator[int]:
    if PROC.is_dir():
        yield from (int(name) for name in os.listdir(PROC) if name.isdigit())


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(PROC / str(pid) / name)
    except OSError:  # it has gone, or is another user's
        return ""


def _program(pid: int) -> str:
    return Path(_link(pid, "exe").removesuffix(" (deleted)")).name


def _parent(pid: int) -> int:
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])  # the name before it may hold blanks and brackets
