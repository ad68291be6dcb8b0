"""One round over many things, in which the one that fails does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger("engine")


def each(things: Iterable[T], step: Callable[[T], object]) -> list[T]:
    """Take a step for each thing. Returns those for which it said yes.

    A step that fails is logged, and raised again after the last thing: first failure first. It does not matter how it
    fails: one topic with a key or a row of a strange kind must not stop the books of all the others.
    """
    done: list[T] = []
    failed: Exception | None = None
    for thing in things:
        try:
            if step(thing):
                done.append(thing)
        except Exception as error:  # noqa: BLE001 -- raised below, when the others have had their turn
            name = getattr(thing, "__name__", thing)
            log.warning("round.not_now", what=name, error=str(error).strip(), kind=type(error).__name__)
            failed = failed or error
    if failed:
        raise failed
    return done
