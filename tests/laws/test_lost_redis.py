"""A sale on a Redis that is truly killed with -9, comes back with its file, without it, or is full."""

from __future__ import annotations

import shutil

import pytest

from core.engine import guardian, recorder
from core.engine.redis import Door, door
from core.engine.tests.swallower import Swallower
from core.local.redis import EmbeddedRedis
from core.models import Journal
from core.refusals import OutcomeUnknown, Unavailable, WarmingUp
from sales import engine, errors, invariants, selectors, services
from sales.models import Purchase, Sale
from sales.tests.shop import ALICE, BOB, CHARLIE, Shop, buy, hold


def _destroy(redis: EmbeddedRedis) -> None:
    redis.kill()
    for file in redis.work.iterdir():
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    redis.restart()


def _is_sound(sale: Sale) -> None:
    recorder.record(sale.topic)
    assert guardian.reconcile(sale.topic, repair=False) == []
    assert {name: found for name, found in invariants.breaches() if found} == {}


def test_a_kill_loses_nothing(core_redis: EmbeddedRedis, shop: Shop) -> None:
    sale = shop.open(size=100, limit=100)
    codes = [hold(sale, ALICE, item).code for item in range(1, 41)]
    receipts = [services.purchase(code=code, buyer=ALICE) for code in codes[:20]]
    core_redis.kill()
    with pytest.raises(Unavailable):
        hold(sale, BOB, 50)
    core_redis.restart()
    with pytest.raises(WarmingUp):
        hold(sale, BOB, 50)
    assert guardian.guard() == [sale.topic]
    assert [services.purchase(code=code, buyer=ALICE) for code in codes[:20]] == receipts
    assert [services.purchase(code=code, buyer=ALICE).item for code in codes[20:]] == list(range(21, 41))
    _is_sound(sale)
    assert Purchase.objects.count() == 40
    assert Journal.objects.get().epoch == 1


def test_a_destroyed_disk_loses_the_tail_alone(core_redis: EmbeddedRedis, shop: Shop) -> None:
    sale = shop.open()
    bought = buy(sale, ALICE, 1)
    kept = hold(sale, BOB, 2)
    recorder.record(sale.topic)
    lost = hold(sale, CHARLIE, 3)
    _destroy(core_redis)
    shop.clock.set(shop.clock.ms)
    assert services.purchase(code=bought.code, buyer=ALICE) == bought
    with pytest.raises(WarmingUp):
        services.purchase(code=kept.code, buyer=BOB)
    assert guardian.guard() == [sale.topic]
    assert services.purchase(code=kept.code, buyer=BOB).item == 2
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code=lost.code, buyer=CHARLIE)
    with shop.refuses(errors.ItemTaken):
        hold(sale, CHARLIE, 1)
    assert hold(sale, BOB, 3).item == 3
    _is_sound(sale)


def test_a_full_redis_refuses_and_changes_nothing(core_redis: EmbeddedRedis, shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 1).code
    door().command("CONFIG", "SET", "maxmemory", 1)
    with shop.refuses(Unavailable):
        hold(sale, BOB, 2)
    with shop.refuses(Unavailable):
        services.purchase(code=code, buyer=ALICE)
    assert selectors.counters(sale).held == 1
    door().command("CONFIG", "SET", "maxmemory", "512mb")
    assert services.purchase(code=code, buyer=ALICE).item == 1
    _is_sound(sale)


def test_a_redis_that_cannot_write_changes_nothing(core_redis: EmbeddedRedis, shop: Shop) -> None:
    sale = shop.open()
    door().command("CONFIG", "SET", "min-replicas-to-write", 1)
    with shop.refuses(Unavailable):
        hold(sale, BOB, 2)
    door().command("CONFIG", "SET", "min-replicas-to-write", 0)
    assert hold(sale, BOB, 2).item == 2


def test_a_lost_answer_is_asked_again(core_redis: EmbeddedRedis, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was lost, the same request again tells which: it happened once."""
    sale = shop.open()
    buy(sale, BOB, 2)
    with Swallower(core_redis.url) as swallower:
        far, near = Door(swallower.url, answer_seconds_max=0.3), door()
        far.command("PING")
        monkeypatch.setattr(engine, "door", lambda: far)
        swallower.swallow(cut=True)
        with pytest.raises(OutcomeUnknown):
            hold(sale, ALICE, 1)
        swallower.pass_on()
        first = hold(sale, ALICE, 1)
        assert first.again
        swallower.swallow(cut=True)
        with pytest.raises(OutcomeUnknown):
            services.purchase(code=first.code, buyer=ALICE)
        swallower.pass_on()
        assert services.purchase(code=first.code, buyer=ALICE).item == 1
        monkeypatch.setattr(engine, "door", lambda: near)
        far.close()
    assert shop.kinds(sale) == ["open", *["hold", "purchase"] * 2]
    assert selectors.counters(sale).sold == 2
