"""The gate: the one place where connections to PostgreSQL are taken and given back.

    take: bulkhead (else Overloaded) -> breaker (else Away) -> an idle connection that lives, or a new one
    give: into the idle ones if it is clean, else closed; the place in the bulkhead is free again

No view can pass it by, since Django takes every connection here. There is no background thread: a connection is
opened by the thread that needs it, so a refused connection is known at once.
"""

import os
import select
from collections import deque
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from core.places import Places
from core.postgres.breaker import Breaker
from core.postgres.connection import DeadlineConnection
from core.refusals import Overloaded

# Long enough for a neighbour's transaction to end, too short to hold the other half of the threads.
PLACE_SECONDS_MAX = 0.25


class Gate:
    """One a process and database."""

    def __init__(self, *, users_max: int | None, idle_max: int, wait_seconds: float | None) -> None:
        self.breaker = Breaker()
        self.idle_max = idle_max
        self.wait_seconds = wait_seconds
        self._places = Places(users_max) if users_max else None
        self._idle: deque[DeadlineConnection] = deque()
        self._process = os.getpid()

    def take(self, params: dict[str, Any]) -> DeadlineConnection:
        """A connection for this thread; raises Overloaded, or psycopg.OperationalError where PostgreSQL is away."""
        if self._places and not self._places.enter(seconds=PLACE_SECONDS_MAX):
            raise Overloaded
        try:
            self.breaker.admit()
            connection = self._waiting() or self._new(params)
        except BaseException:
            self._leave()
            raise
        connection.taken = True
        return connection

    def give(self, connection: DeadlineConnection) -> None:
        """Takes it back; a second time it does nothing."""
        if not connection.taken:
            return
        connection.taken = False
        try:
            clean = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
            if clean and len(self._idle) < self.idle_max:
                self._idle.append(connection)
            else:
                connection.close()
        finally:
            self._leave()

    def close(self) -> None:
        """Closes the idle ones."""
        while self._idle:
            self._idle.pop().close()

    def _waiting(self) -> DeadlineConnection | None:
        if self._process != os.getpid():  # forked: these sockets are our parent's
            self._process = os.getpid()
            self._idle = deque()
        while True:
            try:
                connection = self._idle.pop()  # the one used last: it is warm, the others may rest
            except IndexError:
                return None
            if not connection.closed and not _has_news(connection):
                return connection
            connection.close()

    def _new(self, params: dict[str, Any]) -> DeadlineConnection:
        try:
            connection = DeadlineConnection.connect(**params)
        except psycopg.OperationalError:
            self.breaker.trip()
            raise
        self.breaker.ok()
        connection.wait_seconds = self.wait_seconds
        connection.breaker = self.breaker
        return connection

    def _leave(self) -> None:
        if self._places:
            self._places.leave()


def _has_news(connection: DeadlineConnection) -> bool:
    """An idle connection that has something to read was ended by the server (a restart, an idle time-out)."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(0))
