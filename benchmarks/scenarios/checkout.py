"""CHECKOUT: free items held, as a share of what a plain view with one EVALSHA reaches in the same seconds.

Checkouts and their ceiling take turns, so that both feel the same neighbours on the machine.
"""

from __future__ import annotations

from benchmarks import buyers, crowd
from benchmarks.figures import Figure, Outcome, figure
from benchmarks.limits import (
    BUYER_LIMIT,
    CEILING_SECONDS,
    CHECKOUT_ITEMS,
    CHECKOUT_ROUNDS,
    MUST_OF_CEILING,
    WARM_ITEMS,
)
from benchmarks.scenarios.ground import CEILING, beside, ceiling, house
from benchmarks.stack import Stack
from benchmarks.tally import Tally


def run(appendfsync: str) -> Outcome:
    """Four turns of each."""
    outcome = Outcome("CHECKOUT", appendfsync)
    ours, plain = Tally(), Tally()
    ours_cost, plain_cost = dict[str, float](), dict[str, float]()
    ours_seconds = plain_seconds = 0.0
    with house(appendfsync, items=WARM_ITEMS + CHECKOUT_ITEMS) as stack:
        beside(stack, outcome)
        _checkouts(stack, first=1, items=WARM_ITEMS)
        share = CHECKOUT_ITEMS // CHECKOUT_ROUNDS
        for turn in range(CHECKOUT_ROUNDS):
            meter = stack.meter()
            bare = ceiling(stack, CEILING, seconds=CEILING_SECONDS)
            _pay(plain_cost, meter.seconds())
            meter = stack.meter()
            held = _checkouts(stack, first=WARM_ITEMS + turn * share + 1, items=share)
            _pay(ours_cost, meter.seconds())
            plain_seconds, ours_seconds = plain_seconds + bare.seconds, ours_seconds + held.seconds
            plain.add(bare)
            ours.add(held)
        plain_rate, rate = plain.requests / plain_seconds, ours.count(buyers.CHECKOUT) / ours_seconds
        outcome.figures.append(_line("ceiling, in turns", plain, plain_seconds, plain_cost))
        outcome.figures.append(_line("checkouts, in turns", ours, ours_seconds, ours_cost))
        outcome.heard(plain)
        outcome.heard(ours)
        outcome.must("share of the ceiling", reached=rate / plain_rate * 100, least=MUST_OF_CEILING, unit="%")
        outcome.expect("items held", found=ours.count(buyers.CHECKOUT), wanted=CHECKOUT_ITEMS)
        outcome.checks.append(stack.check())
    return outcome


def _checkouts(stack: Stack, *, first: int, items: int) -> Tally:
    return crowd.run(
        lambda number, processes: buyers.checkouts(
            buyers.wishes(items, buyer_limit=BUYER_LIMIT, number=number, processes=processes, first=first)
        ),
        port=stack.port,
    )


def _pay(cost: dict[str, float], seconds: dict[str, float]) -> None:
    for name, used in seconds.items():
        cost[name] = cost.get(name, 0.0) + used


def _line(what: str, tally: Tally, seconds: float, cost: dict[str, float]) -> Figure:
    """Turns have pauses between them: only the time in which something was asked counts."""
    tally.began, tally.ended = 0.0, seconds
    return figure(what, tally, cost={name: used / tally.requests * 1e6 for name, used in cost.items()})
