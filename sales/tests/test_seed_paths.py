"""The seed paths: shapes and texts exactly as S4 prints them, by query, form and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from core.engine import recorder
from core.models import Journal
from sales import selectors, services
from sales.models import Purchase, Sale
from sales.tests.http import FORM, get, is_failed, post
from sales.tests.shop import Shop

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

Ask = Callable[..., Any]


def by_query(path: str, **fields: str) -> Response:
    return post(f"{path}?{'&'.join(f'{name}={value}' for name, value in fields.items())}")


def by_form(path: str, **fields: str) -> Response:
    return post(path, raw="&".join(f"{name}={value}" for name, value in fields.items()).encode(), kind=FORM)


def by_json(path: str, **fields: Any) -> Response:
    return post(path, fields)


def by_json_with_numbers(path: str, **fields: Any) -> Response:
    return post(path, {name: int(value) if name == "id" else value for name, value in fields.items()})


WAYS = pytest.mark.parametrize("ask", [by_query, by_form, by_json, by_json_with_numbers])


@pytest.fixture
def hourly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Sale:
    """The hourly sale that is on: 2,000 items."""
    monkeypatch.setattr(settings, "SALE_ITEMS", 2_000)
    services.prepare_hourly()
    return selectors.current_sale()


@WAYS
def test_it_works(hourly: Sale, ask: Ask) -> None:
    reserved = ask("/checkout", user_id="user123", id="1001")
    assert reserved.status_code == 200
    assert list(reserved.json()) == ["code"]
    bought = ask("/purchase", code=reserved.json()["code"])
    assert bought.status_code == 200
    assert bought.json() == {"status": "success", "message": "Item purchased successfully", "item_id": 1001}


def test_the_code_is_128_bits_of_its_own(hourly: Sale) -> None:
    codes = {by_query("/checkout", user_id=f"user{n}", id=str(n)).json()["code"] for n in range(1, 6)}
    assert len(codes) == 5
    assert all(re.fullmatch(r"[\w-]{22}\.[\w-]{22}", code) for code in codes)


@WAYS
def test_the_limit_is_said_as_printed(hourly: Sale, ask: Ask) -> None:
    for item in range(1, 11):
        assert ask("/checkout", user_id="user123", id=str(item)).status_code == 200
    refused = ask("/checkout", user_id="user123", id="11")
    assert is_failed(refused, 409, "limit_reached")
    assert refused.json()["message"] == "User has reached the purchase limit for this sale"


def test_a_held_item_is_refused(hourly: Sale, shop: Shop) -> None:
    by_query("/checkout", user_id="alice", id="7")
    before = shop.all()
    assert is_failed(by_query("/checkout", user_id="bob", id="7"), 409, "item_taken")
    assert shop.all() == before


def test_a_sold_item_is_refused(hourly: Sale) -> None:
    by_query("/purchase", code=by_query("/checkout", user_id="alice", id="7").json()["code"])
    assert is_failed(by_query("/checkout", user_id="bob", id="7"), 409, "item_taken")


def test_a_checkout_again_is_the_same_code(hourly: Sale) -> None:
    first, second = (by_query("/checkout", user_id="alice", id="7").content for _ in range(2))
    assert first == second


def test_a_purchase_again_is_the_same_answer(hourly: Sale, shop: Shop) -> None:
    code = by_query("/checkout", user_id="alice", id="7").json()["code"]
    first = by_query("/purchase", code=code).content
    before = shop.all()
    assert {by_query("/purchase", code=code).content for _ in range(20)} == {first}
    assert shop.all() == before


def test_a_code_ends_after_ten_minutes(hourly: Sale, shop: Shop) -> None:
    code = by_query("/checkout", user_id="alice", id="7").json()["code"]
    shop.clock.pass_by(seconds=600)
    assert is_failed(by_query("/purchase", code=code), 410, "hold_expired")
    assert by_query("/checkout", user_id="bob", id="7").status_code == 200


def test_an_item_beyond_the_sale_is_unknown(hourly: Sale) -> None:
    assert is_failed(by_query("/checkout", user_id="alice", id="2001"), 404, "not_found")


def test_a_paused_sale_is_refused(hourly: Sale) -> None:
    services.set_state(sale_id=hourly.id, state=Sale.State.PAUSED, reason="a test")
    assert is_failed(by_query("/checkout", user_id="alice", id="7"), 409, "paused")


def test_a_closed_sale_is_not_active(hourly: Sale) -> None:
    services.set_state(sale_id=hourly.id, state=Sale.State.CLOSED, reason="a test")
    assert is_failed(by_query("/checkout", user_id="alice", id="7"), 409, "closed")


def test_no_sale_is_active(shop: Shop) -> None:
    assert is_failed(get("/sales/active"), 409, "not_open")


def test_a_server_that_trusts_nobody_refuses(hourly: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "TRUST_USER_ID", False)
    assert is_failed(by_query("/checkout", user_id="alice", id="7"), 401, "unauthenticated")


def test_a_redis_that_warms_up_is_waited_for(hourly: Sale, shop: Shop) -> None:
    shop.strange(hourly)
    refused = by_query("/checkout", user_id="alice", id="7")
    assert is_failed(refused, 503, "warming_up")
    assert refused["Retry-After"] == "1"


def test_the_active_sale_has_live_counters(hourly: Sale, shop: Shop) -> None:
    code = by_query("/checkout", user_id="alice", id="7").json()["code"]
    by_query("/checkout", user_id="bob", id="8")
    by_query("/purchase", code=code)
    active = get("/sales/active").json()
    assert active == {
        "id": str(hourly.id), "name": hourly.name, "status": "active",
        "start_time": "2026-03-01T12:00:00.000Z", "end_time": "2026-03-01T13:00:00.000Z",
        "total_items": 2_000, "items_sold": 1, "items_held": 1, "items_left": 1_998,
        "price": 10.0, "currency": "EUR", "limit_per_user": 10,
    }  # fmt: skip
    shop.clock.pass_by(seconds=600)
    assert get("/sales/active").json()["items_left"] == 1_999


def test_a_purchase_is_in_postgresql(hourly: Sale) -> None:
    by_query("/purchase", code=by_query("/checkout", user_id="alice", id="7").json()["code"])
    assert recorder.record_all(seconds_max=5) > 0
    assert Purchase.objects.get().buyer == "demo:alice"


def test_the_first_request_makes_the_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SALE_ITEMS", 10)
    assert by_query("/checkout", user_id="alice", id="7").status_code == 200
    assert Journal.objects.count() == 1
