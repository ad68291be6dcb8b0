"""A server of our own, since these tests stop it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.local.postgres import EmbeddedPostgres
from core.postgres.base import DatabaseWrapper
from tests.folders import reachable_folder

Open = Callable[..., DatabaseWrapper]
PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with reachable_folder() as folder, EmbeddedPostgres(folder, fsync=False) as running:
        yield running


@pytest.fixture
def opened(server: EmbeddedPostgres, django_db_blocker: Any) -> Iterator[Open]:
    """Makes engines on that server, with limits of your choice."""
    made: list[DatabaseWrapper] = []
    url = conninfo_to_dict(server.url)

    def open_one(*, alias: str = "probe", **options: Any) -> DatabaseWrapper:
        settings = {
            **{PARTS[name]: value for name, value in url.items() if name in PARTS},
            "ENGINE": "core.postgres",
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "TIME_ZONE": None,
            "TEST": {},
            "OPTIONS": {"connect_timeout": 2, "wait_seconds": 0.5, "users_max": 2, "pool_size": 2, **options},
        }
        made.append(DatabaseWrapper(settings, alias=alias))
        return made[-1]

    with django_db_blocker.unblock():
        yield open_one
        for one in made:
            one.close()
            one.close_pool()
    DatabaseWrapper.gates.clear()
