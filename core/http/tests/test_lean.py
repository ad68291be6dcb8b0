"""Lean views and problems: one shape for every no."""

from typing import Any

import pytest
from django.test import Client
from structlog.testing import capture_logs


def test_it_works(site: Client) -> None:
    response = site.get("/lean")
    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"


def test_a_body_is_read(site: Client) -> None:
    response = site.post("/lean", {"name": "alice"}, content_type="application/json")
    assert (response.status_code, response.json()) == (201, {"name": "alice"})


def test_a_wrong_field_is_told(site: Client) -> None:
    response = site.post("/lean", {"name": "no spaces"}, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["code"] == "validation"
    assert response.json()["errors"][0]["field"] == "name"


def test_a_query_gives_the_named_fields(site: Client) -> None:
    assert site.get("/asked").json() == {}
    assert site.get("/asked?user_id=al%20ice&cursor=").json() == {"user_id": "al ice", "cursor": ""}


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=5", "limit"), ("user_id=a&foo=", "foo"), ("user_id=a&user_id=a", "user_id"), ("=x", "query"),
     ("a%00b=1", "ab"), ("User_id=a", "User_id")],
)  # fmt: skip
def test_a_query_field_that_is_unknown_or_repeated_is_named(site: Client, query: str, field: str) -> None:
    response = site.get(f"/asked?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
     "application/json; charset=utf-7", "application/problem+json"],
)  # fmt: skip
def test_another_content_type_is_refused(site: Client, kind: str) -> None:
    response = site.generic("POST", "/lean", b'{"name":"a"}', content_type=kind)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_packed_body_is_refused(site: Client) -> None:
    response = site.post("/lean", {"name": "a"}, content_type="application/json", HTTP_CONTENT_ENCODING="gzip")
    assert response.status_code == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_in_utf8_is_taken(site: Client, kind: str) -> None:
    assert site.generic("POST", "/lean", b'{"name":"a"}', content_type=kind).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"])
def test_a_method_that_is_not_there_is_named(site: Client, method: str) -> None:
    response = site.generic(method, "/lean")
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST, HEAD"
    assert response.json()["code"] == "method_not_allowed"


def test_head_is_get_without_a_body(site: Client) -> None:
    response = site.head("/lean")
    assert (response.status_code, response.content) == (200, b"")


def test_nothing_carries_no_content_and_no_pages_headers(site: Client) -> None:
    response = site.delete("/gone")
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response
    assert "Content-Security-Policy" not in response


def test_a_refusal_is_a_problem_with_its_facts(site: Client) -> None:
    response = site.get("/failing/refusal")
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert response.status_code == body["status"] == 409
    assert (body["code"], body["detail"], body["title"]) == ("sold_out", "None left.", "All items are taken.")
    assert (body["held"], body["type"]) == (3, "urn:stampede:problem:sold_out")
    assert body["request_id"] == response["X-Request-ID"]


def test_a_503_says_when_to_ask_again(site: Client) -> None:
    response = site.get("/failing/overloaded")
    assert (response.status_code, response["Retry-After"], response.json()["retry_after"]) == (503, "1", 1)


def test_a_store_that_is_away_is_503_and_one_line(site: Client) -> None:
    with capture_logs() as lines:
        response = site.get("/failing/postgres")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert [line["event"] for line in lines if line["event"] != "request"] == ["PostgreSQL is away"]


@pytest.mark.parametrize("path", ["/failing/bug", "/plain/bug"])
def test_a_bug_is_500_and_one_line_with_its_cause(site: Client, path: str) -> None:
    with capture_logs() as lines:
        response = site.get(path)
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "a bug" not in response.content.decode()
    told = [line for line in lines if line["event"] == "request failed"]
    assert len(told) == 1
    assert isinstance(told[0]["exc_info"], ValueError)


def test_a_bug_names_the_verb_without_the_code(site: Client) -> None:
    with capture_logs() as lines:
        site.get("/failing/bug")
    assert told_notes(lines) == ["purchase(code='***', buyer='demo:7')"]


@pytest.mark.parametrize(("kind", "status"), [("missing", 404), ("denied", 403)])
@pytest.mark.parametrize("path", ["/failing", "/plain"])
def test_djangos_own_exceptions_are_problems(site: Client, path: str, kind: str, status: int) -> None:
    response = site.get(f"{path}/{kind}")
    assert response.status_code == response.json()["status"] == status
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(("kind", "status"), [("refusal", 409), ("overloaded", 503), ("bug", 500), ("missing", 404)])
def test_a_seed_path_keeps_its_own_shape(site: Client, kind: str, status: int) -> None:
    response = site.get(f"/seed/{kind}")
    assert response.status_code == status
    assert set(response.json()) == {"status", "message"}
    assert response.json()["status"] == "failed"


def test_a_seed_path_says_when_to_ask_again(site: Client) -> None:
    response = site.get("/seed/overloaded")
    assert (response["Retry-After"], response["Cache-Control"]) == ("1", "no-store")


def told_notes(lines: Any) -> list[str]:
    notes: list[str] = next(line for line in lines if line["event"] == "request failed")["notes"][-1:]
    return notes
