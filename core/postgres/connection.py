"""A psycopg connection that does not wait for ever."""

from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen

from core.postgres.breaker import Breaker

T = TypeVar("T")
_INTERVAL_SECONDS = 0.1  # how often a wait looks for Ctrl-C; psycopg's own default


class NoAnswer(psycopg.OperationalError):
    """PostgreSQL did not answer within the deadline; the connection is closed, since its state is unknown."""


class DeadlineConnection(psycopg.Connection[Any]):
    """Every wait of this connection ends after `wait_seconds`, whatever the server does."""

    wait_seconds: float | None = None
    breaker: Breaker | None = None
    taken: bool = False

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> T:
        """psycopg's one place to wait; a caller's own time-out stays the caller's."""
        if timeout is not None or self.wait_seconds is None:
            return super().wait(gen, interval, timeout)
        try:
            answer = super().wait(gen, interval, self.wait_seconds)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            if self.breaker:
                self.breaker.trip()
            raise NoAnswer(f"PostgreSQL did not answer within {self.wait_seconds:g} s") from error
        if self.breaker:
            self.breaker.ok()
        return answer
