"""The fixtures that every test of a sale may ask for; conftests import them by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import TransactionTestCase

from core.engine import keeper, scripts
from core.engine.redis import door
from sales import api, engine, rebuild, selectors, services, views
from sales.tests.shop import NOON, NOW_PART, Shop, empty_books


@pytest.fixture(scope="session", autouse=True)
def test_clock() -> Iterator[None]:
    """The scripts of the whole session read the clock of the tests."""
    before = settings.LUA_NOW_PART
    settings.LUA_NOW_PART = NOW_PART
    _forget_scripts()
    yield
    settings.LUA_NOW_PART = before
    _forget_scripts()


@pytest.fixture
def quick_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a test go by DELETE: Django's own flush truncates every table and asks each app for its permissions."""
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_books())


@pytest.fixture
def shop(quick_flush: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Empty stores, trusted user ids, and a clock that stands at noon until it is moved."""
    shop = Shop()
    door().command("FLUSHALL")
    shop.clock.set(NOON)
    monkeypatch.setattr(settings, "TRUST_USER_ID", True)
    monkeypatch.setattr(rebuild, "redis_now", lambda: shop.clock.instant)
    for module in (services, selectors, api, views, keeper):
        monkeypatch.setattr(module, "now_ms", lambda: shop.clock.ms)
    services._sold_out_until.clear()
    yield shop
    door().command("FLUSHALL")


def _forget_scripts() -> None:
    scripts.load.cache_clear()
    engine._script.cache_clear()
