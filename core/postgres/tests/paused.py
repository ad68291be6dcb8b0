"""A PostgreSQL that is paused: its main process and every session of it, as when a machine hangs."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def family(pid: int) -> list[int]:
    """The process and its children."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has just ended
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Stops them all, and lets them go on at the end."""
    stopped = family(pid)
    for one in stopped:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in stopped:
            try:
                os.kill(one, signal.SIGCONT)
            except ProcessLookupError:
                continue
