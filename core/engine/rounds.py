"""One round over many things, in which the one that fails does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.db import Error as DatabaseError

from core.refusals import Refusal

T = TypeVar("T")
log = structlog.get_logger("engine")


def each(things: Iterable[T], step: Callable[[T], object]) -> list[T]:
    """Take a step for each thing. Returns those for which it said yes.

    A step that a store or a refusal stops is logged, and raised again after the last thing: first failure first.
    """
    done: list[T] = []
    failed: Exception | None = None
    for thing in things:
        try:
            if step(thing):
                done.append(thing)
        except (DatabaseError, Refusal) as error:
            name = getattr(thing, "__name__", thing)
            log.warning("round.not_now", what=name, error=str(error).strip(), kind=type(error).__name__)
            failed = failed or error
    if failed:
        raise failed
    return done
