"""The toy trade on empty stores, and servers of one's own to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from core.engine import books, guardian, redis
from core.engine.redis import door
from core.engine.tests.toy import TOPIC, Toy, make_table
from core.local.redis import EmbeddedRedis
from core.models import Journal, JournalConflict


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


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Callable[..., EmbeddedRedis]]:
    """Starts Redis servers that the test may kill, pause or fill."""
    running: list[EmbeddedRedis] = []

    def start(**options: object) -> EmbeddedRedis:
        tmp_path.chmod(0o711)
        server = EmbeddedRedis(tmp_path, name=f"redis{len(running)}", **options)  # type: ignore[arg-type]
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def core_redis(own_redis: Callable[..., EmbeddedRedis], monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedRedis]:
    """A decision store of this test's own, behind `door()`: ask for it before `toy`. Connections count as rested."""
    server = own_redis()
    monkeypatch.setattr(redis, "IDLE_SECONDS", -1.0)
    monkeypatch.setattr(settings, "REDIS_URL", server.url)
    door.cache_clear()
    yield server
    door().close()
    door.cache_clear()
