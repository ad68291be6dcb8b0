"""A shop for tests: real Redis, real PostgreSQL, sales of any size, and a clock that moves when told.

Clock         the one clock of the scripts and of this process, standing still
Shop.open     a sale, prepared as in earnest
Shop.all      everything that both stores hold, for "nothing has changed"
Shop.refuses  what is done inside is refused for one reason and changes nothing
together      many threads held at a barrier, then let go at once
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connection

from core.engine.journal import Keys
from core.engine.redis import door
from core.models import Journal, JournalConflict
from sales import codes, services
from sales.models import Purchase, Sale, SaleEvent

T = TypeVar("T")

NOW_PART = Path(__file__).parent / "clock" / "now.lua"
NOON = 1_772_366_400_000
"""2026-03-01T12:00:00Z, in ms: where the clock of every test begins."""

ROWS = (Purchase, SaleEvent, JournalConflict, Journal, Sale)

ALICE, BOB, CHARLIE = "demo:alice", "demo:bob", "demo:charlie"


@dataclass
class Clock:
    """Stands still at `ms` until it is moved. FLUSHALL forgets it: call `set` again."""

    ms: int = NOON

    def set(self, ms: int) -> None:
        self.ms = ms
        door().command("SET", "test:clock", ms)

    def pass_by(self, *, seconds: float = 0, ms: int = 0) -> None:
        self.set(self.ms + round(seconds * 1_000) + ms)

    @property
    def instant(self) -> datetime:
        return datetime.fromtimestamp(self.ms / 1_000, tz=UTC)


@dataclass
class Shop:
    """What the tests of a sale stand on."""

    clock: Clock = field(default_factory=Clock)

    def open(
        self,
        *,
        size: int = 10,
        limit: int = 3,
        hold_seconds: int = 600,
        price: int = 1_000,
        opens_in: float = -600,
        open_for: float = 3_600,
        state: str = Sale.State.OPEN,
    ) -> Sale:
        """A sale that is prepared; times in seconds from now."""
        opens_at = self.clock.instant + timedelta(seconds=opens_in)
        sale = Sale(
            name="A sale of tests",
            state=state,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(seconds=open_for),
            size=size,
            buyer_limit=limit,
            hold_seconds=hold_seconds,
            price=price,
            currency="EUR",
        )
        services.prepare_sale(sale)
        return sale

    def all(self) -> dict[str, Any]:
        """Everything that both stores hold."""
        names = sorted(door().command("KEYS", "*"))
        dumps = door().pipeline([("DUMP", name) for name in names])
        rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in ROWS}
        return dict(zip((name.decode() for name in names), dumps, strict=True)) | rows

    @contextmanager
    def refuses(self, kind: type[Exception]) -> Iterator[pytest.ExceptionInfo[Exception]]:
        """What is done inside is refused for this very reason, and both stores stay as they are."""
        before = self.all()
        with pytest.raises(kind) as caught:
            yield caught
        assert caught.type is kind
        assert self.all() == before

    def flush(self) -> None:
        """Redis forgets everything but the clock of the tests."""
        door().pipeline([("FLUSHALL",), ("SET", "test:clock", self.clock.ms)])

    def strange(self, sale: Sale) -> None:
        """As after a restart of Redis: meta names another server process."""
        door().command("HSET", Keys(sale.topic).meta, "run_id", "another")

    def lose(self, sale: Sale, name: str) -> None:
        """One key of the sale is gone."""
        door().command("DEL", Keys(sale.topic)(name))

    def kinds(self, sale: Sale) -> list[str]:
        """The kinds of the journal's entries in Redis, in order."""
        rows = door().command("XRANGE", Keys(sale.topic).journal, "-", "+")
        return [fields[fields.index(b"kind") + 1].decode() for _, fields in rows]

    def last(self, sale: Sale) -> dict[str, str]:
        """The fields of the journal's last entry."""
        words = [
            word.decode() for word in door().command("XREVRANGE", Keys(sale.topic).journal, "+", "-", "COUNT", 1)[0][1]
        ]
        return dict(zip(words[::2], words[1::2], strict=True))


def hold(sale: Sale, buyer: str, item: int | None = None, key: str | None = None) -> services.HoldReceipt:
    """`services.hold_item`, short enough to read."""
    return services.hold_item(sale_id=sale.id, buyer=buyer, item=item, key=key)


def buy(sale: Sale, buyer: str, item: int) -> services.PurchaseReceipt:
    """Hold and purchase."""
    return services.purchase(code=hold(sale, buyer, item).code, buyer=buyer)


def secret_of(code: str) -> str:
    """The secret half of a code."""
    return codes.read(code).secret


def together(doers: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Runs all at once: each in a thread, held at a barrier. Gives what each returned or raised, in order."""
    barrier = threading.Barrier(len(doers))
    outcomes: list[Any] = [None] * len(doers)

    def run(index: int, doer: Callable[[], T]) -> None:
        try:
            door().run_id()  # connected before the start
            barrier.wait(30)
            outcomes[index] = doer()
        except Exception as error:  # noqa: BLE001 -- whatever it was, the test looks at it
            outcomes[index] = error
        finally:
            door().close()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def answers(outcomes: Sequence[T | Exception]) -> list[T]:
    """What was returned."""
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def refusals(outcomes: Sequence[object]) -> list[type]:
    """The kinds of what was raised."""
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]


def empty_books() -> None:
    """All rows of the engine and of the sales go."""
    with connection.cursor() as cursor:
        for model in ROWS:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
