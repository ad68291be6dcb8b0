"""Django's PostgreSQL backend, taking its connections through the gate.

OPTIONS beside libpq's own: `wait_seconds` (the deadline of each wait, or None), `users_max` (the bulkhead, or None),
`pool_size` (idle connections kept; 0 closes each after use).
"""

from typing import Any, ClassVar

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from core.postgres.connection import DeadlineConnection
from core.postgres.gate import Gate
from core.refusals import OutcomeUnknown

OWN_OPTIONS = ("wait_seconds", "users_max", "pool_size")


class CommitUnknown(OutcomeUnknown, OperationalError):
    """The answer to a COMMIT was lost. A refusal to whoever asked over HTTP, a database error to a worker."""


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine `core.postgres`."""

    connection: DeadlineConnection | None
    gates: ClassVar[dict[tuple[str, str], Gate]] = {}

    @property
    def gate(self) -> Gate:
        """The gate of this database; the administrative one (that makes test databases) is never limited."""
        key = (self.alias, str(self.settings_dict["NAME"]))
        found = self.gates.get(key)
        if found is None:
            options = self.settings_dict["OPTIONS"]
            own = {name: options.get(name) for name in OWN_OPTIONS} if self.alias != NO_DB_ALIAS else {}
            gate = Gate(
                users_max=own.get("users_max"),
                idle_max=own.get("pool_size") or 0,
                wait_seconds=own.get("wait_seconds"),
            )
            found = self.gates.setdefault(key, gate)
        return found

    def get_connection_params(self) -> dict[str, Any]:
        """libpq's parameters, without ours."""
        params = super().get_connection_params()
        return {name: value for name, value in params.items() if name not in OWN_OPTIONS}

    def get_new_connection(self, conn_params: dict[str, Any]) -> DeadlineConnection:
        """One through the gate."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return self.gate.take(conn_params)

    def close_pool(self) -> None:
        """Closes idle connections; Django calls it before it drops a test database."""
        self.gate.close()

    def _close(self) -> None:
        if self.connection is not None:
            with self.wrap_database_errors:
                self.gate.give(self.connection)

    def _commit(self) -> None:
        """A commit whose answer was lost may have happened: nobody may be told that nothing did."""
        try:
            super()._commit()  # type: ignore[misc]  # BaseDatabaseWrapper has it
        except (OperationalError, InterfaceError) as error:
            if self.connection is None or not self.connection.closed:
                raise
            self._close()
            self.closed_in_transaction = True  # tells Django's `atomic` to forget the connection, not to use it
            raise CommitUnknown from error
