"""CHECKOUT: free items held, as a share of what a plain view with one EVALSHA reaches in the same seconds.

Checkouts and their ceiling take turns, so that both feel the same neighbours on the machine.
"""

from __future__ import annotations

from functools import partial

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome
from benchmarks.limits import (
    BUYER_LIMIT,
    CHECKOUT_ITEMS,
    CHECKOUT_ROUNDS,
    MUST_OF_CEILING,
    WARM_ITEMS,
)
from benchmarks.scenarios.ground import CEILING, STRICTER, beside, ceiling, house
from benchmarks.scenarios.turns import Turns
from benchmarks.stack import Stack
from benchmarks.tally import Tally


def run(appendfsync: str) -> Outcome:
    """Four turns of each."""
    outcome = Outcome("CHECKOUT", appendfsync)
    plain, stricter, ours = (
        Turns("ceiling, in turns"),
        Turns("stricter ceiling, in turns"),
        Turns("checkouts, in turns"),
    )
    share = CHECKOUT_ITEMS // CHECKOUT_ROUNDS
    with house(appendfsync, items=WARM_ITEMS + CHECKOUT_ITEMS) as stack:
        beside(stack, outcome)
        _checkouts(stack, first=1, items=WARM_ITEMS)
        for turn in range(CHECKOUT_ROUNDS):
            plain.take(stack, partial(ceiling, stack, CEILING))
            ours.take(stack, partial(_checkouts, stack, first=WARM_ITEMS + turn * share + 1, items=share))
            stricter.take(stack, partial(ceiling, stack, STRICTER))
        for each in (plain, stricter, ours):
            outcome.figures.append(each.line())
            outcome.heard(each.tally)
        of_plain, of_stricter = (outcome.figures[-1].rate / line.rate * 100 for line in outcome.figures[-3:-1])
        outcome.must("share of the ceiling", reached=of_plain, least=MUST_OF_CEILING, unit="%")
        outcome.facts.append(
            f"share of the stricter ceiling, the same view behind our WSGI handler: {of_stricter:.0f}%"
        )
        outcome.expect("items held", found=ours.tally.count(buyers.CHECKOUT), wanted=CHECKOUT_ITEMS)
        outcome.checks.append(stack.check())
    return outcome


def _checkouts(stack: Stack, *, first: int, items: int) -> Tally:
    return crowd.run(
        lambda number, processes: buyers.checkouts(
            buyers.wishes(items, buyer_limit=BUYER_LIMIT, number=number, processes=processes, first=first)
        ),
        port=stack.port,
    )
