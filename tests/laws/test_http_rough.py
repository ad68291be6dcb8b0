"""Rough clients over real sockets (rows 14-16, 31 of bad-inputs): refused or served, never half done."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from sales import engine, selectors
from sales.models import Sale
from sales.tests.shop import ALICE, Shop, hold, secret_of
from tests.laws.web import Web

pytestmark = pytest.mark.slow


def spoken(web: Web, raw: bytes, *, all_said: bool = True) -> bytes:
    """What the server says to these bytes, until it hangs up; `all_said`: it is told that no more will come."""
    heard = b""
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as link, suppress(OSError):
        link.sendall(raw)
        if all_said:
            link.shutdown(socket.SHUT_WR)
        while chunk := link.recv(65_536):
            heard += chunk
    return heard


def status(heard: bytes) -> int:
    return int(heard.split(b" ", 2)[1]) if heard else 0


def request(sale: Sale, *headers: str, body: bytes = b'{"user_id": "alice", "item": 7}') -> bytes:
    lines = [f"POST /api/v1/sales/{sale.id}/holds HTTP/1.1", "Host: localhost", "Connection: close",
             "Content-Type: application/json", *headers]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


LIES = {
    "negative": ["Content-Length: -5"],
    "two": ["Content-Length: 31", "Content-Length: 5"],
    "no number": ["Content-Length: many"],
    "too long": ["Content-Length: 500"],
    "too large": ["Content-Length: 70000"],
    "chunked and long": ["Content-Length: 31", "Transfer-Encoding: chunked"],
    "chunks that never end": ["Transfer-Encoding: chunked"],
    "huge": ["Content-Length: 99999999999999999999999"],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_the_length_holds_nothing(shop: Shop, web: Web, lie: str) -> None:
    sale = shop.open()
    before = shop.all()
    assert status(spoken(web, request(sale, *LIES[lie]))) in (0, 400, 408, 411, 413)
    assert shop.all() == before
    assert web.ask("GET", "/health/live").status == 200


def test_a_short_length_reads_no_further(shop: Shop, web: Web) -> None:
    sale = shop.open()
    before = shop.all()
    assert status(spoken(web, request(sale, "Content-Length: 5"))) == 400
    assert shop.all() == before


def test_two_requests_in_one_breath_are_two(shop: Shop, web: Web) -> None:
    sale = shop.open()
    one = request(sale, "Content-Length: 31").replace(b"Connection: close\r\n", b"")
    heard = spoken(web, one + request(sale, "Content-Length: 31"), all_said=False)
    assert [part[:3] for part in heard.split(b"HTTP/1.1 ")[1:]] == [b"201", b"200"]
    assert selectors.counters(sale).held == 1


@pytest.mark.parametrize("headers", [["X-Long: " + "x" * 100_000], [f"X-H{n}: v" for n in range(1_000)]])
def test_too_much_head_is_refused(shop: Shop, web: Web, headers: list[str]) -> None:
    sale = shop.open()
    before = shop.all()
    assert status(spoken(web, request(sale, "Content-Length: 31", *headers))) in (0, 400, 413, 431)
    assert shop.all() == before


def test_a_client_that_leaves_is_served_or_not(shop: Shop, web: Web) -> None:
    """Sends its purchase and hangs up at once: it is bought or it is held, and asking again says which."""
    sale = shop.open(size=20, limit=20)
    codes = [hold(sale, ALICE, item).code for item in range(1, 21)]
    for code in codes:
        link = socket.create_connection(("127.0.0.1", web.port))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        link.sendall(f"POST /purchase?code={code} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        link.close()
    assert {web.ask("POST", f"/purchase?code={code}").json["status"] for code in codes} == {"success"}
    seen = engine.snapshot(sale_id=sale.id)
    assert seen.sold_items == set(range(1, 21))
    assert shop.kinds(sale).count("purchase") == len({secret_of(code) for code in codes})
