"""Bad input to the seed paths: the same statuses in S4's shape, and nothing changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings

from sales import services
from sales.tests.http import FORM, ask, is_failed, post
from sales.tests.shop import Shop


@pytest.fixture
def hourly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with a small hourly sale, in which alice holds item 7."""
    monkeypatch.setattr(settings, "SALE_ITEMS", 20)
    services.prepare_hourly()
    services.checkout(buyer="demo:alice", item=7)
    return shop


def refused(hourly: Shop, response_of: Any, status: int, code: str) -> None:
    before = hourly.all()
    assert is_failed(response_of(), status, code)
    assert hourly.all() == before


IDS = [
    "", "0", "-1", "-0", "+7", " 7", "7 ", "07", "1.0", "1e1", "0x7", "１２", "١٢", "7_0", "NaN", "Infinity",
    "null", "true", "[7]",
    "7\n", "7\x00", "7;8", "' OR 1=1 --", "1,000", "٧",
]  # fmt: skip


@pytest.mark.parametrize("text", IDS, ids=ascii)
def test_it_is_no_number_of_an_item(hourly: Shop, text: str) -> None:
    refused(hourly, lambda: post(f"/checkout?user_id=bob&id={quote(text)}"), 422, "validation")
    raw = f"user_id=bob&id={quote(text)}".encode()
    refused(hourly, lambda: post("/checkout", raw=raw, kind=FORM), 422, "validation")


@pytest.mark.parametrize("text", ["21", "10000000", "10000001", "99999999999999999999", "9" * 5_000])
def test_the_sale_has_no_such_item(hourly: Shop, text: str) -> None:
    refused(hourly, lambda: post(f"/checkout?user_id=bob&id={text}"), 404, "not_found")


@pytest.mark.parametrize("value", [7.0, 7.5, True, None, [7], {"n": 7}, 1e300])
def test_json_is_no_looser(hourly: Shop, value: Any) -> None:
    refused(hourly, lambda: post("/checkout", {"user_id": "bob", "id": value}), 422, "validation")


USERS = [
    "",
    "x" * 65,
    "a b",
    "a:b",
    "{x}",
    "*",
    "a\r\nb",
    "$",
    "{{7*7}}",
    "a\x00b",
    "ａ",
    "\U0001f600",
    "u\u0301",
    "<b>",
    "a/b",
]


@pytest.mark.parametrize("user", USERS, ids=lambda user: ascii(user)[:20])
def test_it_is_no_user(hourly: Shop, user: str) -> None:
    refused(hourly, lambda: post(f"/checkout?user_id={quote(user)}&id=8"), 422, "validation")
    refused(hourly, lambda: post("/checkout", {"user_id": user, "id": 8}), 422, "validation")


@pytest.mark.parametrize("query", ["", "user_id=bob", "id=8", "user_id=bob&id", "user=bob&id=8", "?user_id=bob&id=8"])
def test_a_field_too_few(hourly: Shop, query: str) -> None:
    refused(hourly, lambda: post(f"/checkout?{query}"), 422, "validation")


@pytest.mark.parametrize(
    "more", ["price=0", "user_id=carl", "id=9", "quantity=2", "is_staff=1", "code=x", "expires_at=2030"]
)
def test_a_field_too_many(hourly: Shop, more: str) -> None:
    refused(hourly, lambda: post(f"/checkout?user_id=bob&id=8&{more}"), 422, "validation")


def test_a_field_said_twice_by_two_ways(hourly: Shop) -> None:
    refused(hourly, lambda: post("/checkout?user_id=bob&id=8", {"user_id": "carl"}), 422, "validation")
    refused(hourly, lambda: post("/checkout?user_id=bob&id=8", raw=b"id=9", kind=FORM), 422, "validation")


@pytest.mark.parametrize("raw", [b"user_id=%ff&id=8", b"user_id=bob&id=%ff", "user_id=bø&id=8".encode("latin-1")])
def test_it_is_not_utf_8(hourly: Shop, raw: bytes) -> None:
    before = hourly.all()
    response = post("/checkout", raw=raw, kind=FORM)
    assert response.status_code in (400, 422)
    assert is_failed(response, response.status_code, response.json()["code"])
    assert hourly.all() == before


