"""`/api/v1`: the product's own shapes."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from core.engine import recorder
from sales import items, selectors, services
from sales.models import Sale
from sales.tests.http import ask, get, is_problem, post
from sales.tests.shop import Shop


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return shop.open(limit=3)


def holds(sale: Sale) -> str:
    return f"/api/v1/sales/{sale.id}/holds"


def held(sale: Sale, who: str = "alice", item: int | None = 7, **headers: str) -> Any:
    body: dict[str, Any] = {"user_id": who} | ({} if item is None else {"item": item})
    return post(holds(sale), body, **headers)


def test_it_works(sale: Sale) -> None:
    hold = held(sale)
    assert hold.status_code == 201
    code = hold.json()["code"]
    assert hold.json() == {
        "code": code, "state": "held", "sale_id": str(sale.id), "item": 7, "item_name": items.name_of(7),
        "item_picture": f"/sales/{sale.id}/items/7.svg",
        "price": {"amount": "10.00", "currency": "EUR"}, "expires_at": "2026-03-01T12:10:00.000Z",
    }  # fmt: skip
    bought = post("/api/v1/purchases", {"user_id": "alice", "code": code})
    assert bought.status_code == 200
    assert bought.json() == {
        "code": code, "state": "sold", "sale_id": str(sale.id), "item": 7, "item_name": items.name_of(7),
        "item_picture": f"/sales/{sale.id}/items/7.svg",
        "price": {"amount": "10.00", "currency": "EUR"}, "purchased_at": "2026-03-01T12:00:00.000Z",
    }  # fmt: skip


def test_the_same_hold_again_is_200(sale: Sale) -> None:
    first, second = held(sale), held(sale)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_any_item_by_a_key(sale: Sale) -> None:
    first = held(sale, item=None, **{"Idempotency-Key": "k1"})
    second = held(sale, item=None, **{"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code, first.json()) == (201, 200, second.json())


def test_any_item_without_a_key(sale: Sale) -> None:
    assert is_problem(held(sale, item=None), 422, "key_required")


def test_a_key_for_another_intention(sale: Sale) -> None:
    held(sale, item=3, **{"Idempotency-Key": "k1"})
    assert is_problem(held(sale, item=4, **{"Idempotency-Key": "k1"}), 422, "idempotency_mismatch")


def test_a_key_of_another_person(sale: Sale) -> None:
    first = held(sale, item=None, **{"Idempotency-Key": "k1"})
    second = held(sale, "bob", None, **{"Idempotency-Key": "k1"})
    assert first.json()["item"] != second.json()["item"]


def test_refusals_carry_their_facts(sale: Sale) -> None:
    for item in (1, 2, 3):
        held(sale, item=item)
    refused = held(sale, item=4)
    assert is_problem(refused, 409, "limit_reached")
    assert refused.json()["limit"] == 3


@pytest.mark.parametrize(("opens_in", "code", "fact"), [(60, "not_open", "opens_at"), (-7_200, "closed", "closes_at")])
def test_a_sale_out_of_its_time(shop: Shop, opens_in: int, code: str, fact: str) -> None:
    refused = held(shop.open(opens_in=opens_in))
    assert is_problem(refused, 409, code)
    assert refused.json()["server_time"] == "2026-03-01T12:00:00.000Z"
    assert refused.json()[fact].endswith("Z")


def test_a_redis_that_warms_up(sale: Sale, shop: Shop) -> None:
    shop.strange(sale)
    refused = held(sale)
    assert is_problem(refused, 503, "warming_up")
    assert refused["Retry-After"] == "1"


def test_a_look_at_ones_hold(sale: Sale) -> None:
    hold = held(sale).json()
    assert get(f"/api/v1/holds/{hold['code']}?user_id=alice").json() == hold
    post("/api/v1/purchases", {"user_id": "alice", "code": hold["code"]})
    seen = get(f"/api/v1/holds/{hold['code']}?user_id=alice").json()
    assert (seen["state"], seen["purchased_at"]) == ("sold", "2026-03-01T12:00:00.000Z")


def test_a_hold_given_back(sale: Sale) -> None:
    code = held(sale).json()["code"]
    for _ in range(2):
        answer = ask("DELETE", f"/api/v1/holds/{code}?user_id=alice")
        assert (answer.status_code, answer.content) == (204, b"")
    assert is_problem(get(f"/api/v1/holds/{code}?user_id=alice"), 410, "hold_expired")
    assert held(sale, "bob").status_code == 201


def test_what_is_bought_is_not_given_back(sale: Sale) -> None:
    code = held(sale).json()["code"]
    post("/api/v1/purchases", {"user_id": "alice", "code": code})
    assert is_problem(ask("DELETE", f"/api/v1/holds/{code}?user_id=alice"), 409, "item_taken")


def test_a_strangers_code_is_as_unknown_as_any(sale: Sale, shop: Shop) -> None:
    """One body for a stranger's, an unknown and a malformed code (but for the request's own id)."""
    code = held(sale).json()["code"]
    before = shop.all()
    bodies = []
    for wrong in (code, code[:-2] + ("AA" if code[-2:] != "AA" else "BA"), "nonsense", code.upper()):
        for refused in (
            get(f"/api/v1/holds/{wrong}?user_id=bob"),
            ask("DELETE", f"/api/v1/holds/{wrong}?user_id=bob"),
            post("/api/v1/purchases", {"user_id": "bob", "code": wrong}),
        ):
            assert is_problem(refused, 404, "hold_unknown")
            bodies.append({name: value for name, value in refused.json().items() if name != "request_id"})
    assert all(body == bodies[0] for body in bodies)
    assert shop.all() == before


def test_the_sales_newest_first(shop: Shop) -> None:
    old, new = shop.open(opens_in=-600), shop.open(opens_in=-300)
    found = get("/api/v1/sales").json()["items"]
    assert [one["id"] for one in found] == [str(new.id), str(old.id)]
    assert found[0] == {
        "id": str(new.id), "name": "A sale of tests", "state": "open", "opens_at": "2026-03-01T11:55:00.000Z",
        "closes_at": "2026-03-01T12:55:00.000Z", "size": 10, "buyer_limit": 3, "hold_seconds": 600,
        "price": {"amount": "10.00", "currency": "EUR"},
    }  # fmt: skip


def test_one_sale_with_its_counters(sale: Sale) -> None:
    held(sale)
    seen = get(f"/api/v1/sales/{sale.id}").json()
    assert (seen["free"], seen["held"], seen["sold"]) == (9, 1, 0)
    assert seen["server_time"] == "2026-03-01T12:00:00.000Z"


def test_a_draft_is_nobodys_business(shop: Shop) -> None:
    draft = shop.open(state="draft")
    assert get("/api/v1/sales").json()["items"] == []
    assert is_problem(get(f"/api/v1/sales/{draft.id}"), 404, "not_found")


def test_a_draft_sells_nothing(shop: Shop) -> None:
    draft = shop.open(state="draft")
    assert held(draft).status_code in (404, 409)
    assert selectors.counters(draft).held == 0


def test_the_current_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_problem(get("/api/v1/sales/current"), 409, "not_open")
    monkeypatch.setattr(settings, "SALE_ITEMS", 20)
    services.prepare_hourly()
    assert get("/api/v1/sales/current").json()["free"] == 20


def test_a_sale_let_go_answers_from_the_rows(sale: Sale, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code = held(sale).json()["code"]
    bought = post("/api/v1/purchases", {"user_id": "alice", "code": code}).json()
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=10_000)
    monkeypatch.setattr("sales.services.timezone.now", lambda: shop.clock.instant)
    assert services.retire() == [sale.topic]
    assert get(f"/api/v1/sales/{sale.id}").json()["sold"] == 1
    assert post("/api/v1/purchases", {"user_id": "alice", "code": code}).json() == bought


def test_unsigned_where_nobody_is_trusted(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "TRUST_USER_ID", False)
    assert is_problem(held(sale), 401, "unauthenticated")
