"""The sale's page: each state in words, and never a white page."""

import pytest
from django.test import Client

from core.engine.redis import door
from sales import services
from sales.models import Sale
from sales.states import state_of
from sales.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)

OPENS, CLOSES = 1_000, 2_000


def at(now_ms: int, *, state: str = "open", size: int = 100, free: int = 100, sold: int = 0) -> str:
    found = state_of(state=state, now_ms=now_ms, opens_ms=OPENS, closes_ms=CLOSES, size=size, free=free, sold=sold)
    return found.name


@pytest.mark.parametrize(
    ("now_ms", "name"), [(OPENS - 1, "before"), (OPENS, "live"), (CLOSES - 1, "live"), (CLOSES, "ended")]
)
def test_the_window_is_half_open(now_ms: int, name: str) -> None:
    assert at(now_ms) == name


def test_less_than_a_tenth_is_low() -> None:
    assert at(OPENS, free=10, sold=90) == "live"
    assert at(OPENS, free=9, sold=91) == "low"


def test_held_to_the_last_is_not_for_good() -> None:
    all_held = state_of(state="open", now_ms=OPENS, opens_ms=OPENS, closes_ms=CLOSES, size=5, free=0, sold=4)
    assert (all_held.name, all_held.label) == ("sold_out", "All held")
    assert at(OPENS, size=5, free=0, sold=5) == "sold_out"


def test_a_pause_and_an_early_close_show() -> None:
    assert at(OPENS, state="paused") == "paused"
    assert at(OPENS, state="closed") == "ended"


def test_the_page_shows_the_numbers(shop: Shop, client: Client) -> None:
    sale = shop.open(size=12_000)
    services.hold_item(sale_id=sale.id, buyer="demo:alice", item=7)
    page = client.get(f"/sales/{sale.id}").content.decode()
    assert "11,999" in page
    assert sale.name in page
    assert "0 of 12000 sold, 1 held" in page


def test_the_home_page_is_the_sale_of_the_hour(shop: Shop, client: Client) -> None:
    services.prepare_hourly()
    answer = client.get("/")
    assert answer.status_code == 200
    assert "On now" in answer.content.decode()


def test_no_sale_is_a_page_too(shop: Shop, client: Client) -> None:
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "No sale is active now" in answer.content.decode()


def test_an_unknown_sale_is_a_page_too(shop: Shop, client: Client) -> None:
    answer = client.get("/sales/00000000-0000-7000-8000-000000000000", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no such sale" in answer.content.decode()


def test_the_page_stands_while_the_till_is_away(shop: Shop, client: Client) -> None:
    sale = shop.open()
    door().command("FLUSHALL")
    answer = client.get(f"/sales/{sale.id}")
    assert answer.status_code == 200
    assert "One moment" in answer.content.decode()


def test_a_draft_is_nobodys_business(shop: Shop, client: Client) -> None:
    sale = shop.open()
    Sale.objects.filter(id=sale.id).update(state=Sale.State.DRAFT)
    assert client.get(f"/sales/{sale.id}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_page_is_only_looked_at(shop: Shop, client: Client, method: str) -> None:
    sale = shop.open()
    assert getattr(client, method)(f"/sales/{sale.id}").status_code == 405


def test_only_the_sale_that_is_on_says_how_to_buy(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    services.prepare_hourly()
    assert "Buy one from a terminal" in client.get("/").content.decode()
    assert "Buy one" not in client.get(f"/sales/{shop.open().id}").content.decode()
    monkeypatch.setattr("django.conf.settings.TRUST_USER_ID", False)
    assert "Buy one" not in client.get("/").content.decode()


@pytest.mark.parametrize(("opens_in", "state"), [(60, "upcoming"), (-600, "open"), (-7_200, "closed")])
def test_the_api_says_the_state_by_the_clock(shop: Shop, client: Client, opens_in: int, state: str) -> None:
    sale = shop.open(opens_in=opens_in)
    assert client.get(f"/api/v1/sales/{sale.id}").json()["state"] == state
    assert client.get("/api/v1/sales").json()["items"][0]["state"] == state


@pytest.mark.parametrize("path", ["", "/current", "/{id}"])
@pytest.mark.parametrize("query", ["limit=1000000000", "cursor=zzz", "a=1&a=2"])
def test_a_query_that_means_nothing_is_refused(shop: Shop, client: Client, path: str, query: str) -> None:
    sale = shop.open()
    answer = client.get(f"/api/v1/sales{path.format(id=sale.id)}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
