"""The breaker: a store that was away a moment ago is not asked again by everybody.

closed --trip--> open for 1 s --admit--> one probe, the others still refused --ok--> closed
                   ^------------------------ trip ---------------'
"""

import threading
from time import monotonic

import psycopg

OPEN_SECONDS = 1.0
PROBE_SECONDS_MAX = 3.0  # the deadline of the probe's connect or first wait, and a little


class Away(psycopg.OperationalError):
    """PostgreSQL was away a moment ago, so it is not asked."""


class Breaker:
    """One a process and database."""

    def __init__(self) -> None:
        self.tripped = False
        self._until = 0.0
        self._lock = threading.Lock()

    def admit(self) -> None:
        """Passes while closed, and for the one probe; raises Away otherwise."""
        if not self.tripped:
            return
        with self._lock:
            now = monotonic()
            if now < self._until:
                raise Away("PostgreSQL was away a moment ago; it is asked again in a second")
            self._until = now + PROBE_SECONDS_MAX

    def trip(self) -> None:
        """PostgreSQL did not answer, or could not be reached."""
        with self._lock:
            self.tripped = True
            self._until = monotonic() + OPEN_SECONDS

    def ok(self) -> None:
        """It answered. Cheap enough to be told after every wait."""
        if self.tripped:
            with self._lock:
                self.tripped = False
                self._until = 0.0
