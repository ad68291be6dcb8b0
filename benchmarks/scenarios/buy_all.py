"""BUY-ALL, as S4 had it: 1,000 buyers buy 10,000 items, ten each, as fast as the house allows.

A flow is a checkout and the purchase on its code. S4 took 15.4 s and reported 430 flows a second.
"""

from __future__ import annotations

from benchmarks import buyers, crowd
from benchmarks.figures import Figure, Outcome, figure
from benchmarks.limits import BUYER_LIMIT, ITEMS, MUST_FLOWS, MUST_RECORDED_SECONDS
from benchmarks.scenarios.ground import beside, house, until_recorded


def run(appendfsync: str) -> Outcome:
    """Nobody wants what another one wants."""
    outcome = Outcome("BUY-ALL", appendfsync)
    with house(appendfsync, items=ITEMS) as stack:
        plain = beside(stack, outcome)
        meter = stack.meter()
        tally = crowd.run(
            lambda number, processes: buyers.flows(
                buyers.wishes(ITEMS, buyer_limit=BUYER_LIMIT, number=number, processes=processes)
            ),
            port=stack.port,
        )
        seconds = until_recorded(stack, outcome, purchases=ITEMS, last_answer=tally.ended)
        cost = meter.us_a_request(tally.requests)
        for kind in (buyers.CHECKOUT, buyers.PURCHASE):
            outcome.figures.append(figure(kind, tally, kind=kind, cost=cost))
        flows = tally.count(buyers.PURCHASE) / tally.seconds
        outcome.figures.append(Figure("flows", tally.count(buyers.PURCHASE), flows))
        outcome.heard(tally)
        outcome.facts.append(f"its requests are {tally.requests / tally.seconds / plain:.0%} of the ceiling")
        if appendfsync == "always":
            outcome.must("flows a second", reached=flows, least=MUST_FLOWS)
        outcome.most("recorded after the last answer", reached=seconds, most=MUST_RECORDED_SECONDS, unit=" s")
        outcome.checks.append(stack.check())
    return outcome
