"""SIM, as S1 had it: 1,000 buyers at once choose at random, and try another item when theirs is taken.

S1 sold 9,549 of 10,000. Here every item must be sold, and nothing but honest refusals may be heard.
"""

from __future__ import annotations

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome, figure
from benchmarks.limits import BUYER_LIMIT, BUYERS, ITEMS
from benchmarks.scenarios.ground import beside, house, until_recorded


def run(appendfsync: str) -> Outcome:
    """A crowd that fights for the same things."""
    outcome = Outcome("SIM", appendfsync)
    with house(appendfsync, items=ITEMS) as stack:
        plain = beside(stack, outcome)
        meter = stack.meter()
        tally = crowd.run(
            lambda number, processes: buyers.shoppers(
                range(number + 1, BUYERS + 1, processes), items=ITEMS, limit=BUYER_LIMIT, seed=number
            ),
            port=stack.port,
        )
        cost = meter.us_a_request(tally.requests)
        outcome.figures.append(figure("all requests", tally, cost=cost))
        for kind in (buyers.CHECKOUT, buyers.PURCHASE):
            outcome.figures.append(figure(kind, tally, kind=kind))
        outcome.heard(tally)
        sold = tally.count(buyers.PURCHASE)
        outcome.expect("items sold", found=sold, wanted=ITEMS)
        outcome.expect("non-business errors", found=tally.errors.total(), wanted=0)
        outcome.facts.append(f"{sold / tally.seconds:,.0f} sold a second, {ITEMS:,} in {tally.seconds:.1f} s")
        outcome.facts.append(f"its requests are {tally.requests / tally.seconds / plain:.0%} of the ceiling")
        until_recorded(stack, outcome, purchases=ITEMS, last_answer=tally.ended)
        outcome.checks.append(stack.check())
    return outcome
