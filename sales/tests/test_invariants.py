"""Each invariant of the rows is green on a sound sale and red on a planted breach; Redis beside the rows as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from core.engine import guardian, recorder
from core.engine.invariants import check
from core.engine.journal import Keys
from core.engine.redis import door
from sales import invariants, services
from sales.models import Purchase, Sale, SaleEvent
from sales.tests.shop import ALICE, BOB, CHARLIE, Shop, buy, hold


@pytest.fixture
def sale(shop: Shop) -> Sale:
    """A sale with something of everything, recorded."""
    sale = shop.open(size=10, limit=3, hold_seconds=60)
    buy(sale, ALICE, 1)
    buy(sale, BOB, 2)
    hold(sale, CHARLIE, 3)
    services.release_hold(code=hold(sale, CHARLIE, 4).code, buyer=CHARLIE)
    shop.clock.pass_by(seconds=60)
    hold(sale, ALICE, 3)
    recorder.record(sale.topic)
    return sale


@pytest.fixture
def lawless(sale: Sale) -> Iterator[None]:
    """The constraints are off: the queries must see the breach by themselves."""
    tables = (Purchase, SaleEvent, Sale)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexdef LIKE %s",
                       [[t._meta.db_table for t in tables], "CREATE UNIQUE%"])  # fmt: skip
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('u', 'c')",
            [[t._meta.db_table for t in tables]],
        )
        constraints = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("SELECT indexdef, indexname FROM pg_indexes WHERE indexname LIKE 'sale_code_%%'")
        indexes = cursor.fetchall()
        for _, name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        for model in (Purchase, SaleEvent):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        cursor.execute("UPDATE sales_sale SET size = 10")
        for table, name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for definition, _ in indexes:
            cursor.execute(definition)


def red() -> set[str]:
    return {name for name, sentences in invariants.breaches() if sentences}


def _copy_of_a_purchase(**changed: object) -> None:
    row = Purchase.objects.filter(buyer=ALICE)[0]
    row.pk = None
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def _entry(**changed: object) -> None:
    row = SaleEvent.objects.filter(kind="hold", item=3).order_by("-seq")[0]
    row.pk, row.seq = None, SaleEvent.objects.count() + 1
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)


BREACHES: dict[str, Callable[[], object]] = {
    "sold_within_size": lambda: Sale.objects.update(size=1),
    "item_has_one_buyer": lambda: _copy_of_a_purchase(buyer=CHARLIE, seq=90),
    "item_within_size": lambda: _copy_of_a_purchase(item=11, seq=90),
    "buyer_within_limit": lambda: [
        copy(item=item, seq=90 + item) for copy in [_copy_of_a_purchase] for item in (5, 6, 7)
    ],
    "journal_contiguous": lambda: SaleEvent.objects.filter(kind="release").delete(),
    "epochs_in_order": lambda: SaleEvent.objects.filter(seq=1).update(epoch=2),
    "purchase_is_its_entry": lambda: Purchase.objects.filter(buyer=ALICE).update(price=1),
    "purchase_was_held": lambda: SaleEvent.objects.filter(kind="hold", item=1).update(buyer=BOB),
    "item_held_by_one": lambda: _entry(buyer=BOB, secret="B" * 22, slot=2),
}


def test_it_works(sale: Sale) -> None:
    assert red() == set()
    assert all(sentences == [] for sentences in check().values())


@pytest.mark.usefixtures("lawless")
@pytest.mark.parametrize("name", BREACHES)
def test_a_planted_breach_is_red(name: str) -> None:
    BREACHES[name]()
    assert name in red()


def test_every_invariant_has_its_breach() -> None:
    assert set(BREACHES) == set(invariants._QUERIES)


@pytest.mark.usefixtures("lawless")
def test_a_missing_entry_of_a_purchase_is_red() -> None:
    SaleEvent.objects.filter(kind="purchase", buyer=BOB).delete()
    assert "purchase_is_its_entry" in red()


@pytest.mark.usefixtures("lawless")
def test_a_missing_purchase_of_an_entry_is_red() -> None:
    Purchase.objects.filter(buyer=BOB).delete()
    assert "purchase_is_its_entry" in red()


@pytest.mark.usefixtures("lawless")
def test_a_purchase_after_its_deadline_is_red(shop: Shop) -> None:
    Purchase.objects.filter(buyer=ALICE).update(purchased_at=shop.clock.instant)
    assert "purchase_was_held" in red()


def _bit(name: str, item: int, value: int) -> Callable[[Sale], object]:
    return lambda sale: door().command("SETBIT", Keys(sale.topic)(name), item - 1, value)


PLANTED: dict[str, Callable[[Sale], object]] = {
    "sold: 9 is in Redis": _bit("sold", 9, 1),
    "sold: 1 is in the rows": _bit("sold", 1, 0),
    "taken: 9 is in Redis": _bit("taken", 9, 1),
    "taken: 1 is in the rows": _bit("taken", 1, 0),
    "held: ": lambda sale: door().command("HDEL", Keys(sale.topic)("held"), 3),
    "slots: ": lambda sale: door().command("HSET", Keys(sale.topic)("buyers"), BOB, "0,2"),
    "Redis counts 7 sold": lambda sale: door().command("HSET", Keys(sale.topic).meta, "sold", 7),
}


@pytest.mark.parametrize("sentence", PLANTED)
def test_a_difference_of_redis_is_said(sale: Sale, sentence: str) -> None:
    PLANTED[sentence](sale)
    differences = guardian.reconcile(sale.topic, repair=False)
    assert any(sentence in difference for difference in differences)
    assert check()["redis_is_the_rows"]


@pytest.mark.parametrize("sentence", PLANTED)
def test_a_difference_is_repaired_from_the_rows(sale: Sale, sentence: str) -> None:
    PLANTED[sentence](sale)
    guardian.reconcile(sale.topic, repair=True)
    assert guardian.reconcile(sale.topic, repair=False) == []
    assert all(sentences == [] for sentences in check().values())


def test_a_comparison_changes_no_sale(shop: Shop, sale: Sale) -> None:
    before = shop.all()
    check()
    assert shop.all() == before


def test_holds_that_expire_are_no_difference(shop: Shop, sale: Sale) -> None:
    hold(sale, BOB, 8)
    shop.clock.pass_by(seconds=60)
    assert guardian.reconcile(sale.topic, repair=False) == []
    hold(sale, BOB, 8)
    assert guardian.reconcile(sale.topic, repair=False) == []
    services.sweep_all()
    assert guardian.reconcile(sale.topic, repair=False) == []
