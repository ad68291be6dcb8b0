"""Names and pictures of items, drawn from their number."""

from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from sales.items import name_of, picture_of

ONE, OTHER = UUID(int=1), UUID(int=2)


def test_neighbours_differ_in_both_words() -> None:
    for number in range(1, 500):
        assert not set(name_of(number).split()) & set(name_of(number + 1).split())


def test_a_name_ends_in_the_number() -> None:
    assert all(name_of(number).endswith(f" {number}") for number in (1, 1789, 10_000_000))


def test_a_picture_is_the_same_for_ever() -> None:
    assert picture_of(sale_id=ONE, number=7) == picture_of(sale_id=ONE, number=7)
    assert len({picture_of(sale_id=sale, number=n) for sale in (ONE, OTHER) for n in range(1, 50)}) == 98


@pytest.mark.parametrize("number", [1, 255, 10_000, 10_000_000])
def test_a_picture_is_sound_svg(number: int) -> None:
    root = ET.fromstring(picture_of(sale_id=ONE, number=number))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-label") == name_of(number)


def test_a_picture_is_kept_by_the_browser(client: Client) -> None:
    answer = client.get(f"/sales/{ONE}/items/7.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content.decode() == picture_of(sale_id=ONE, number=7)


@pytest.mark.parametrize("number", ["0", "10000001", "99999999999999999999", "x"])
def test_there_is_no_such_item(client: Client, number: str) -> None:
    assert client.get(f"/sales/{ONE}/items/{number}.svg").status_code == 404
