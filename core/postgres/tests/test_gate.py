"""The gate: the bulkhead, connections used again, nothing unclean handed on."""

from time import monotonic

import pytest
from django.db import OperationalError

from core.postgres.base import DatabaseWrapper
from core.postgres.tests.conftest import Open
from core.refusals import Overloaded


def test_a_query_works(opened: Open) -> None:
    assert ask(opened(), "SELECT 41 + 1") == 42


def test_a_connection_is_used_again(opened: Open) -> None:
    one = opened()
    first = ask(one, "SELECT pg_backend_pid()")
    one.close()
    other = opened()
    assert ask(other, "SELECT pg_backend_pid()") == first


def test_a_full_bulkhead_refuses_at_once(opened: Open) -> None:
    held = [opened(), opened()]
    for one in held:
        ask(one, "SELECT 1")
    third, start = opened(), monotonic()
    with pytest.raises(Overloaded):
        ask(third, "SELECT 1")
    assert monotonic() - start < 0.5
    held[0].close()
    assert ask(third, "SELECT 1") == 1


def test_closing_twice_frees_one_place(opened: Open) -> None:
    one = opened(users_max=1)
    ask(one, "SELECT 1")
    one.close()
    one.close()
    assert ask(opened(users_max=1), "SELECT 1") == 1
    with pytest.raises(Overloaded):
        ask(opened(users_max=1), "SELECT 1")


def test_an_open_transaction_is_not_handed_on(opened: Open) -> None:
    one = opened()
    one.set_autocommit(False)
    ask(one, "CREATE TEMP TABLE half_done (x int); SELECT 1")
    one.close()
    assert ask(opened(), "SELECT count(*) FROM pg_class WHERE relname = 'half_done'") == 0


def test_a_session_that_the_server_ended_is_not_handed_out(opened: Open) -> None:
    one, killer = opened(), opened()
    pid = ask(one, "SELECT pg_backend_pid()")
    ask(killer, "SELECT 1")
    one.close()
    ask(killer, f"SELECT pg_terminate_backend({pid}, 1000)")
    assert ask(opened(), "SELECT pg_backend_pid()") not in (pid, None)


def test_a_refused_connection_opens_the_breaker(opened: Open) -> None:
    one = opened()
    one.settings_dict["PORT"] = 1
    one.settings_dict["NAME"] = "another gate"
    with pytest.raises(OperationalError, match="refused"):
        ask(one, "SELECT 1")
    with pytest.raises(OperationalError, match="a moment ago"):
        ask(one, "SELECT 1")


def ask(database: DatabaseWrapper, sql: str) -> object:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None
