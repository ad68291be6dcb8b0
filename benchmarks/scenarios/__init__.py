"""The scenarios, in the order in which they run.

SCENARIOS    name -> a function of the `appendfsync` setting that measures and returns an `Outcome`
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.figures import Outcome
from benchmarks.scenarios import buy_all, checkout, full, growth, limits_of, sim, sold_out

SCENARIOS: dict[str, Callable[[str], Outcome]] = {
    "ceilings": limits_of.run,
    "full": full.run,
    "sim": sim.run,
    "buy-all": buy_all.run,
    "sold-out": sold_out.run,
    "checkout": checkout.run,
    "growth": growth.run,
}
