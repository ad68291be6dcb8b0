"""What a trade must be able to do so that the engine can keep its books.

Core knows no word of the trade: sales and auctions each register one `Book` when Django starts, and the recorder, the
guardian and the invariants find it by the prefix of the topic (`sale:…`, `lot:…`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from core.engine.journal import Entry
from core.models import Journal

EXAMPLES_MAX = 20
"""Sentences a breach gives at most: enough to see the pattern."""


class Book(Protocol):
    """One trade's side of the engine."""

    prefix: str

    def vital_keys(self, topic: str) -> Sequence[str]:
        """The Redis keys that always exist while the topic is open: a lost one means rebuild."""

    def apply(self, topic: str, entries: Sequence[Entry]) -> None:
        """Write entries as rows, in the caller's transaction. Raises `IntegrityError` if a constraint refuses one, or
        `DataError` if a column cannot hold it."""

    def rebuild(self, journal: Journal) -> None:
        """Write the state that the rows amount to into Redis and open it in `journal.epoch`; meta comes last.

        The caller holds the journal row and has emptied the topic. Raises `Superseded` if a later rebuild took over.
        """

    def differences(self, journal: Journal) -> list[str]:
        """Each difference between Redis and the rows, as a sentence. The caller holds the journal row."""

    def pause(self, topic: str, *, reason: str) -> None:
        """Stop deciding new things on this topic until a person has looked."""

    def resume(self, topic: str, *, reason: str) -> None:
        """Decide new things again: a person has looked."""

    def breaches(self) -> Iterable[tuple[str, list[str]]]:
        """Each invariant of the trade by name, with the sentences of what breaks it (none: it holds)."""


class Superseded(RuntimeError):
    """A later rebuild of the same topic holds it now; this one must stop."""


_books: dict[str, Book] = {}


def register(book: Book) -> None:
    """Make a trade's book known under its prefix."""
    _books[book.prefix] = book


def book_of(topic: str) -> Book:
    """The book that a topic belongs to. Raises `KeyError` for a prefix that nobody registered."""
    return _books[topic.partition(":")[0]]


def known(topic: str) -> bool:
    """Whether the trade of a topic is part of this program; after a step back to an older release it may not be."""
    return topic.partition(":")[0] in _books


def books() -> list[Book]:
    """All registered books."""
    return list(_books.values())
