"""The hourly sale: which one is on at an instant. Pure: the id follows from the window, so nobody looks it up.

window_at     the window that an instant lies in
Window.id     the one id of its sale, the same in every process
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from core.ids import uuid7_of
from core.instants import instant

SERIES = "hourly"


@dataclass(frozen=True, slots=True)
class Window:
    """`opens_at_ms <= now < closes_at_ms`."""

    opens_at_ms: int
    length_seconds: int

    @property
    def closes_at_ms(self) -> int:
        return self.opens_at_ms + self.length_seconds * 1_000

    @property
    def id(self) -> UUID:
        return _id_of(self.opens_at_ms, self.length_seconds)

    @property
    def opens_at(self) -> datetime:
        return instant(self.opens_at_ms)

    @property
    def closes_at(self) -> datetime:
        return instant(self.closes_at_ms)

    @property
    def series(self) -> str:
        """Windows of another length are another series: both may begin at one instant."""
        return SERIES if self.length_seconds == 3_600 else f"{SERIES} {self.length_seconds}"

    def next(self) -> Window:
        return Window(self.closes_at_ms, self.length_seconds)


@lru_cache(maxsize=64)
def _id_of(opens_at_ms: int, length_seconds: int) -> UUID:
    """Kept, since every checkout asks for the id of the same window."""
    return uuid7_of(at_ms=opens_at_ms, name=f"{SERIES} {length_seconds}")


def window_at(now_ms: int, *, length_seconds: int) -> Window:
    """The window that `now_ms` lies in. Windows are cut from 1970, so an hour's begins at the full hour."""
    length_ms = length_seconds * 1_000
    return Window(now_ms - now_ms % length_ms, length_seconds)
