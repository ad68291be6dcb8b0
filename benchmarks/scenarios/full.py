"""FULL, as S1 had it: 20,001 requests one after another over one connection.

10,000 checkouts, each with its purchase, then one checkout more, which is refused. The counts must be exactly these.
"""

from __future__ import annotations

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome, figure
from benchmarks.generator import Script
from benchmarks.limits import BUYER_LIMIT, ITEMS
from benchmarks.scenarios.ground import beside, house, until_recorded


def run(appendfsync: str) -> Outcome:
    """One buyer's browser after the other."""
    outcome = Outcome("FULL", appendfsync)
    with house(appendfsync, items=ITEMS) as stack:
        beside(stack, outcome)
        meter = stack.meter()
        tally = crowd.run(lambda _number, _processes: iter([_all()]), port=stack.port, connections=1, processes=1)
        cost = meter.us_a_request(tally.requests)
        for kind in (buyers.CHECKOUT, buyers.PURCHASE):
            outcome.figures.append(figure(kind, tally, kind=kind, cost=cost))
        outcome.heard(tally)
        outcome.expect("requests", found=tally.requests, wanted=2 * ITEMS + 1)
        outcome.expect("checkouts", found=tally.count(buyers.CHECKOUT), wanted=ITEMS)
        outcome.expect("purchases", found=tally.count(buyers.PURCHASE), wanted=ITEMS)
        outcome.expect("refused as sold out", found=tally.count(buyers.CHECKOUT, "sold_out"), wanted=1)
        until_recorded(stack, outcome, purchases=ITEMS, last_answer=tally.ended)
        outcome.checks.append(stack.check())
    return outcome


def _all() -> Script:
    for buyer, item in buyers.wishes(ITEMS, buyer_limit=BUYER_LIMIT):
        status, body = yield buyers.CHECKOUT, buyers.checkout(buyer, item)
        if status == 200:
            yield buyers.PURCHASE, buyers.purchase(body)
    yield buyers.CHECKOUT, buyers.checkout(0, 1)
