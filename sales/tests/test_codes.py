"""Pure parts: codes, ids, money, items."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import long, secret, short, uuid7, uuid7_of
from core.money import AMOUNT_MAX, Money
from sales import codes, items, limits
from sales.errors import HoldUnknown

SOME = UUID("01a1f870-4d45-7368-8886-c31641e91960")


def test_it_works() -> None:
    code = codes.write(sale_id=SOME, secret=secret())
    found = codes.read(code)
    assert (found.sale_id, str(found), len(code)) == (SOME, code, 45)


@given(st.uuids())
def test_any_id_comes_back(value: UUID) -> None:
    assert long(short(value)) == value
    assert len(short(value)) == 22


@given(st.text(max_size=60))
def test_a_text_is_a_code_only_as_written(text: str) -> None:
    with suppress(HoldUnknown):
        assert str(codes.read(text)) == text


@pytest.mark.parametrize("text", ["", "A" * 21, "A" * 23, "A" * 21 + "=", "A" * 21 + "B", "é" * 22, "A" * 21 + "\n"])
def test_another_spelling_is_no_id(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- its text is the id
        long(text)


def test_secrets_are_128_random_bits() -> None:
    made = {secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(one) for one in made} == {22}


def test_ids_are_in_order_of_time() -> None:
    early, late = uuid7_of(at_ms=1, name="b"), uuid7_of(at_ms=2, name="a")
    assert early < late
    assert uuid7().version == early.version == 7
    assert uuid7().variant == SOME.variant


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(0, "EUR", "0.00"), (5, "EUR", "0.05"), (1_000, "USD", "10.00"), (1_000, "JPY", "1000"), (5, "KWD", "0.005"),
     (AMOUNT_MAX, "EUR", "9999999999999.99")],
)  # fmt: skip
def test_money_is_a_decimal_text(minor: int, currency: str, text: str) -> None:
    assert Money(minor, currency).public() == {"amount": text, "currency": currency}


def test_an_item_has_a_name_of_its_own() -> None:
    assert items.name_of(1_001) == items.name_of(1_001)
    assert len({items.name_of(number) for number in range(1, 1_001)}) == 1_000


def test_an_item_has_a_picture_of_its_own() -> None:
    one = items.picture_of(sale_id=SOME, number=1)
    assert one == items.picture_of(sale_id=SOME, number=1)
    assert one != items.picture_of(sale_id=SOME, number=2)
    assert ET.fromstring(one).tag.endswith("svg")
    assert "<script" not in items.picture_of(sale_id=SOME, number=limits.ITEMS_MAX)
