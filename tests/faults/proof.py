"""The end of every run: heal, drain, ask again, drain, compare.

    Run             one run's history at one house; buyers' names begin with its prefix
    Run.judge       waits until the house is well, resolves every unknown, and gives the verdict
    Run.prove       the same, and fails on any breach

`manage.py check_invariants` is asked by the tests that end a long story, and once when the house is closed.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from uuid import UUID

from core.ids import short
from tests.faults.books import read_books
from tests.faults.history import Attempt, History, Verb, Wish, read
from tests.faults.house import House
from tests.faults.oracle import Verdict, compare
from tests.faults.robots import Crowd, ask_again
from tests.faults.shop import Shop

BUYER_LIMIT = 10
_runs = itertools.count(1)


class Run:
    """One history. Several runs may share a house: each compares its own buyers."""

    def __init__(self, house: House, folder: Path, *, name: str) -> None:
        self.house = house
        self.prefix = f"{name}{next(_runs)}_"
        self.history = History(folder / f"{name}.jsonl")
        self._crowds = itertools.count(1)

    def crowd(self, *, seed: int, robots: int | None = None) -> Crowd:
        more = {} if robots is None else {"robots": robots}
        prefix = f"{self.prefix}{next(self._crowds)}_"
        return Crowd(self.house, self.history, seed=seed, prefix=prefix, **more)

    def shop(self) -> Shop:
        return self.house.shop(self.history)

    def wish(self, verb: Verb, buyer: str, **facts: object) -> Wish:
        """A wish of a buyer of this run."""
        return Wish(self.history.number(), verb, self.prefix + buyer, **facts)  # type: ignore[arg-type]

    def attempts(self) -> list[Attempt]:
        return read(self.history.path)

    def judge(self) -> Verdict:
        self.house.settle()
        asked = ask_again(self.house, self.history, self.attempts())
        self.house.settle()
        with self.house.database() as connection:
            books = read_books(connection, sale=self._short_sale(), prefix=self.prefix)
        verdict = compare(self.attempts(), books, limit=BUYER_LIMIT)
        verdict.counts["asked again at the end"] = asked
        return verdict

    def prove(self) -> Verdict:
        verdict = self.judge()
        assert not verdict.breaches, verdict.breaches
        return verdict

    def _short_sale(self) -> str:
        return short(UUID(self.house.sale_id))
