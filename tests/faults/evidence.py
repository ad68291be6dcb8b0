"""What the oracle compares: what PostgreSQL has of a run's buyers, and beside it what they were told.

Books       purchases and journal, as rows
Case        the histories and the books, looked up by code
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.faults.history import Attempt, Story, Verb, stories

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Sold:
    """A purchase as PostgreSQL has it."""

    item: int
    buyer: str
    code: str


@dataclass(frozen=True, slots=True)
class Event:
    """A decided fact as PostgreSQL has it; `key` is the idempotency key of a hold of any item."""

    kind: str
    item: int
    buyer: str
    code: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """What PostgreSQL has of one run's buyers."""

    sold: Sequence[Sold]
    events: Sequence[Event]


class Case:
    """The histories and the books, looked up by code."""

    def __init__(self, attempts: Iterable[Attempt], books: Books, limit: int) -> None:
        self.stories = stories(attempts)
        self.books = books
        self.limit = limit
        self.holds = [story for story in self.stories if story.wish.verb == Verb.HOLD]
        self.purchases = [story for story in self.stories if story.wish.verb == Verb.PURCHASE]
        self.releases = [story for story in self.stories if story.wish.verb == Verb.RELEASE]
        self.sold_by_code = _grouped(books.sold, lambda sold: sold.code)
        self._events = _grouped(books.events, lambda event: (event.kind, event.code))
        self._asked = _grouped(self.purchases, lambda story: story.wish.code or "")
        self.given_back = {story.wish.code for story in self.releases if story.may_have_happened}
        self.promised = {told.code: told for story in self.holds for told in story.oks if told.code}

    def rows(self, code: str | None) -> list[Sold]:
        return self.sold_by_code.get(code or "", [])

    def events(self, kind: str, code: str | None) -> list[Event]:
        return self._events.get((kind, code or ""), [])

    def asked(self, code: str | None) -> list[Story]:
        """The wishes to buy with a code."""
        return self._asked.get(code or "", [])


def _grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups
