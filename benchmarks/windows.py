"""A sale window that does not turn over while we measure.

longest    the length, in seconds, whose present window has the most time left
"""

from __future__ import annotations

LENGTHS_SECONDS = tuple(range(86_400, 43_200, -1_800))
"""Lengths that the settings allow. Windows are cut from 1970, so each of them ends at another time."""


def longest(now: float) -> int:
    """The best of the lengths at an instant, in seconds since 1970."""
    return max(LENGTHS_SECONDS, key=lambda length: length - now % length)
