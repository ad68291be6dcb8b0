"""Bad input to the JSON doors (rows 1-13, 20-24, 26, 42, 43): 4xx as problem+json, and nothing changes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from sales.models import Sale
from sales.tests.http import ask, is_problem, post
from sales.tests.shop import Shop

DOORS = pytest.mark.parametrize("door", ["holds", "purchases"])


@pytest.fixture
def sale(shop: Shop) -> Sale:
    """A sale in which alice holds item 7."""
    sale = shop.open(limit=3)
    post(f"/api/v1/sales/{sale.id}/holds", {"user_id": "alice", "item": 7})
    return sale


def path_of(door: str, sale: Sale) -> str:
    return f"/api/v1/sales/{sale.id}/holds" if door == "holds" else "/api/v1/purchases"


def sound(door: str) -> dict[str, Any]:
    return (
        {"user_id": "alice", "item": 8} if door == "holds" else {"user_id": "alice", "code": "A" * 22 + "." + "A" * 22}
    )


def refused(shop: Shop, sale: Sale, door: str, raw: bytes, status: int, code: str, **options: Any) -> None:
    """Refused so, and both stores stay as they are."""
    before = shop.all()
    assert is_problem(post(path_of(door, sale), raw=raw, **options), status, code)
    assert shop.all() == before


NOT_ONE_DOCUMENT = {
    "null": b"null", "text": b'"x"', "list": b"[1]", "whitespace": b"  ", "BOM": b"\xef\xbb\xbf{}", "number": b"7",
    "UTF-16": json.dumps({"user_id": "alice"}).encode("utf-16"), "not UTF-8": b'{"user_id": "\xff\xfe"}',
    "trailing": b'{"user_id": "alice"} x', "two documents": b"{}{}", "deep list": b"[" * 100_00 + b"]" * 100_00,
    "deep object": b'{"a":' * 9_000 + b"1" + b"}" * 9_000, "NaN": b'{"item": NaN}', "Infinity": b'{"item": Infinity}',
    "-Infinity": b'{"item": -Infinity}', "leading zero": b'{"item": 07}', "plus": b'{"item": +7}',
    "hex": b'{"item": 0x7}',
    "comment": b'{"item": 7 /* seven */}', "single quotes": b"{'item': 7}", "key twice": b'{"item": 7, "item": 8}',
    "key twice, escaped": b'{"item": 7, "it\\u0065m": 8}', "cut": b'{"item": 7', "trailing comma": b'{"item": 7,}',
}  # fmt: skip


@DOORS
@pytest.mark.parametrize("name", NOT_ONE_DOCUMENT)
def test_it_is_not_one_document(shop: Shop, sale: Sale, door: str, name: str) -> None:
    refused(shop, sale, door, NOT_ONE_DOCUMENT[name], 400, "malformed")


@DOORS
def test_there_is_no_body(shop: Shop, sale: Sale, door: str) -> None:
    before = shop.all()
    response = ask("POST", path_of(door, sale))
    assert response.status_code in (400, 415)
    assert is_problem(response, response.status_code, response.json()["code"])
    assert shop.all() == before


NUMBERS = [
    "-1", "0", "-0", "1.0", "7.5", "1e3", "7e0", "1e400", "1e-400", "true", "false", '"7"', '" 7 "', '"１２"',
    '"yes"', "[]",
    "{}", "[7]", '""', "10000001", "9007199254740993", "9223372036854775808", "1" + "0" * 18, "9" * 5_000,
    '"1,000"', '"-0.00"',
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:24])
def test_it_is_no_number_of_an_item(shop: Shop, sale: Sale, number: str) -> None:
    refused(shop, sale, "holds", f'{{"user_id": "alice", "item": {number}}}'.encode(), 422, "validation")


def test_no_item_of_the_sale_is_unknown(shop: Shop, sale: Sale) -> None:
    refused(shop, sale, "holds", b'{"user_id": "alice", "item": 10000000}', 404, "not_found")


NAMES: list[Any] = [
    None, "", "x" * 65, "a b", "a:b", "demo:bob", "{sale}", "*", "a\r\nb", "$", "{{7*7}}", "' OR 1=1",
    "a\u0000b", "ａｌｉｃｅ",
    "a\u202eb", "\U0001f600", "e\u0301" * 30, "x" * 60_000, 5, True, [], {}, ["alice"], "<script>", "a\n", 1.5,
]  # fmt: skip


@DOORS
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:24])
def test_it_is_no_name(shop: Shop, sale: Sale, door: str, name: Any) -> None:
    body = json.dumps(sound(door) | {"user_id": name}).encode()
    refused(shop, sale, door, body, 422, "validation")


@DOORS
def test_it_is_a_lone_surrogate(shop: Shop, sale: Sale, door: str) -> None:
    refused(shop, sale, door, b'{"user_id": "a\\ud800"}', 422, "validation")


def test_a_name_of_the_language_is_a_name(sale: Sale) -> None:
    for item, name in ((1, "__proto__"), (2, "constructor"), (3, "x" * 64)):
        assert post(f"/api/v1/sales/{sale.id}/holds", {"user_id": name, "item": item}).status_code == 201


CODES: list[Any] = [None, "", 7, True, [], {}, "x" * 101, "a\u0000", "\ud800"]


@pytest.mark.parametrize("code", CODES, ids=lambda code: ascii(code)[:24])
def test_it_is_no_code(shop: Shop, sale: Sale, code: Any) -> None:
    refused(shop, sale, "purchases", json.dumps({"user_id": "alice", "code": code}).encode(), 422, "validation")


@pytest.mark.parametrize(
    "code", ["x", ".", "a:b{}*$", "A" * 45, "../../etc/passwd", "A" * 22 + "." + "A" * 22, "\U0001f600"]
)
def test_it_is_a_code_of_nobody(shop: Shop, sale: Sale, code: str) -> None:
    refused(shop, sale, "purchases", json.dumps({"user_id": "alice", "code": code}).encode(), 404, "hold_unknown")


@DOORS
@pytest.mark.parametrize(
    "field", ["price", "status", "is_staff", "expires_at", "quantity", "buyer", "sale_id", "", "__class__"]
)
def test_a_field_too_many(shop: Shop, sale: Sale, door: str, field: str) -> None:
    refused(shop, sale, door, json.dumps(sound(door) | {field: 1}).encode(), 422, "validation")


@DOORS
@pytest.mark.parametrize("field", ["user_id", "code"])
def test_a_field_too_few(shop: Shop, sale: Sale, door: str, field: str) -> None:
    if field in (body := sound(door)):
        del body[field]
        refused(shop, sale, door, json.dumps(body).encode(), 422, "validation")
    else:
        refused(shop, sale, door, b"{}", 422, "validation")


def test_the_field_is_named(sale: Sale) -> None:
    wrong = post(f"/api/v1/sales/{sale.id}/holds", {"user_id": "alice", "item": "7"}).json()
    assert wrong["errors"][0]["field"] == "item"
    assert wrong["detail"].startswith("item: ")


KINDS = [
    "text/plain", "application/json; charset=utf-7", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/xml", "application/jsonx", "text/json", "application/problem+json", "", "*/*",
]  # fmt: skip


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_another_kind_of_body(shop: Shop, sale: Sale, door: str, kind: str) -> None:
    refused(shop, sale, door, json.dumps(sound(door)).encode(), 415, "unsupported_media_type", kind=kind)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON; charset=UTF-8"]
)
def test_json_is_json_in_any_case(sale: Sale, kind: str) -> None:
    body = json.dumps({"user_id": "alice", "item": 8}).encode()
    assert post(f"/api/v1/sales/{sale.id}/holds", raw=body, kind=kind).status_code == 201


@DOORS
def test_it_is_packed(shop: Shop, sale: Sale, door: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    refused(shop, sale, door, bomb, 415, "unsupported_media_type", **{"Content-Encoding": "gzip"})


@DOORS
@pytest.mark.parametrize("size", [64 * 1024 + 1, 3_000_000])
def test_it_is_too_large(shop: Shop, sale: Sale, door: str, size: int) -> None:
    refused(shop, sale, door, b" " * size, 413, "payload_too_large")


def test_it_is_as_large_as_may_be(sale: Sale) -> None:
    body = json.dumps({"user_id": "alice", "item": 8}).encode().ljust(64 * 1024)
    assert post(f"/api/v1/sales/{sale.id}/holds", raw=body).status_code == 201


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 256, "schlüssel", "a b", "a\tb", "\x7f"], ids=lambda key: ascii(key)[:20]
)
def test_it_is_no_key(shop: Shop, sale: Sale, key: str) -> None:
    body = b'{"user_id": "alice", "item": 8}'
    refused(shop, sale, "holds", body, 422, "validation", **{"Idempotency-Key": key})


@pytest.mark.parametrize("key", ["x" * 255, "k", "{}:*$'\"", "../../x", "-"])
def test_a_key_is_what_one_likes(sale: Sale, key: str) -> None:
    body = {"user_id": "alice"}
    first, second = (post(f"/api/v1/sales/{sale.id}/holds", body, **{"Idempotency-Key": key}) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 200, second.json())


@pytest.mark.parametrize("header", [{"Date": "Mon, 01 Jan 2035 00:00:00 GMT"}, {"X-Forwarded-For": "1.2.3.4"}])
def test_the_clients_clock_is_not_asked(sale: Sale, header: dict[str, str]) -> None:
    answer = post(f"/api/v1/sales/{sale.id}/holds", {"user_id": "alice", "item": 8}, **header)
    assert answer.json()["expires_at"] == "2026-03-01T12:10:00.000Z"
