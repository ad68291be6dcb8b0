"""A store that is nearly full keeps its room for purchases."""

import time

import pytest

from core.engine.journal import Keys
from core.engine.redis import Door, door
from sales import errors, services
from sales.tests.shop import ALICE, BOB, Shop, buy, hold


def test_a_full_store_holds_nothing_new(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    monkeypatch.setattr(Door, "memory_share", lambda _: 0.81)
    with shop.refuses(errors.NoRoom):
        hold(sale, BOB, 8)
    assert services.purchase(code=code, buyer=ALICE).item == 7


def test_sold_out_is_remembered_for_a_second(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(size=1)
    buy(sale, ALICE, 1)
    now = time.monotonic()
    monkeypatch.setattr("sales.services.time.monotonic", lambda: now)
    with pytest.raises(errors.SoldOutForGood):
        hold(sale, BOB, 1)
    door().command("HSET", Keys(sale.topic).meta, "sold", 0)  # as after a disk that was lost
    with pytest.raises(errors.SoldOutForGood):
        hold(sale, BOB, 1)
    monkeypatch.setattr("sales.services.time.monotonic", lambda: now + 1.0)
    with pytest.raises(errors.ItemTaken):
        hold(sale, BOB, 1)


def test_the_server_says_how_full_it_is(shop: Shop) -> None:
    bound = door().command("CONFIG", "GET", "maxmemory")[1]
    used = int(door().command("INFO", "memory").partition(b"used_memory:")[2].partition(b"\r\n")[0])
    try:
        door().command("CONFIG", "SET", "maxmemory", used * 2)
        assert 0.4 < Door(f"{_url()}").memory_share() < 0.6
        door().command("CONFIG", "SET", "maxmemory", 0)
        assert Door(f"{_url()}").memory_share() == 0.0
    finally:
        door().command("CONFIG", "SET", "maxmemory", bound)


def _url() -> str:
    from django.conf import settings

    return str(settings.REDIS_URL)
