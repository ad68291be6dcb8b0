"""Orphans: Linux can hand a process the orphans among its descendants, instead of to pid 1."""

import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans(*, yes: bool) -> None:
    """From now on, or no longer. Elsewhere than on Linux it does nothing: process groups must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(yes))


def reap(group: int) -> None:
    """Waits for all members of a killed group that are our children, adopted ones too."""
    while True:
        try:
            os.waitpid(-group, 0)
        except ChildProcessError:
            return
