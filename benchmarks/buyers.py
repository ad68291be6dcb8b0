"""What the people of the crowd do, as scripts for the generator.

checkouts     hold items, one after another, from a list that the connections of a process share
flows         hold an item, then purchase it on the code received
shoppers      come with a wish for so many items, choose at random, try another one when it is taken
holders       hold items by the product's API, and keep the codes
asking        a list of questions, each once
repeat        questions again and again, until the time is over
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from benchmarks.generator import Script
from benchmarks.wire import post

CHECKOUT, PURCHASE, HOLD = "checkout", "purchase", "hold"

Wish = tuple[int, int]
"""A buyer and an item."""

Wishes = Iterator[Wish]


def wishes(items: int, *, buyer_limit: int, number: int = 0, processes: int = 1, first: int = 1) -> Wishes:
    """Every `processes`-th item, each for the one buyer who may have it: no two people want the same."""
    return (((item - 1) // buyer_limit + 1, item) for item in range(first + number, first + items, processes))


def checkout(buyer: int, item: int) -> bytes:
    """The seeds' checkout of one item."""
    return post(f"/checkout?user_id={buyer}&id={item}")


def purchase(answer: bytes) -> bytes:
    """The seeds' purchase, on the code in a checkout's answer: `{"code":"…"}`."""
    return post(f"/purchase?code={answer[9:-2].decode()}")


def checkouts(wanted: Wishes) -> Iterator[Script]:
    """A script a connection, all of them taking from one list."""
    while True:
        yield _checkouts(wanted)


def flows(wanted: Wishes) -> Iterator[Script]:
    """The same, each checkout followed by its purchase."""
    while True:
        yield _flows(wanted)


def shoppers(buyers: range, *, items: int, limit: int, seed: int) -> Iterator[Script]:
    """Buyers who come one after another on each connection and want `limit` items each, any items."""
    queue, page = iter(buyers), Page(items, random.Random(seed))
    while True:
        yield _shoppers(queue, page, limit)


def holders(sale_id: str, wanted: Wishes, kept: Callable[[int, bytes], None]) -> Iterator[Script]:
    """Hold items of any sale by `POST /api/v1/sales/{id}/holds`; `kept` is told the buyer and the answer."""
    while True:
        yield _holders(f"/api/v1/sales/{sale_id}/holds", wanted, kept)


def asking(kind: str, questions: Iterator[bytes]) -> Iterator[Script]:
    """Each question once, shared by all connections."""
    while True:
        yield _asking(kind, questions)


def repeat(kind: str, questions: Sequence[bytes], *, seconds: float) -> Iterator[Script]:
    """Ask the same questions in turn, again and again."""
    turn = cycle(questions)
    while True:
        yield _repeat(kind, turn, time.monotonic() + seconds)


def _checkouts(wanted: Wishes) -> Script:
    for buyer, item in wanted:
        yield CHECKOUT, checkout(buyer, item)


def _flows(wanted: Wishes) -> Script:
    for buyer, item in wanted:
        status, body = yield CHECKOUT, checkout(buyer, item)
        if status == 200:
            yield PURCHASE, purchase(body)


def _shoppers(queue: Iterator[int], page: Page, limit: int) -> Script:
    for buyer in queue:
        bought = 0
        while bought < limit and page.free:
            item = page.choose()
            status, body = yield CHECKOUT, checkout(buyer, item)
            page.grey_out(item)
            if status == 200:
                status, body = yield PURCHASE, purchase(body)
                bought += status == 200
            elif status != 409 or b'"sold_out"' in body:
                break


class Page:
    """The page that people in one process look at: what one of them has seen taken is greyed out for all. Those in the
    other process, and all who look at the same moment, still want the same item."""

    def __init__(self, items: int, chance: random.Random) -> None:
        self.free = list(range(1, items + 1))
        self._where = {item: index for index, item in enumerate(self.free)}
        self._chance = chance

    def choose(self) -> int:
        """Any item that is not greyed out."""
        return self.free[int(self._chance.random() * len(self.free))]

    def grey_out(self, item: int) -> None:
        """Somebody has it. (Somebody else may have seen that first.)"""
        index = self._where.pop(item, None)
        if index is None:
            return
        last = self.free.pop()
        if last != item:
            self.free[index] = last
            self._where[last] = index


def _holders(target: str, wanted: Wishes, kept: Callable[[int, bytes], None]) -> Script:
    for buyer, item in wanted:
        status, body = yield HOLD, post(target, b'{"user_id":"%d","item":%d}' % (buyer, item))
        if status == 201:
            kept(buyer, body)


def _asking(kind: str, questions: Iterator[bytes]) -> Script:
    for question in questions:
        yield kind, question


def _repeat(kind: str, turn: Iterator[bytes], until: float) -> Script:
    while time.monotonic() < until:
        yield kind, next(turn)
