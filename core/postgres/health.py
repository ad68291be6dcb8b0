"""What `/health/ready` asks PostgreSQL: does it answer, and is the schema the one that this code was written for."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.refusals import Unavailable


def check_postgres() -> dict[str, Any]:
    """One round trip."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        return {"version": cursor.fetchone()[0]}


def check_migrations() -> dict[str, Any]:
    """No migration is missing."""
    _require_all_migrations()
    return {}


@cache  # of a success only: an exception is not kept, and migrations only go forward
def _require_all_migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unavailable("Migrations are missing: run `manage.py migrate`.", missing=len(missing))
