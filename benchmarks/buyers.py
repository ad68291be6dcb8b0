"""What the people of the crowd do, as scripts for the generator.

    checkouts     hold items, one after another, from a list that the connections of a process share
    flows         hold an item, then purchase it on the code received
    shoppers      come with a wish for so many items, choose at random, try another one when it is taken
    repeat        the same question until the time is over
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from benchmarks.generator import Script
from benchmarks.wire import post

CHECKOUT, PURCHASE = "checkout", "purchase"

Wish = tuple[int, int]
"""A buyer and an item."""


def wishes(items: int, *, buyer_limit: int, number: int = 0, processes: int = 1, first: int = 1) -> Iterator[Wish]:
    """Every `processes`-th item, each for the one buyer who may have it: no two people want the same."""
    return ((item // buyer_limit, item) for item in range(first + number, first + items, processes))


def checkout(buyer: int, item: int) -> bytes:
    """The seeds' checkout of one item."""
    return post(f"/checkout?user_id={buyer}&id={item}")


def purchase(answer: bytes) -> bytes:
    """The seeds' purchase, on the code in a checkout's answer: `{"code":"…"}`."""
    return post(f"/purchase?code={answer[9:-2].decode()}")


def checkouts(wanted: Iterator[Wish]) -> Iterator[Script]:
    """A script a connection, all of them taking from one list."""
    while True:
        yield _checkouts(wanted)


def flows(wanted: Iterator[Wish]) -> Iterator[Script]:
    """The same, each checkout followed by its purchase."""
    while True:
        yield _flows(wanted)


def shoppers(buyers: range, *, items: int, limit: int, seed: int) -> Iterator[Script]:
    """Buyers who come one after another on each connection and want `limit` items each, any items."""
    queue, free, chance = iter(buyers), list(range(1, items + 1)), random.Random(seed)
    while True:
        yield _shoppers(queue, free, limit, chance)


def repeat(kind: str, question: bytes, *, seconds: float) -> Iterator[Script]:
    """Ask the same again and again."""
    while True:
        yield _repeat(kind, question, time.monotonic() + seconds)


def _checkouts(wanted: Iterator[Wish]) -> Script:
    for buyer, item in wanted:
        yield CHECKOUT, checkout(buyer, item)


def _flows(wanted: Iterator[Wish]) -> Script:
    for buyer, item in wanted:
        status, body = yield CHECKOUT, checkout(buyer, item)
        if status == 200:
            yield PURCHASE, purchase(body)


def _shoppers(queue: Iterator[int], free: list[int], limit: int, chance: random.Random) -> Script:
    """`free` is the page that people in this process look at: what they have seen taken is greyed out. Those in
    the other process, and all who look at the same moment, still want the same."""
    for buyer in queue:
        bought = 0
        while bought < limit and free:
            item = chance.choice(free)
            status, body = yield CHECKOUT, checkout(buyer, item)
            _grey_out(free, item)
            if status == 200:
                status, body = yield PURCHASE, purchase(body)
                bought += status == 200
            elif status != 409 or b'"sold_out"' in body:
                break


def _grey_out(free: list[int], item: int) -> None:
    """Another connection may have seen it first."""
    try:
        where = free.index(item)
    except ValueError:
        return
    free[where] = free[-1]
    free.pop()


def _repeat(kind: str, question: bytes, until: float) -> Script:
    while time.monotonic() < until:
        yield kind, question
