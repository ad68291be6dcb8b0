"""Between any two steps: a crash, or a rival. The steps are every exchange with Redis and every SQL statement that the
guardian and the recorder make; each is tried in turn, so a new step is tried without a word here.

No hold that was acknowledged is lost, no entry is recorded twice, and after one more look all is sound.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from core.engine import guardian, recorder
from core.engine.journal import Keys, Standing
from core.engine.redis import door
from core.models import Journal
from core.refusals import WarmingUp
from sales import engine, invariants
from sales.models import Purchase, Sale, SaleEvent
from sales.tests.shop import ALICE, BOB, NOON, Shop, buy, empty_books, hold, secret_of
from tests.laws.crashes import Crash, at_each_step, crashing

SIZE = 400
RIVALS_MAX = 200

Verb = Callable[[Sale], object]


def _restart(shop: Shop, sale: Sale) -> None:
    shop.strange(sale)


def _forget(shop: Shop, sale: Sale) -> None:
    recorder.record(sale.topic)
    shop.flush()


def _lose(shop: Shop, sale: Sale) -> None:
    shop.lose(sale, "held")


def _differ(shop: Shop, sale: Sale) -> None:
    door().command("SETBIT", Keys(sale.topic)("taken"), 19, 1)


def _nothing(shop: Shop, sale: Sale) -> None:
    pass


def _mend(sale: Sale) -> object:
    return guardian.mend(sale.topic)


def _repair(sale: Sale) -> object:
    return guardian.reconcile(sale.topic, repair=True)


def _record(sale: Sale) -> object:
    return recorder.record(sale.topic)


CASES = [
    pytest.param(_restart, _mend, id="adopt"),
    pytest.param(_forget, _mend, id="rebuild"),
    pytest.param(_lose, _mend, id="lost-key"),
    pytest.param(_differ, _repair, id="reconcile"),
    pytest.param(_nothing, _record, id="record"),
]


def _fresh(shop: Shop) -> Sale:
    """A sale with something of everything in it, half of it recorded."""
    empty_books()
    shop.clock.ms = NOON
    shop.flush()
    sale = shop.open(size=SIZE, limit=100, hold_seconds=600)
    buy(sale, ALICE, 1)
    hold(sale, ALICE, 2)
    recorder.record(sale.topic)
    buy(sale, BOB, 3)
    hold(sale, BOB, 4, key="k1")
    return sale


def _is_sound(sale: Sale) -> None:
    """Both stores agree, and every invariant of the rows holds."""
    while guardian.guard():
        pass
    assert guardian.reconcile(sale.topic, repair=False) == []
    recorder.record(sale.topic)
    assert {name: found for name, found in invariants.breaches() if found} == {}


@pytest.mark.parametrize(("trouble", "verb"), CASES)
def test_a_crash_at_any_step_loses_nothing(shop: Shop, trouble: Callable[[Shop, Sale], None], verb: Verb) -> None:
    for step in count():
        sale = _fresh(shop)
        trouble(shop, sale)
        with crashing(step) as crash:
            verb(sale)
        guardian.guard()
        verb(sale)
        _is_sound(sale)
        assert set(engine.snapshot(sale_id=sale.id).holds) == {2, 4}
        assert set(Purchase.objects.values_list("item", flat=True)) == {1, 3}
        if not crash.happened:
            break
    assert step > 3


@pytest.mark.parametrize(("trouble", "verb"), CASES)
def test_a_rival_at_any_step_is_not_forgotten(shop: Shop, trouble: Callable[[Shop, Sale], None], verb: Verb) -> None:
    """A buyer asks before every step. What is acknowledged stays; the others were told to wait."""
    sale = _fresh(shop)
    trouble(shop, sale)
    acknowledged: list[str] = []
    bought: list[str] = []
    numbers = count(100)

    def somebody_buys() -> None:
        with suppress(WarmingUp):
            item = next(numbers)
            if item > RIVALS_MAX:
                return
            receipt = engine.hold(sale_id=sale.id, buyer=f"demo:r{item}", item=item, secret=f"{item:022d}", request="")
            acknowledged.append(receipt.secret)
            engine.purchase(sale_id=sale.id, secret=receipt.secret, buyer=None)
            bought.append(receipt.secret)

    with at_each_step(somebody_buys):
        verb(sale)
    somebody_buys()
    _is_sound(sale)
    assert acknowledged
    assert bought == acknowledged
    held = SaleEvent.objects.filter(kind="hold", buyer__startswith="demo:r").values_list("secret", flat=True)
    assert sorted(map(str, held)) == sorted(acknowledged)
    sold = Purchase.objects.filter(buyer__startswith="demo:r").values_list("code", flat=True)
    assert sorted(secret_of(code) for code in sold) == sorted(bought)


def test_a_comparison_ends_while_sales_go_on(shop: Shop) -> None:
    sale = _fresh(shop)
    numbers = count(100)

    def somebody_holds() -> None:
        item = next(numbers)
        if item <= RIVALS_MAX:
            engine.hold(sale_id=sale.id, buyer=f"demo:r{item}", item=item, secret=f"{item:022d}", request="")

    with at_each_step(somebody_holds):
        assert guardian.reconcile(sale.topic, repair=False) == []
    assert next(numbers) < RIVALS_MAX


def test_a_till_that_stays_open_forgets(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a guardian that neither closes the till nor looks at what came since loses what a rival was told."""
    sale = _fresh(shop)
    _differ(shop, sale)
    acknowledged: list[str] = []
    numbers = count(100)
    claimed: list[bool] = []

    def claim_without_closing(journal: Journal, standing: Standing) -> bool:
        claimed.append(Journal.objects.open_epoch(journal))
        journal.epoch += 1
        return True

    def somebody_holds() -> None:
        if claimed:
            with suppress(WarmingUp):
                item = next(numbers)
                engine.hold(sale_id=sale.id, buyer=f"demo:r{item}", item=item, secret=f"{item:022d}", request="")
                acknowledged.append(f"{item:022d}")

    monkeypatch.setattr(guardian, "_claim", claim_without_closing)
    monkeypatch.setattr(guardian, "_begin", _begin_without_looking)
    with at_each_step(somebody_holds):
        guardian.reconcile(sale.topic, repair=True)
    recorder.record(sale.topic)
    kept = SaleEvent.objects.filter(kind="hold", buyer__startswith="demo:r").values_list("secret", flat=True)
    assert set(acknowledged) - set(kept)


def _begin_without_looking(journal: Journal) -> None:
    keys = Keys(journal.topic)
    door().command("SET", keys.building, f"{journal.epoch} {door().run_id()}")
    door().command("UNLINK", keys.meta, keys.journal, *(keys(name) for name in engine.STATE))


def test_a_crash_is_one_step_and_no_other(shop: Shop) -> None:
    """The harness itself: it counts each step once and dies where it is told."""
    steps: list[int] = []
    with at_each_step(lambda: steps.append(1)):
        door().command("PING")
        door().pipeline([("PING",), ("PING",)])
        list(Sale.objects.all())
    assert len(steps) == 3
    crash: Crash
    with crashing(1) as crash:
        door().command("SET", "a", 1)
        door().command("SET", "b", 1)
    assert crash.happened
    assert (door().command("EXISTS", "a"), door().command("EXISTS", "b")) == (1, 0)