def test_there_are_too_many_fields(hourly: Shop) -> None:
    query = "&".join(f"f{n}=1" for n in range(500))
    before = hourly.all()
    assert post(f"/checkout?{query}").status_code in (400, 422)
    assert hourly.all() == before


BODIES = {
    "null": (b"null", 400), "list": (b"[]", 400), "text": (b'"x"', 400), "cut": (b'{"id": 8', 400),
    "NaN": (b'{"id": NaN}', 400),
    "twice": (b'{"id": 8, "id": 9}', 400), "deep": (b"[" * 9_000, 400), "not UTF-8": (b'{"user_id": "\xff"}', 400),
    "BOM": (b"\xef\xbb\xbf{}", 400), "surrogate": (b'{"user_id": "\\ud800", "id": 8}', 422),
    "minus zero": (b'{"user_id": "bob", "id": -0}', 422),
    "2^53+1": (b'{"user_id": "bob", "id": 9007199254740993}', 422),
    "5000 digits": (b'{"user_id": "bob", "id": ' + b"9" * 5_000 + b"}", 422),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/checkout", "/purchase"])
def test_it_is_no_document(hourly: Shop, path: str, name: str) -> None:
    raw, status = BODIES[name]
    if path == "/purchase" and status == 422:
        raw = raw.replace(b"user_id", b"code")
    refused(hourly, lambda: post(path, raw=raw), status, "malformed" if status == 400 else "validation")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "text/json"])
@pytest.mark.parametrize("path", ["/checkout", "/purchase"])
def test_it_is_another_kind_of_body(hourly: Shop, path: str, kind: str) -> None:
    refused(hourly, lambda: post(path, raw=b"user_id=bob&id=8", kind=kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/checkout", "/purchase"])
def test_it_is_too_large(hourly: Shop, path: str) -> None:
    before = hourly.all()
    response = post(path, raw=b" " * (64 * 1024 + 1))
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")
    assert hourly.all() == before


CODES = [
    "a1b2c3d4e5f6g7h8",
    ".",
    "x.y",
    "A" * 45,
    "A" * 22 + "." + "A" * 22,
    "%7B%7D:*$",
    "..%2F..%2Fetc",
    "A" * 5_000,
    "%00",
    "%F0%9F%98%80",
]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code[:20])
def test_it_is_a_code_of_nobody(hourly: Shop, code: str) -> None:
    refused(hourly, lambda: post(f"/purchase?code={code}"), 404, "hold_unknown")


@pytest.mark.parametrize("query", ["", "code=", "code", "CODE=x", "codes=x"])
def test_there_is_no_code(hourly: Shop, query: str) -> None:
    refused(hourly, lambda: post(f"/purchase?{query}"), 422, "validation")


@pytest.mark.parametrize("more", ["user_id=bob", "price=0", "code=x", "item_id=3"])
def test_a_price_of_ones_own(hourly: Shop, more: str) -> None:
    refused(hourly, lambda: post(f"/purchase?code={'A' * 45}&{more}"), 422, "validation")


METHODS = [
    *((path, method) for path in ("/checkout", "/purchase") for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD")),
    *(("/sales/active", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
]


@pytest.mark.parametrize(("path", "method"), METHODS)
def test_the_method_is_another(hourly: Shop, path: str, method: str) -> None:
    before = hourly.all()
    response = ask(method, f"{path}?user_id=bob&id=8")
    assert response.status_code == 405
    assert response["Allow"]
    assert method not in response["Allow"].split(", ")
    assert hourly.all() == before


OVERRIDE: Any = {"X-HTTP-Method-Override": "POST"}


def test_a_method_in_disguise_is_none(hourly: Shop) -> None:
    before = hourly.all()
    response = ask("GET", "/checkout?user_id=bob&id=8&_method=POST", **OVERRIDE)
    assert response.status_code == 405
    assert hourly.all() == before
