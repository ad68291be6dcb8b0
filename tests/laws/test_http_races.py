"""The headline races over HTTP: a real granian with two workers, real connections, all sent at one moment."""

from __future__ import annotations

from collections import Counter

import pytest

from core.engine import guardian, recorder
from sales import engine, invariants, selectors
from sales.models import Purchase, Sale
from sales.tests.shop import ALICE, Shop, hold
from tests.laws import naive
from tests.laws.web import Answer, Web

pytestmark = pytest.mark.slow


def said(answers: list[Answer]) -> Counter[object]:
    """How often each status and code was heard."""
    return Counter((one.status, (one.json or {}).get("code") if one.status >= 400 else "") for one in answers)


def holds(sale: Sale) -> str:
    return f"/api/v1/sales/{sale.id}/holds"


def is_sound(sale: Sale) -> None:
    recorder.record(sale.topic)
    assert guardian.reconcile(sale.topic, repair=False) == []
    assert {name: found for name, found in invariants.breaches() if found} == {}


def test_the_last_item_has_one_winner(shop: Shop, web: Web) -> None:
    sale = shop.open(size=2)
    hold(sale, ALICE, 1)
    answers = web.crowd([("POST", holds(sale), {"user_id": f"b{n}", "item": 2}) for n in range(200)])
    assert said(answers) == {(201, ""): 1, (409, "item_taken"): 199}
    assert selectors.counters(sale).held == 2


def test_fifty_hands_hold_ten(shop: Shop, web: Web) -> None:
    sale = shop.open(size=100, limit=10)
    answers = web.crowd([("POST", holds(sale), {"user_id": "alice", "item": n}) for n in range(1, 51)])
    assert said(answers) == {(201, ""): 10, (409, "limit_reached"): 40}
    codes = [one.json["code"] for one in answers if one.status == 201]
    bought = web.crowd([("POST", f"/purchase?code={code}") for code in codes])
    assert said(bought) == {(200, ""): 10}
    is_sound(sale)
    assert Purchase.objects.count() == 10


def test_one_code_is_one_purchase(shop: Shop, web: Web) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    answers = web.crowd([("POST", f"/purchase?code={code}")] * 100)
    assert {one.status for one in answers} == {200}
    assert len({str(one.json) for one in answers}) == 1
    assert answers[0].json == {"status": "success", "message": "Item purchased successfully", "item_id": 7}
    assert shop.kinds(sale) == ["open", "hold", "purchase"]
    is_sound(sale)


def test_one_key_is_one_hold(shop: Shop, web: Web) -> None:
    sale = shop.open(size=100, limit=100)
    request = ("POST", holds(sale), {"user_id": "alice"}, {"Idempotency-Key": "k1"})
    answers = web.crowd([request] * 50)
    assert said(answers) == {(201, ""): 1, (200, ""): 49}
    assert len({one.json["code"] for one in answers}) == 1
    assert selectors.counters(sale).held == 1


def test_a_crowd_buys_it_out(shop: Shop, web: Web) -> None:
    """150 people want any of 100 items, and buy what they get."""
    sale = shop.open(size=100, limit=1)
    answers = web.crowd([("POST", holds(sale), {"user_id": f"b{n}"}, {"Idempotency-Key": "k"}) for n in range(150)])
    assert said(answers) == {(201, ""): 100, (409, "sold_out"): 50}
    web.crowd([("POST", f"/purchase?code={one.json['code']}") for one in answers if one.status == 201])
    is_sound(sale)
    assert sorted(Purchase.objects.values_list("item", flat=True)) == list(range(1, 101))
    late = web.crowd([("POST", holds(sale), {"user_id": f"c{n}", "item": 1}) for n in range(20)])
    assert said(late) == {(409, "sold_out"): 20}


def test_a_forgotten_redis_sells_nothing_twice(shop: Shop, web: Web) -> None:
    """FLUSHALL in mid-sale: refused until it is rebuilt; then what was sold is sold."""
    sale = shop.open(size=50, limit=1)
    first = web.crowd([("POST", holds(sale), {"user_id": f"b{n}", "item": n + 1}) for n in range(25)])
    web.crowd([("POST", f"/purchase?code={one.json['code']}") for one in first])
    recorder.record(sale.topic)
    shop.flush()
    during = web.crowd([("POST", holds(sale), {"user_id": f"c{n}", "item": n + 1}) for n in range(50)])
    assert said(during) == {(503, "warming_up"): 50}
    assert guardian.guard() == [sale.topic]
    after = web.crowd([("POST", holds(sale), {"user_id": f"c{n}", "item": n + 1}) for n in range(50)])
    assert said(after) == {(201, ""): 25, (409, "item_taken"): 25}
    assert engine.snapshot(sale_id=sale.id).sold == 25
    is_sound(sale)


def test_looking_first_has_many_winners(shop: Shop) -> None:
    """The control: the same crowd over the same HTTP; a server that looks, and then writes, has many winners."""
    with naive.server() as other:
        answers = other.crowd([("POST", "/", None)] * 50)
    assert sum(one.status == 201 for one in answers) > 1
