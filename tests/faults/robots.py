"""Robot buyers: threads that want things, in an order that a seed fixes, and never believe a lost answer.

Crowd           so many robots at one house; a context manager: leaving it calls them in
ask_again       every wish that ended as unknown, asked again until it is one or the other
"""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tests.faults.history import Attempt, End, History, Verb, Wish, stories
from tests.faults.house import House
from tests.faults.shop import PAUSE_SECONDS, Shop

ROBOTS = 8
"""They take processor time from what they watch: more of them ask less."""

ITEMS = 30_000
HOLDS_A_BUYER = 12
"""Two more than a buyer may have, so that the limit is asked about too."""

INSIST_SECONDS = 15.0
GIVES_UP = 0.2
"""Share of wishes that a robot asks for once only: they stay unknown until the end, if they are."""

COMES_ANEW = 0.05
"""Share of wishes that a robot sends by a new connection: else all would stay with the web worker that was up first."""

ASK_AGAIN_SECONDS = 20.0
ASKERS = 8


class Crowd:
    """Buys until it is called in."""

    def __init__(self, house: House, history: History, *, seed: int, prefix: str, robots: int = ROBOTS) -> None:
        self._over = threading.Event()
        self._failures: list[BaseException] = []
        self._robots = [
            _Robot(house.shop(history), self._over, self._failures, seed=f"{seed}-{number}", name=f"{prefix}{number}")
            for number in range(robots)
        ]

    def __enter__(self) -> Self:
        for robot in self._robots:
            robot.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for robot in self._robots:
            robot.join()
        if self._failures and error is None:
            raise self._failures[0]


class _Robot(threading.Thread):
    """One buyer after another, each with a few holds."""

    def __init__(
        self, shop: Shop, over: threading.Event, failures: list[BaseException], *, seed: str, name: str
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._shop, self._over, self._failures = shop, over, failures
        self._dice = random.Random(seed)
        self._holds = 0

    def run(self) -> None:
        try:
            while not self._over.is_set():
                self._buy_something()
        except Exception as error:  # noqa: BLE001 - raised again in the test's thread
            self._failures.append(error)
        finally:
            self._shop.close()

    def _buy_something(self) -> None:
        self._holds += 1
        buyer = f"{self.name}-{self._holds // HOLDS_A_BUYER}"
        hold = self._wish(self._hold_wish(buyer))
        if hold.end != End.OK or hold.code is None:
            self._over.wait(PAUSE_SECONDS)
            return
        luck, seed_path = self._dice.random(), self._dice.random() < 0.3
        if luck < 0.1:
            self._wish(self._of(Verb.RELEASE, buyer, hold.code))
        elif luck < 0.85:
            wish = self._of(Verb.PURCHASE, buyer, hold.code, seed=seed_path)
            bought = self._wish(wish)
            if bought.end == End.OK and self._dice.random() < 0.2:
                self._wish(wish)  # the same answer again
        # else it lies until its deadline

    def _hold_wish(self, buyer: str) -> Wish:
        number = self._shop.history.number()
        if self._dice.random() < 0.5:
            return Wish(number, Verb.HOLD, buyer, key=f"{buyer}-{number}")
        return Wish(number, Verb.HOLD, buyer, item=self._dice.randint(1, ITEMS), seed=self._dice.random() < 0.4)

    def _of(self, verb: Verb, buyer: str, code: str, *, seed: bool = False) -> Wish:
        return Wish(self._shop.history.number(), verb, buyer, code=code, seed=seed)

    def _wish(self, wish: Wish) -> Attempt:
        if self._dice.random() < COMES_ANEW:
            self._shop.close()
        if self._dice.random() < GIVES_UP:
            return self._shop.ask(wish)
        return self._shop.insist(wish, seconds=INSIST_SECONDS, over=self._over.is_set)


def ask_again(house: House, history: History, attempts: list[Attempt]) -> int:
    """Send every unknown wish again. Returns how many there were."""
    unknown = [story.wish for story in stories(attempts) if story.open]

    def resolve(wish: Wish) -> None:
        shop = house.shop(history)
        shop.insist(wish, seconds=ASK_AGAIN_SECONDS)
        shop.close()

    with ThreadPoolExecutor(ASKERS) as askers:
        list(askers.map(resolve, unknown))
    return len(unknown)
