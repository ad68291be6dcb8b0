"""GROWTH: the cost must not grow with the work already done.

Two houses stand side by side: a small one with one sale of 10,000 items and no past, and a full one with 100 open
sales, one of them of 1,000,000 items, one with 1,000,000 purchases recorded. Rounds of 1,000 holds go to each sale in
turn, each after or before one to the small house, so that all of them feel the same neighbours and nobody rests longer;
each round is given back, untimed, before the next.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome
from benchmarks.limits import BUYER_LIMIT, GROWTH_HOLDS, GROWTH_ROUNDS, GROWTH_SALES, GROWTH_SOLD, ITEMS, MUST_OF_SMALL
from benchmarks.probe import ask
from benchmarks.scenarios.ground import beside, house
from benchmarks.scenarios.turns import Turns
from benchmarks.stack import Stack
from benchmarks.wire import delete

SMALL, LARGE = 1_000, 1_000_000


@dataclass
class Cell:
    """One sale under measurement: items above `first` are free."""

    what: str
    stack: Stack
    sale_id: str
    size: int
    first: int = 1

    def __post_init__(self) -> None:
        self.turns = Turns(self.what)


def run(appendfsync: str) -> Outcome:
    """Hold, give back, next sale, again and again."""
    outcome = Outcome("GROWTH", appendfsync)
    with house(appendfsync, items=ITEMS) as small, house(appendfsync, items=ITEMS) as full:
        beside(small, outcome)
        base, grown = _cell("10,000 items, 1 sale open", small, ITEMS), _stock(full)
        chance = random.Random(1)
        for turn in range(GROWTH_ROUNDS + 1):
            for cell in grown:
                # As many turns in one house as in the other: processes that have rested are slower.
                for each in (base, cell) if turn % 2 else (cell, base):
                    _round(each, chance, outcome, warm=turn == 0)
        for cell in (base, *grown):
            outcome.figures.append(cell.turns.line())
            outcome.heard(cell.turns.tally)
        first, *rest = outcome.figures[-1 - len(grown) :]
        for line in rest:
            kept = line.rate / first.rate * 100
            outcome.must(f"{line.what}: of the small house", reached=kept, least=MUST_OF_SMALL, unit="%")
        outcome.checks += [small.check(), full.check()]
    return outcome


def _cell(what: str, stack: Stack, size: int) -> Cell:
    """The hourly sale of a house."""
    sale_id = json.loads(ask(stack.port, "/api/v1/sales/current")[1])["id"]
    return Cell(what, stack, sale_id, size)


def _stock(full: Stack) -> list[Cell]:
    """Fill the house until 100 sales are open; its hourly sale is one of them."""
    sizes = [(SMALL, 0), (LARGE, 0), (GROWTH_SOLD + ITEMS, GROWTH_SOLD)]
    rest = [(SMALL, 0)] * (GROWTH_SALES - 1 - len(sizes))
    wishes = json.dumps([{"size": size, "sold": sold} for size, sold in sizes + rest])
    ids = json.loads(full.python("-m", "benchmarks.stocking", said=wishes).splitlines()[-1])
    many = f"{GROWTH_SALES} sales open"
    return [
        _cell(f"10,000 items, {many}", full, ITEMS),
        Cell(f"1,000 items, {many}", full, ids[0], SMALL),
        Cell(f"1,000,000 items, {many}", full, ids[1], LARGE),
        Cell("1,000,000 recorded purchases", full, ids[2], GROWTH_SOLD + ITEMS, first=GROWTH_SOLD + 1),
    ]


def _round(cell: Cell, chance: random.Random, outcome: Outcome, *, warm: bool) -> None:
    held: list[tuple[int, bytes]] = []
    scripts = buyers.holders(cell.sale_id, _wanted(cell, chance), lambda buyer, body: held.append((buyer, body)))
    work = partial(crowd.run_here, scripts, port=cell.stack.port)
    if warm:
        outcome.heard(work())
    else:
        cell.turns.take(cell.stack, work)
    outcome.heard(crowd.run_here(buyers.asking("release", map(_give_back, held)), port=cell.stack.port))


def _wanted(cell: Cell, chance: random.Random) -> Iterator[buyers.Wish]:
    """Free items at random, each buyer up to the limit."""
    items = chance.sample(range(cell.first, cell.size + 1), GROWTH_HOLDS)
    return ((number // BUYER_LIMIT, item) for number, item in enumerate(items))


def _give_back(hold: tuple[int, bytes]) -> bytes:
    buyer, body = hold
    return delete(f"/api/v1/holds/{json.loads(body)['code']}?user_id={buyer}")
