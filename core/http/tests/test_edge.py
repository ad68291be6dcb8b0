"""The edge: request ids, hosts, bodies, CORS, headers, and failures as whoever asked can read them."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from core.http import edge

PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}


def test_a_request_gets_an_id(site: Client) -> None:
    first, second = site.get("/lean")["X-Request-ID"], site.get("/lean")["X-Request-ID"]
    assert len(first) == 16
    assert first != second


def test_a_sane_id_is_kept(site: Client) -> None:
    assert site.get("/lean", HTTP_X_REQUEST_ID="order-7.A_b")["X-Request-ID"] == "order-7.A_b"


@pytest.mark.parametrize("bad", ["", "a b", "a\r\nSet-Cookie: x", "a" * 65, "<script>", "é", "a\n"])
def test_another_id_is_never_echoed(site: Client, bad: str) -> None:
    given = site.get("/lean", HTTP_X_REQUEST_ID=bad)["X-Request-ID"]
    assert given != bad
    assert len(given) == 16


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "localhost:x", ""])
def test_a_foreign_host_is_refused(site: Client, host: str) -> None:
    response = site.get("/lean", HTTP_HOST=host, SERVER_NAME="evil.example")
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_a_foreign_host_is_told_to_both_sides(site: Client) -> None:
    with capture_logs() as lines:
        response = site.get("/lean", HTTP_HOST="shop.example\x1b[31m" + "a" * 200)
    assert "ALLOWED_HOSTS" in response.json()["detail"]
    warned = [line["host"] for line in lines if line["log_level"] == "warning"]
    assert warned == ["shop.example?[31m" + "a" * 83]


def test_a_forwarded_host_is_not_believed(site: Client) -> None:
    assert site.get("/lean", HTTP_X_FORWARDED_HOST="evil.example").status_code == 200


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("13", 201),
        ("65536", 400),
        ("65537", 413),
        ("99999999999", 413),
        ("-1", 400),
        ("abc", 400),
        ("１２", 400),
        ("12", 400),
        ("0", 400),
    ],
)
def test_a_length_is_checked_before_reading(site: Client, length: str, status: int) -> None:
    environ: dict[str, Any] = {"CONTENT_LENGTH": length, "wsgi.input": BytesIO(b'{"name": "a"}')}
    assert site.post("/lean", content_type="application/json", **environ).status_code == status


def test_a_chunked_body_is_read(site: Client) -> None:
    response = chunked(site, b'{"name": "a"}')
    assert (response.status_code, response.json()) == (201, {"name": "a"})


def test_a_chunked_body_without_end_is_refused(site: Client) -> None:
    assert chunked(site, b" " * 70_000).status_code == 413


def test_an_unknown_address_is_a_problem(site: Client) -> None:
    response = site.get("/nope")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/..%2f..%2fetc", "/%00", "/%c0%ae", "/lean/", "/lean.", "/static/../lean", "//evil"])
def test_an_odd_address_is_not_found(site: Client, path: str) -> None:
    assert site.get(path).status_code == 404


def test_a_browser_gets_a_page(site: Client) -> None:
    response = site.get("/nope", **PAGE)  # type: ignore[arg-type]
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert response["X-Request-ID"] in response.content.decode()
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_a_page_shows_the_sentence_of_its_refusal(site: Client) -> None:
    assert b"No such lot." in site.get("/plain/refusal", **PAGE).content  # type: ignore[arg-type]


def test_every_answer_forbids_sniffing(site: Client) -> None:
    for path in ("/lean", "/plain", "/nope"):
        assert site.get(path)["X-Content-Type-Options"] == "nosniff"


def test_cors_lets_everybody_read_by_default(site: Client) -> None:
    response = site.get("/lean", HTTP_ORIGIN="https://other.example")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response


def test_cors_keeps_to_its_list(site: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ("https://a.example",)
    assert site.get("/lean", HTTP_ORIGIN="https://a.example")["Access-Control-Allow-Origin"] == "https://a.example"
    for other in ("https://b.example", "null", "https://a.example.evil", "https://a.example:8443"):
        assert "Access-Control-Allow-Origin" not in site.get("/lean", HTTP_ORIGIN=other)


def test_cors_never_shares_a_page(site: Client) -> None:
    assert "Access-Control-Allow-Origin" not in site.get("/plain", HTTP_ORIGIN="https://a.example")


def test_a_preflight_is_answered(site: Client) -> None:
    asked = {"HTTP_ORIGIN": "https://a.example", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    response = site.options("/lean", **asked)  # type: ignore[arg-type]
    assert (response.status_code, response.content) == (204, b"")
    assert "idempotency-key" in response["Access-Control-Allow-Headers"]


def test_a_hot_answer_writes_no_line(site: Client) -> None:
    with capture_logs() as lines:
        site.get("/lean")
        site.get("/failing/refusal")
    assert lines == []


def test_a_page_and_a_failure_write_one_line_each(site: Client) -> None:
    with capture_logs() as lines:
        site.get("/plain?code=secret", **PAGE)  # type: ignore[arg-type]
        site.get("/failing/overloaded")
    assert [(line["status"], line["log_level"]) for line in lines] == [(200, "info"), (503, "warning")]


@pytest.mark.parametrize(("path", "status"), [("/nope", 404), ("/failing/denied", 403)])
def test_a_refusal_is_found_by_its_request_id(
    site: Client, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    monkeypatch.setattr(edge, "refusals", edge.Sparse(3))
    with capture_logs() as lines:
        site.get(path)
    assert [(line["event"], line["status"], line["log_level"]) for line in lines] == [("request", status, "info")]


def test_a_refusal_on_the_short_way_writes_no_line(rf: RequestFactory) -> None:
    refusing = edge.EdgeMiddleware(lambda request: HttpResponse(status=404), hot=True)
    with capture_logs() as lines:
        assert refusing(rf.get("/checkout", HTTP_HOST="localhost")).status_code == 404
    assert lines == []


def test_a_storm_of_failures_is_told_in_few_lines(site: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "warnings", edge.Sparse(3))
    clock = iter([7.0] * 10 + [8.0])
    monkeypatch.setattr(edge, "monotonic", lambda: next(clock))
    with capture_logs() as lines:
        for _ in range(11):
            site.get("/failing/overloaded")
    assert [line.get("unwritten") for line in lines] == [None, None, None, 7, None]


def chunked(site: Client, body: bytes) -> Any:
    environ: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": BytesIO(body)}
    return site.post("/lean", content_type="application/json", **environ)
