"""Answers of Redis are lost on the way to a web of their own: buyers hear so in time, and nothing is doubled."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.local.ports import free_port
from core.local.roster import Doors, roster
from core.local.spawn import spawn
from tests.faults.history import Attempt, End, Verb, Wish
from tests.faults.house import House, wait_for
from tests.faults.pids import tree
from tests.faults.proof import Run
from tests.faults.redis_proxy import Mode, Proxy
from tests.faults.shop import Shop

pytestmark = pytest.mark.faults

ANSWER_SECONDS_MAX = 3.0
"""The door waits two seconds for Redis; the rest is the way there and back."""

PAGE_SECONDS_MAX = 1.0
STUCK = 12
"""Requests that wait for Redis at once: more than half of the threads of one web worker."""


@pytest.fixture(scope="module")
def proxy(the_house: House) -> Iterator[Proxy]:
    with Proxy(the_house.urls["REDIS_URL"]) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def proxied_port(the_house: House, proxy: Proxy) -> Iterator[int]:
    """A second web beside the house's own, whose decisions pass through the proxy."""
    port = free_port()
    urls = the_house.urls | {"REDIS_URL": proxy.url}
    doors = Doors(
        host="127.0.0.1", server_port=port, live_port=1, web_workers=1, web_threads=16, data_dir=the_house.folder
    )
    web = next(spec for spec in roster(doors, urls=urls) if spec.name == "web")
    environment = the_house.environment | urls | {"STAMPEDE_ROLE": "web", "SERVER_PORT": str(port)}
    with (the_house.folder / "proxied.log").open("wb") as log:
        process = spawn(dataclasses.replace(web.command(), env=environment), output=log)
    try:
        shop = Shop(port, sale_id="", history=None)  # type: ignore[arg-type]  # it only looks
        assert wait_for(lambda: _answers(shop), seconds=30), (the_house.folder / "proxied.log").read_text()[-2000:]
        shop.close()
        yield port
    finally:
        family = tree(process.pid)
        process.terminate()
        process.wait(10)
        assert wait_for(lambda: not [one for one in family if one.lives], seconds=10)


@pytest.fixture
def shop(run: Run, proxy: Proxy, proxied_port: int) -> Iterator[Shop]:
    """A buyer's way in, through the web behind the proxy, which passes everything again."""
    proxy.mode = Mode.PASS
    shop = Shop(proxied_port, sale_id=run.house.sale_id, history=run.history)
    assert wait_for(lambda: shop.ask(run.wish(Verb.HOLD, "warm", key="warm")).end == End.OK, seconds=15)
    proxy.forget()
    yield shop
    proxy.mode = Mode.PASS
    shop.close()


def test_a_swallowed_purchase_happens_once(run: Run, shop: Shop, proxy: Proxy) -> None:
    hold = shop.insist(run.wish(Verb.HOLD, "alice", key="a"), seconds=10)
    wish = run.wish(Verb.PURCHASE, "alice", code=hold.code)
    proxy.forget()
    proxy.mode = Mode.SWALLOW
    lost = _ask_in_time(shop, wish)
    assert (lost.end, lost.reason) == (End.UNKNOWN, "outcome_unknown")
    assert proxy.sent("EVALSHA") == 1, "a lost answer was asked for again behind the buyer's back"

    proxy.mode = Mode.PASS
    assert shop.insist(wish, seconds=10).item == hold.item
    run.prove()


def test_a_swallowed_hold_of_any_item_happens_once(run: Run, shop: Shop, proxy: Proxy) -> None:
    wish = run.wish(Verb.HOLD, "bob", key="b")
    proxy.mode = Mode.SWALLOW
    assert _ask_in_time(shop, wish).reason == "outcome_unknown"
    proxy.mode = Mode.PASS
    first = shop.insist(wish, seconds=10)
    assert shop.insist(wish, seconds=10).code == first.code
    run.prove()


def test_a_stalled_request_is_unknown_and_resolved(run: Run, shop: Shop, proxy: Proxy) -> None:
    wish = run.wish(Verb.HOLD, "carol", item=1 + run.history.number())
    proxy.mode = Mode.STALL
    assert _ask_in_time(shop, wish).end in (End.UNKNOWN, End.NOT_NOW)
    proxy.mode = Mode.PASS
    assert shop.insist(wish, seconds=10).end in (End.OK, End.NO)
    run.prove()


def test_other_pages_stay_quick_while_redis_is_silent(run: Run, shop: Shop, proxy: Proxy, proxied_port: int) -> None:
    wishes = [run.wish(Verb.HOLD, f"d{number}", key=f"d{number}") for number in range(STUCK)]
    proxy.mode = Mode.SWALLOW
    slowest, over = 0.0, threading.Event()
    with ThreadPoolExecutor(STUCK) as buyers:
        asked = [buyers.submit(_ask_alone, run, proxied_port, wish) for wish in wishes]
        while not over.wait(0.05):
            slowest = max(slowest, shop.get("/health")[2])
            if all(one.done() for one in asked):
                over.set()
    proxy.mode = Mode.PASS
    assert slowest < PAGE_SECONDS_MAX
    assert {one.result().reason for one in asked} <= {"outcome_unknown", "unavailable"}
    assert wait_for(lambda: shop.insist(wishes[0], seconds=5).end == End.OK, seconds=10)
    run.prove()


def _ask_in_time(shop: Shop, wish: Wish) -> Attempt:
    began = time.monotonic()
    attempt = shop.ask(wish)
    assert time.monotonic() - began < ANSWER_SECONDS_MAX
    return attempt


def _ask_alone(run: Run, port: int, wish: Wish) -> Attempt:
    shop = Shop(port, sale_id=run.house.sale_id, history=run.history)
    try:
        return shop.ask(wish)
    finally:
        shop.close()


def _answers(shop: Shop) -> bool:
    try:
        return shop.get("/health")[0] == 200
    except OSError:
        return False
