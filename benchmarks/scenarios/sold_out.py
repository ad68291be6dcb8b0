"""SOLD-OUT: how fast the honest no is.

Two of them: an item that somebody holds (Redis is asked each time), and a sale that is sold out (final, so each process
remembers it for a second and asks Redis again).
"""

from __future__ import annotations

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome, figure
from benchmarks.generator import Script
from benchmarks.limits import BUYER_LIMIT, MUST_REFUSALS, SOLD_OUT_ITEMS, SOLD_OUT_SECONDS
from benchmarks.scenarios.ground import beside, house, until_recorded
from benchmarks.stack import Stack
from benchmarks.tally import Tally

LATE = [buyers.checkout(100_000 + n, n % SOLD_OUT_ITEMS + 1) for n in range(5_000)]
"""People who come too late, each for some item."""


def run(appendfsync: str) -> Outcome:
    """Hold everything, ask; buy everything, ask."""
    outcome = Outcome("SOLD-OUT", appendfsync)
    with house(appendfsync, items=SOLD_OUT_ITEMS) as stack:
        plain = beside(stack, outcome)
        codes: list[bytes] = []
        wanted = buyers.wishes(SOLD_OUT_ITEMS, buyer_limit=BUYER_LIMIT)
        outcome.heard(crowd.run_here((_keep(wanted, codes) for _ in range(64)), port=stack.port))
        _late(stack, outcome, "refused: item taken")
        bought = crowd.run_here(buyers.asking(buyers.PURCHASE, map(buyers.purchase, codes)), port=stack.port)
        outcome.heard(bought)
        until_recorded(stack, outcome, purchases=SOLD_OUT_ITEMS, last_answer=bought.ended)
        tally = _late(stack, outcome, "refused: sold out")
        outcome.facts.append(f"refusals when sold out are {tally.requests / tally.seconds / plain:.0%} of the ceiling")
        outcome.must("refusals a second when sold out", reached=tally.requests / tally.seconds, least=MUST_REFUSALS)
        outcome.checks.append(stack.check())
    return outcome


def _late(stack: Stack, outcome: Outcome, what: str) -> Tally:
    meter = stack.meter()
    tally = crowd.run(
        lambda _number, _processes: buyers.repeat(buyers.CHECKOUT, LATE, seconds=SOLD_OUT_SECONDS), port=stack.port
    )
    outcome.figures.append(figure(what, tally, cost=meter.us_a_request(tally.requests)))
    outcome.heard(tally)
    return tally


def _keep(wanted: buyers.Wishes, codes: list[bytes]) -> Script:
    for buyer, item in wanted:
        status, body = yield buyers.CHECKOUT, buyers.checkout(buyer, item)
        if status == 200:
            codes.append(body)
