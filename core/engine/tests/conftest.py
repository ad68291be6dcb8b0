"""The toy trade on empty stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase

from core.engine import books, guardian
from core.engine.redis import door
from core.engine.tests.own import core_redis, own_redis
from core.engine.tests.toy import TOPIC, Toy, make_table
from core.models import Journal, JournalConflict

__all__ = ["core_redis", "own_redis"]


@pytest.fixture
def quick_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a test go by DELETE: Django's own flush truncates every table and asks each app for its permissions."""
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _empty())


@pytest.fixture
def toy(quick_flush: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """The toy trade alone in the house, one topic open, both stores empty before."""
    toy = Toy()
    monkeypatch.setattr(books, "_books", {toy.prefix: toy})
    _empty()
    make_table()
    door().command("FLUSHALL")
    Journal.objects.create(topic=TOPIC)
    assert guardian.mend(TOPIC)
    yield toy
    door().command("FLUSHALL")


def _empty() -> None:
    Journal.objects.all().delete()
    JournalConflict.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS toy_word")
