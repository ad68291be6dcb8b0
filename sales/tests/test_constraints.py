"""The last line: what PostgreSQL refuses to write even if everything above it fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from core.engine import recorder
from sales.models import Purchase, Sale, SaleEvent
from sales.tests.shop import ALICE, BOB, Shop, buy


@pytest.fixture
def sale(shop: Shop) -> Sale:
    """A sale in which alice has bought item 1 with her first slot."""
    sale = shop.open(limit=3)
    buy(sale, ALICE, 1)
    recorder.record(sale.topic)
    return sale


def _again(model: Any, **changed: object) -> None:
    row = model.objects.order_by("-seq").first()
    row.pk = None
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_it_works(sale: Sale) -> None:
    _again(Purchase, item=2, slot=2, code="x" * 45, seq=9)
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"buyer": BOB, "code": "x"}, "purchase_item_once"),
        ({"item": 2, "code": "x"}, "purchase_slot_once"),
        ({"item": 2, "slot": 2}, "purchase_code_once"),
        ({"item": 2, "slot": 4, "code": "x"}, "purchase_within_the_limit"),
        ({"item": 2, "slot": 0, "code": "x"}, "purchase_within_the_limit"),
    ],
)
def test_a_purchase_cannot_be_written(sale: Sale, changed: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        _again(Purchase, **changed)


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({}, "sale_event_once"),
        ({"seq": 9}, "sale_code_ends_once"),
        ({"seq": 9, "kind": "release"}, "sale_code_ends_once"),
        ({"seq": 9, "kind": "hold"}, "sale_code_held_once"),
    ],
)
def test_an_entry_cannot_be_written(sale: Sale, changed: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        _again(SaleEvent, **changed)


@pytest.mark.parametrize(
    "changed",
    [{"size": 0}, {"size": 10_000_001}, {"buyer_limit": 0}, {"buyer_limit": 101}, {"price": -1}, {"price": 10**15},
     {"hold_seconds": 0}, {"currency": "eur"}, {"currency": "EURO"}],
)  # fmt: skip
def test_a_sale_keeps_its_bounds(sale: Sale, changed: dict[str, Any]) -> None:
    with pytest.raises((IntegrityError, Exception), match=r"sale_|too long"):
        Sale.objects.update(**changed)


def test_a_window_has_a_length(sale: Sale) -> None:
    with pytest.raises(IntegrityError, match="sale_window_is_a_time"):
        Sale.objects.update(closes_at=sale.opens_at)


def test_a_window_has_one_sale_of_a_series(shop: Shop, sale: Sale) -> None:
    Sale.objects.update(series="hourly")
    other = shop.open()
    with pytest.raises(IntegrityError, match="sale_once_a_window"):
        Sale.objects.filter(id=other.id).update(series="hourly", opens_at=sale.opens_at)
    Sale.objects.filter(id=other.id).update(series="hourly", opens_at=sale.opens_at + timedelta(seconds=1))


def test_a_sale_with_purchases_cannot_go(sale: Sale) -> None:
    with pytest.raises(ProtectedError):
        sale.delete()
