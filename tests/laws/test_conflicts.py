"""PostgreSQL refuses what Redis decided: kept, paused, red, and every good entry is recorded all the same."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from core.engine import guardian, keeper, recorder
from core.engine.invariants import check
from core.engine.journal import Keys
from core.engine.redis import door
from core.models import Journal, JournalConflict
from sales import errors, selectors, services
from sales.models import Purchase, Sale
from sales.tests.shop import ALICE, BOB, CHARLIE, Shop, buy, hold


def _sold_twice(shop: Shop, sale: Sale) -> None:
    """What must never be: Redis forgets that item 1 is alice's, and sells it to bob as well."""
    buy(sale, ALICE, 1)
    for bitmap in ("taken", "sold"):
        door().command("SETBIT", Keys(sale.topic)(bitmap), 0, 0)
    buy(sale, BOB, 1)
    buy(sale, CHARLIE, 2)


def test_it_works(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    recorder.record(sale.topic)
    assert list(Purchase.objects.order_by("seq").values_list("item", "buyer")) == [(1, ALICE), (2, CHARLIE)]
    assert JournalConflict.objects.get().entry["buyer"] == BOB


def test_the_keeper_pauses_the_sale(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    recorder.record(sale.topic)
    keeper.round_once()
    with shop.refuses(errors.Paused):
        hold(sale, CHARLIE, 3)


def test_its_invariant_is_red(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    recorder.record(sale.topic)
    found = check()
    assert found["no_entry_refused"]
    assert found["sale.item_has_one_buyer"] == []


def test_a_conflict_met_by_the_guardian_pauses_too(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    shop.lose(sale, "held")
    keeper.round_once()
    assert selectors.counters(sale).state == "paused"
    assert JournalConflict.objects.count() == 1


def test_a_sale_stays_paused_until_somebody_looked(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    recorder.record(sale.topic)
    keeper.round_once()
    services.set_state(sale_id=sale.id, state=Sale.State.OPEN, reason="too early")
    keeper.round_once()
    assert selectors.counters(sale).state == "paused"
    JournalConflict.objects.update(looked_at=timezone.now())
    services.set_state(sale_id=sale.id, state=Sale.State.OPEN, reason="looked")
    keeper.round_once()
    assert selectors.counters(sale).state == "open"


@pytest.mark.parametrize("how", ["closed", "retired"])
def test_a_conflict_of_an_old_sale_stops_no_keeper(shop: Shop, how: str) -> None:
    old, other = shop.open(), shop.open()
    _sold_twice(shop, old)
    recorder.record(old.topic)
    if how == "closed":
        services.set_state(sale_id=old.id, state=Sale.State.CLOSED, reason="over")
        recorder.record(old.topic)
    else:
        Journal.objects.filter(topic=old.topic).update(retired_at=timezone.now())
        door().command("DEL", *door().command("KEYS", f"{{{old.topic}}}*"))
    buy(other, ALICE, 1)
    shop.clock.pass_by(seconds=60)
    keeper.round_once()
    assert Purchase.objects.filter(sale=other).count() == 1


def test_a_guardian_repairs_what_was_sold_twice(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    assert guardian.reconcile(sale.topic, repair=True)
    assert guardian.reconcile(sale.topic, repair=False) == []
    with shop.refuses(errors.ItemTaken):
        hold(sale, CHARLIE, 1)


def test_a_person_looks_and_it_goes_on(shop: Shop) -> None:
    sale = shop.open()
    _sold_twice(shop, sale)
    recorder.record(sale.topic)
    keeper.round_once()
    assert guardian.looked(sale.topic) == 1
    keeper.round_once()
    assert hold(sale, CHARLIE, 3).item == 3
    guardian.reconcile(sale.topic, repair=True)
    recorder.record(sale.topic)
    # What the planted loss did to the holds stays in the books; everything else is in order again.
    assert {name for name, sentences in check().items() if sentences} == {"sale.item_held_by_one"}
    assert guardian.looked(sale.topic) == 0


def test_a_purchase_of_a_sale_that_is_gone_is_not_dropped(shop: Shop) -> None:
    sale = shop.open()
    buy(sale, ALICE, 1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sales_sale WHERE id = %s", [sale.id])
    recorder.record(sale.topic)
    assert JournalConflict.objects.get().entry["kind"] == "purchase"
