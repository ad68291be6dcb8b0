"""What buyers asked and heard: an append-only file, one JSON line before and one after each request.

Wish        what a buyer wants; asking again means sending the very same request
Attempt     one request for a wish, and how it ended
Story       a wish with all its attempts, in order
History     writes the lines; a line is in the file before the buyer takes the next step
read        the attempts in a file; one that was only invoked ended as unknown
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Verb(StrEnum):
    HOLD = "hold"
    PURCHASE = "purchase"
    RELEASE = "release"


class End(StrEnum):
    """How a request ended, for the one who asked."""

    OK = "ok"
    NO = "no"  # definite: it did not and never will happen
    NOT_NOW = "not_now"  # nothing happened, come back
    UNKNOWN = "unknown"  # perhaps it happened


@dataclass(frozen=True, slots=True)
class Wish:
    """`item` None: any, by `key`. `seed`: sent to the seeds' own paths. `number` is unique in a history."""

    number: int
    verb: Verb
    buyer: str
    item: int | None = None
    key: str | None = None
    code: str | None = None
    seed: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """Instants are seconds since 1970; `deadline` is what an acknowledged hold was promised."""

    wish: Wish
    invoked_at: float
    ended_at: float = float("inf")
    end: End = End.UNKNOWN
    reason: str = "never_answered"
    item: int | None = None
    code: str | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A wish and its attempts, in the order they were made."""

    wish: Wish
    attempts: tuple[Attempt, ...]

    @property
    def oks(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.end == End.OK]

    @property
    def nos(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.end == End.NO]

    @property
    def may_have_happened(self) -> bool:
        return any(attempt.end in (End.OK, End.UNKNOWN) for attempt in self.attempts)

    @property
    def open(self) -> bool:
        """Whether some attempt may have happened and no later one says."""
        last = max((i for i, a in enumerate(self.attempts) if a.end == End.UNKNOWN), default=None)
        return last is not None and all(a.end == End.NOT_NOW for a in self.attempts[last + 1 :])


class History:
    """One run's file. Any thread may write: each line is one append, which the kernel does not interleave."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._numbers = itertools.count(1)
        self._attempts = itertools.count(1)

    def number(self) -> int:
        """For the next wish."""
        return next(self._numbers)

    def invoke(self, wish: Wish) -> int:
        """Write that a request is about to be sent. Returns the number to end it by."""
        attempt = next(self._attempts)
        self._write({"attempt": attempt, "what": "invoke", "at": time.time(), **asdict(wish)})
        return attempt

    def end(self, attempt: int, end: End, reason: str, **facts: object) -> None:
        """Write how it ended."""
        self._write({"attempt": attempt, "what": end, "at": time.time(), "reason": reason, **facts})

    def close(self) -> None:
        os.close(self._file)

    def _write(self, line: dict[str, object]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


def read(path: Path) -> list[Attempt]:
    """Every attempt in the file, in the order they were invoked."""
    begun: dict[int, dict[str, object]] = {}
    ended: dict[int, dict[str, object]] = {}
    for text in path.read_text().splitlines():
        line = json.loads(text)
        (begun if line["what"] == "invoke" else ended)[line["attempt"]] = line
    return [_attempt(line, ended.get(number)) for number, line in begun.items()]


def stories(attempts: Iterable[Attempt]) -> list[Story]:
    """The attempts by wish."""
    by_wish: dict[int, list[Attempt]] = {}
    for attempt in attempts:
        by_wish.setdefault(attempt.wish.number, []).append(attempt)
    return [Story(made[0].wish, tuple(sorted(made, key=lambda a: a.invoked_at))) for made in by_wish.values()]


def _attempt(begun: dict[str, object], ended: dict[str, object] | None) -> Attempt:
    fields = {name: value for name, value in begun.items() if name not in ("attempt", "what", "at")}
    wish = Wish(**fields | {"verb": Verb(str(fields["verb"]))})  # type: ignore[arg-type]  # our own lines
    if ended is None:
        return Attempt(wish, invoked_at=float(str(begun["at"])))
    facts = {name: ended.get(name) for name in ("item", "code", "deadline")}
    return Attempt(
        wish,
        invoked_at=float(str(begun["at"])),
        ended_at=float(str(ended["at"])),
        end=End(str(ended["what"])),
        reason=str(ended["reason"]),
        **facts,  # type: ignore[arg-type]
    )
