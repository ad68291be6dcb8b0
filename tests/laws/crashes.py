"""Every step of the engine is an exchange with Redis or a statement to PostgreSQL. Something may happen at each.

at_each_step   calls you before every exchange and statement, in order
crashing       the process dies at the given step: what it was about to do is not done
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.engine.redis import Door


class Died(BaseException):
    """kill -9, as far as one thread can have it: no handler of ours catches it."""


@dataclass
class Crash:
    """Whether it came to that, and after how many steps."""

    step: int
    steps: int = 0
    happened: bool = False

    def here(self) -> None:
        if not self.happened and self.steps == self.step:
            self.happened = True
            raise Died
        self.steps += 1


@contextmanager
def at_each_step(happens: Callable[[], None]) -> Iterator[None]:
    """`happens` is called before every exchange and statement of this thread; what it does itself is free. After one is
    before the next: in between, nothing of the engine can be seen from outside."""
    busy = False

    def step() -> None:
        nonlocal busy
        if not busy:
            busy = True
            try:
                happens()
            finally:
                busy = False

    def stepping(method: Callable[..., Any]) -> Callable[..., Any]:
        def exchange(*args: Any, **kwargs: Any) -> Any:
            step()
            return method(*args, **kwargs)

        return exchange

    originals = {name: getattr(Door, name) for name in ("call", "command", "pipeline")}

    def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        step()
        return execute(sql, params, many, context)

    for name, method in originals.items():
        setattr(Door, name, stepping(method))
    try:
        with connection.execute_wrapper(statement):
            yield
    finally:
        for name, method in originals.items():
            setattr(Door, name, method)


@contextmanager
def crashing(step: int) -> Iterator[Crash]:
    """What is done inside dies at its `step`-th step, if it has so many."""
    crash = Crash(step)
    try:
        with at_each_step(crash.here):
            yield crash
    except Died:
        assert crash.happened
