"""What state a sale's page is in, for the person who looks at it. Pure.

before -> live -> low -> sold_out -> ended        paused at any time between
"""

from __future__ import annotations

from typing import NamedTuple

from core.instants import iso

LOW_SHARE = 10
"""A sale is low when less than a tenth of it is free: people should decide, not be chased."""


class State(NamedTuple):
    """A state's name for the style sheet, its label, and the sentence that says what can be done."""

    name: str
    label: str
    sentence: str


def state_of(*, state: str, now_ms: int, opens_ms: int, closes_ms: int, size: int, free: int, sold: int) -> State:
    """The state at an instant by the server's clock."""
    if state == "closed" or now_ms >= closes_ms:
        return State("ended", "Ended", "This sale is over. A hold that still lives can be bought until its deadline.")
    if now_ms < opens_ms:
        return State("before", "Not open yet", f"It opens at {_clock(opens_ms)} UTC, by the server's clock.")
    if sold >= size:
        return State("sold_out", "Sold out", "Every item is sold.")
    if state == "paused":
        return State("paused", "Paused", "No new holds for the moment. What you hold stays yours until its deadline.")
    if free == 0:
        return State("sold_out", "All held", "Every item is held or sold. A hold that is not paid for comes back.")
    if free * LOW_SHARE < size:
        return State("low", "Nearly gone", f"{free} of {size} are free. Open until {_clock(closes_ms)} UTC.")
    return State("live", "On now", f"Open until {_clock(closes_ms)} UTC.")


def _clock(ms: int) -> str:
    return iso(ms)[11:16]
