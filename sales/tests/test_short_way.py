"""The short way of hot paths answers as the long way does."""

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from core.http.door import Door
from sales import services
from sales.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)

VARYING = {"X-Request-ID"}

REQUESTS = [
    ("POST", "/checkout", "user_id=alice&id=7", ""),
    ("POST", "/checkout", "user_id=bob&id=7", ""),
    ("POST", "/checkout", "user_id=bob&id=x", ""),
    ("POST", "/checkout", "", '{"user_id": "alice", "id": 7}'),
    ("POST", "/checkout", "", '{"user_id": "alice", "id": 7'),
    ("GET", "/checkout", "", ""),
    ("POST", "/purchase", "code=a1b2c3d4e5f6g7h8", ""),
    ("OPTIONS", "/purchase", "", ""),
    ("POST", "/api/v1/purchases", "", '{"user_id": "alice", "code": "nonsense"}'),
    ("POST", "/api/v1/purchases", "", "[" * 100_000),
]


def asked(
    handler: Any, method: str, path: str, query: str, body: str, **headers: str
) -> tuple[str, dict[str, str], str]:
    """One request through a WSGI handler: its status, headers and body."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8080",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode()),
    } | headers
    if body:
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body.encode()))}
    said: list[Any] = []
    content = b"".join(handler(environ, lambda status, sent: said.extend((status, dict(sent)))))
    return said[0], {name: value for name, value in said[1].items() if name not in VARYING}, content.decode()


@pytest.fixture
def hour(shop: Shop) -> None:
    services.prepare_hourly()


def test_the_seeds_and_purchases_are_hot() -> None:
    assert set(Door().hot) == {"/checkout", "/purchase", "/api/v1/purchases"}


@pytest.mark.parametrize(("method", "path", "query", "body"), REQUESTS)
def test_both_ways_answer_alike(hour: None, method: str, path: str, query: str, body: str) -> None:
    services.checkout(buyer="demo:alice", item=7)
    short, long = Door(), WSGIHandler()
    sent = asked(short, method, path, query, body)
    expected = asked(long, method, path, query, body)
    for answer in (sent, expected):
        answer[1].pop("Content-Length", None)
    if "request_id" in sent[2]:
        assert sent[:2] == expected[:2]
    else:
        assert sent == expected


def test_the_short_way_gives_the_connection_back(hour: None) -> None:
    asked(Door(), "POST", "/purchase", "code=AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA", "")
    assert connection.connection is None


def test_a_spoofed_host_is_refused_too(hour: None) -> None:
    status, _, body = asked(Door(), "POST", "/checkout", "user_id=alice&id=7", "", HTTP_HOST="evil.example")
    assert status.startswith("400")
    assert "malformed" in body


def test_every_answer_carries_its_request_id(hour: None) -> None:
    said: list[Any] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/purchase", "QUERY_STRING": "", "HTTP_HOST": "localhost"}
    environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_X_REQUEST_ID": "mine-7"}
    list(Door()({**environ, "wsgi.input": io.BytesIO()}, lambda status, sent: said.extend(sent)))
    assert ("X-Request-ID", "mine-7") in said
