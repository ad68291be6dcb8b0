"""What the scenarios share: a house with one sale that lasts, and the ceilings measured beside the figure.

house         a stack whose hourly sale has so many items and does not turn over
beside        the empty view and the plain view with one EVALSHA, in the same run
until_recorded    how long after the last answer every purchase was a row
"""

from __future__ import annotations

import time

from benchmarks import buyers, crowd
from benchmarks.figures import Outcome, figure
from benchmarks.limits import CEILING_SECONDS, RECORDED_SECONDS_MAX
from benchmarks.stack import Stack
from benchmarks.tally import Tally
from benchmarks.windows import longest
from benchmarks.wire import get

CEILING = "write"
"""The view that is the ceiling: one EVALSHA with one write, through the project's own door, at the same fsync."""

STRICTER = "door/write"
"""The same view behind the project's own WSGI handler, which hands an answer to granian in one piece, as Django's own
does not. What is left between this and a checkout is rules, journal and edge."""


def house(appendfsync: str, *, items: int) -> Stack:
    """A house whose hourly sale has `items` items and outlasts every scenario."""
    settings = {"SALE_ITEMS": str(items), "SALE_SECONDS": str(longest(time.time())), "SALE_HOLD_SECONDS": "3600"}
    return Stack(appendfsync=appendfsync, settings=settings)


def ceiling(stack: Stack, view: str, *, seconds: float = CEILING_SECONDS) -> Tally:
    """One of the bare views under the same crowd."""
    return crowd.run(
        lambda _number, _processes: buyers.repeat(view, [get(f"/{view}")], seconds=seconds), port=stack.ceilings_port
    )


def beside(stack: Stack, outcome: Outcome) -> float:
    """Measure the two ceilings that stand beside every figure. Returns the rate of the second."""
    rate = 0.0
    for view, name in (("empty", "ceiling: empty view"), (CEILING, "ceiling: view + one EVALSHA")):
        meter = stack.meter()
        tally = ceiling(stack, view)
        line = figure(name, tally, cost=meter.us_a_request(tally.requests))
        outcome.figures.append(line)
        outcome.heard(tally)
        rate = line.rate
    return rate


def until_recorded(stack: Stack, outcome: Outcome, *, purchases: int, last_answer: float) -> float:
    """Seconds from the last answer to the last row. Says so in the outcome."""
    while (found := stack.sql("SELECT count(*) FROM sales_purchase")) < purchases:
        if time.monotonic() > last_answer + RECORDED_SECONDS_MAX:
            break
        time.sleep(0.005)
    seconds = time.monotonic() - last_answer
    outcome.expect("purchases that are rows in PostgreSQL", found=found, wanted=purchases)
    outcome.facts.append(f"all recorded {seconds:.2f} s after the last answer")
    return seconds
