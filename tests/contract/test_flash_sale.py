"""The flash sales of S4 and S1 as they print them: real curl, real HTTP; only host, port and code differ."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
from django.conf import settings

from core.engine import recorder
from core.engine.invariants import check
from sales import selectors, services
from sales.models import Purchase, Sale
from sales.tests.shop import Shop
from tests.laws.web import Web

pytestmark = pytest.mark.slow

S4_CHECKOUT = 'curl -X POST "http://localhost:8032/checkout?user_id=user123&id=1001"'
S4_PURCHASE = 'curl -X POST "http://localhost:8032/purchase?code=a1b2c3d4e5f6g7h8"'
S4_SUCCESS = """
{
  "status": "success",
  "message": "Item purchased successfully",
  "item_id": 1001
}
"""
S4_ERROR = """
{
  "status": "failed",
  "message": "User has reached the purchase limit for this sale"
}
"""


def printed(command: str, web: Web, code: str = "") -> Any:
    """What a printed command answers here."""
    assert shutil.which("curl"), "the printed commands need curl"
    here = command.replace("http://localhost:8032", web.url).replace("a1b2c3d4e5f6g7h8", code)
    done = subprocess.run([*shlex.split(here), "-s"], capture_output=True, check=True, timeout=30)
    return json.loads(done.stdout)


@pytest.fixture
def hourly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Sale:
    """The hourly sale that is on by the clock of the tests, which is Redis's."""
    monkeypatch.setattr(settings, "SALE_ITEMS", 1_001)
    services.prepare_hourly()
    return selectors.current_sale()


def test_it_works(hourly: Sale, web: Web) -> None:
    reserved = printed(S4_CHECKOUT, web)
    assert list(reserved) == ["code"]
    assert re.fullmatch(r"[\w-]{22}\.[\w-]{22}", reserved["code"])
    assert printed(S4_PURCHASE, web, reserved["code"]) == json.loads(S4_SUCCESS)
    assert printed(S4_PURCHASE, web, reserved["code"]) == json.loads(S4_SUCCESS)


def test_the_error_is_as_printed(hourly: Sale, web: Web) -> None:
    for item in range(1, 11):
        assert "code" in printed(S4_CHECKOUT.replace("1001", str(item)), web)
    refused = printed(S4_CHECKOUT.replace("1001", "11"), web)
    expected = json.loads(S4_ERROR)
    assert {name: refused[name] for name in expected} == expected


def test_full_in_small(shop: Shop, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """S1's FULL mode: every item checked out and purchased in turn, then one checkout more, which fails: its 20,001
    requests with 10,000 items are 81 with 40."""
    items = 40
    monkeypatch.setattr(settings, "SALE_ITEMS", items)
    services.prepare_hourly()
    sale = selectors.current_sale()
    total, failed = 0, []
    for item in [*range(1, items + 1), 1]:
        buyer = f"user{total // 20}"
        reserved = web.ask("POST", f"/checkout?user_id={buyer}&id={item}")
        total += 1
        if reserved.status != 200:
            failed.append(reserved)
            continue
        bought = web.ask("POST", f"/purchase?code={reserved.json['code']}")
        total += 1
        assert bought.json["item_id"] == item
    assert (total, len(failed)) == (2 * items + 1, 1)
    assert (failed[0].status, failed[0].json["status"], failed[0].json["code"]) == (409, "failed", "sold_out")
    recorder.record(sale.topic)
    assert Purchase.objects.filter(sale=sale).count() == items
    assert web.ask("GET", "/sales/active").json["total_items"] >= items
    assert [name for name, sentences in check().items() if sentences] == []
