"""Bad addresses, methods, hosts and queries (rows 16-19, 21, 40, 43 of bad-inputs)."""

from __future__ import annotations

import pytest

from sales.models import Sale
from sales.tests.http import ask, get, is_problem, post
from sales.tests.shop import Shop


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return shop.open()


API = {
    "/api/v1/sales": "GET", "/api/v1/sales/current": "GET", "/api/v1/sales/{sale}": "GET",
    "/api/v1/sales/{sale}/holds": "POST", "/api/v1/holds/x.y": "GET, DELETE", "/api/v1/purchases": "POST",
}  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", API)
def test_a_method_is_known_or_405(shop: Shop, sale: Sale, path: str, method: str) -> None:
    if method in API[path].split(", "):
        return
    before = shop.all()
    response = ask(method, path.format(sale=sale.id))
    assert is_problem(response, 405, "method_not_allowed")
    assert response["Allow"].replace(", HEAD", "") == API[path]
    assert shop.all() == before


@pytest.mark.parametrize("path", ["/api/v1/sales", "/api/v1/sales/{sale}"])
def test_a_head_is_a_get_without_a_body(sale: Sale, path: str) -> None:
    response = ask("HEAD", path.format(sale=sale.id))
    assert (response.status_code, response.content) == (200, b"")


NOWHERE = [
    "/api/v1/sales/..%2f..%2fadmin", "/api/v1/sales/%00", "/api/v1/sales/%c0%ae", "/api/v1/sales/%252e%252e",
    "/api/v1/sales/x",
    "/api/v1/sales/.", "/api/v1/sales/1", "/api/v1/sales//holds", "/api/v1/sales/", "/api/v1/sales/current/",
    "/api/v1/nonsense",
    "/api/v1/sales/01A1F870-4D45-7368-8886-C31641E91960", "/api/v1/sales/{01a1f870-4d45-7368-8886-c31641e91960}",
    "/api/v1/sales/urn:uuid:01a1f870-4d45-7368-8886-c31641e91960", "/api/v1/sales/01a1f8704d4573688886c31641e91960",
    "/api/v1/sales/00000000-0000-0000-0000-000000000000", "/api/v1/sales/01a1f870-4d45-7368-8886-c31641e91960",
    "/api/v1/holds/a/b?user_id=alice", "/api/v1/holds/?user_id=alice", "/static/../manage.py",
    "/static/%2e%2e/manage.py",
]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_there_is_nothing(shop: Shop, sale: Sale, path: str) -> None:
    before = shop.all()
    response = get(path)
    assert is_problem(response, 404, "not_found")
    assert shop.all() == before


CODES = [
    "x",
    "%00",
    "..",
    "%F0%9F%98%80",
    "A" * 45,
    "A" * 3_000,
    "%7B%7D",
    "a%0d%0ab",
    "*",
    "%ff",
    "{{7*7}}",
    "__proto__",
]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code[:20])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_it_is_a_code_of_nobody(shop: Shop, sale: Sale, method: str, code: str) -> None:
    before = shop.all()
    assert is_problem(ask(method, f"/api/v1/holds/{code}?user_id=alice"), 404, "hold_unknown")
    assert shop.all() == before


@pytest.mark.parametrize(
    "query", ["", "user_id=", "user_id=a%20b", "user_id=alice&user_id=bob", "user_id=%00", "user_id=%ff"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_it_is_no_asker(sale: Sale, method: str, query: str) -> None:
    assert is_problem(ask(method, f"/api/v1/holds/x.y?{query}"), 422, "validation")


@pytest.mark.parametrize(
    "query", ["limit=1000000000", "cursor=garbage", "page=-1", "state__in=draft", "ordering=made_at", "%00=%ff"]
)
def test_a_query_finds_no_more_than_is_public(shop: Shop, sale: Sale, query: str) -> None:
    draft = shop.open(state="draft")
    response = get(f"/api/v1/sales?{query}")
    assert response.status_code in (200, 400, 422)
    assert str(draft.id) not in response.content.decode()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a b", "localhost:99999x", "[::1", "", "localhost@evil"]
)
def test_a_host_that_is_not_ours(sale: Sale, host: str) -> None:
    assert get("/api/v1/sales", Host=host).status_code == 400


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-For", "X-Original-URL", "X-Rewrite-URL", "Forwarded"]
)
def test_a_forwarded_header_leads_nowhere(sale: Sale, header: str) -> None:
    response = get("/api/v1/sales", **{header: "//evil.example"})
    assert response.status_code == 200
    assert b"evil" not in response.content
    assert "evil" not in str(response.headers)


@pytest.mark.parametrize("name", ["X-Request-ID", "Idempotency-Key", "Origin"])
@pytest.mark.parametrize(
    "value", ["a\r\nX-Evil: 1", "a\nb", "<script>", "x" * 10_000, "\U0001f600"], ids=lambda text: ascii(text)[:12]
)
def test_a_header_is_never_echoed_raw(sale: Sale, name: str, value: str) -> None:
    response = post(f"/api/v1/sales/{sale.id}/holds", {"user_id": "alice", "item": 7}, **{name: value})
    assert response.status_code in (201, 400, 422)
    assert "X-Evil" not in response
    assert all(value not in sent for _, sent in response.items())


def test_a_thousand_headers_are_only_headers(sale: Sale) -> None:
    assert get("/api/v1/sales", **{f"X-H{n}": "v" for n in range(1_000)}).status_code == 200


def test_another_sales_code_buys_its_own(shop: Shop, sale: Sale) -> None:
    other = shop.open()
    code = post(f"/api/v1/sales/{other.id}/holds", {"user_id": "alice", "item": 7}).json()["code"]
    swapped = post(f"/api/v1/sales/{sale.id}/holds", {"user_id": "bob", "item": 7}).json()["code"][:22] + code[22:]
    before = shop.all()
    assert is_problem(post("/api/v1/purchases", {"user_id": "alice", "code": swapped}), 404, "hold_unknown")
    assert shop.all() == before


def test_a_sale_of_nobody_holds_nothing(shop: Shop, sale: Sale) -> None:
    before = shop.all()
    response = post("/api/v1/sales/01a1f870-4d45-7368-8886-c31641e91960/holds", {"user_id": "alice", "item": 7})
    assert is_problem(response, 404, "not_found")
    assert shop.all() == before
