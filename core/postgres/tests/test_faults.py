"""A paused server sends no error: the deadline is ours, then the breaker answers, then all is well again."""

from contextlib import ExitStack
from time import monotonic, sleep

import pytest
from django.db import OperationalError, transaction
from django.db.utils import ConnectionHandler

from core.local.postgres import EmbeddedPostgres
from core.postgres.base import DatabaseWrapper
from core.postgres.breaker import OPEN_SECONDS
from core.postgres.tests.conftest import Open
from core.postgres.tests.paused import paused
from core.postgres.tests.test_gate import ask
from core.refusals import OutcomeUnknown

pytestmark = pytest.mark.faults


def test_a_paused_server_is_given_up_in_time(opened: Open, server: EmbeddedPostgres) -> None:
    one, other = opened(wait_seconds=2.0), opened(wait_seconds=2.0)
    ask(one, "SELECT 1")
    with paused(server.pid):
        start = monotonic()
        with pytest.raises(OperationalError, match="did not answer within 2 s"):
            ask(one, "SELECT 1")
        assert 1.9 < monotonic() - start < 2.5
        one.close()
        start = monotonic()
        for _ in range(20):
            with pytest.raises(OperationalError, match="a moment ago"):
                ask(other, "SELECT 1")
        assert monotonic() - start < 0.2
    sleep(OPEN_SECONDS)
    assert ask(other, "SELECT 1") == 1
    assert ask(one, "SELECT 1") == 1


def test_a_paused_server_cannot_be_connected_to_either(opened: Open, server: EmbeddedPostgres) -> None:
    with paused(server.pid):
        start = monotonic()
        with pytest.raises(OperationalError, match="timeout"):
            ask(opened(), "SELECT 1")
        assert monotonic() - start < 3.0
    sleep(OPEN_SECONDS)
    assert ask(opened(), "SELECT 1") == 1


def test_one_probe_is_let_through_and_the_rest_refused(opened: Open, server: EmbeddedPostgres) -> None:
    first = opened()
    ask(first, "SELECT 1")
    gate = first.gate
    gate.breaker.trip()
    sleep(OPEN_SECONDS)
    gate.breaker.admit()
    with pytest.raises(Exception, match="a moment ago"):
        gate.breaker.admit()
    assert ask(first, "SELECT 1") == 1
    gate.breaker.admit()


def test_a_commit_without_an_answer_is_unknown(opened: Open, server: EmbeddedPostgres) -> None:
    one = opened(alias="default", users_max=1)
    ask(one, "CREATE TABLE IF NOT EXISTS kept (x int); SELECT 1")
    with ExitStack() as until_the_end, pytest.raises(OutcomeUnknown):
        commit_while_paused(one, until_the_end, server.pid)
    sleep(OPEN_SECONDS)
    assert ask(one, "SELECT 1") == 1  # its place in the bulkhead is free again


def commit_while_paused(database: DatabaseWrapper, until_the_end: ExitStack, pid: int) -> None:
    with as_default(database), transaction.atomic():
        ask(database, "INSERT INTO kept VALUES (1) RETURNING x")
        until_the_end.enter_context(paused(pid))


class as_default:  # noqa: N801
    """Makes this engine Django's default connection for a while."""

    def __init__(self, database: DatabaseWrapper) -> None:
        self.database = database

    def __enter__(self) -> None:
        self.connections: ConnectionHandler = transaction.get_connection.__globals__["connections"]
        self.before = self.connections["default"]
        self.connections["default"] = self.database

    def __exit__(self, *_: object) -> None:
        self.connections["default"] = self.before
