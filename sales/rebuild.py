"""Redis from PostgreSQL: what the rows of a sale amount to, written in chunks into an emptied topic.

    rebuild           sold items, live holds, buyers' slots, idempotency keys; then open, meta last
    live_holds        the holds of the books that still count at an instant, up to a sequence
    slots             each buyer's numbered slots

The first opening of a sale is the rebuild of an empty one: there is one way in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.engine.redis import door
from core.instants import ms
from core.models import Journal
from sales import engine, limits
from sales.models import Purchase, Sale, SaleEvent

ENDS = (SaleEvent.Kind.PURCHASE, SaleEvent.Kind.RELEASE, SaleEvent.Kind.EXPIRE)
"""The kinds of event after which a hold is no more."""


def rebuild(*, sale: Sale, journal: Journal) -> None:
    """Write the state that the rows amount to and open the sale in `journal.epoch`.

    The caller holds the journal row and has emptied the topic. Raises `Superseded` if a later rebuild took over.
    """
    purchases = Purchase.objects.filter(sale=sale)
    holds = list(live_holds(sale, now=redis_now()))
    _load(sale, journal, "sold", purchases.values_list("item", flat=True).iterator())
    _load(sale, journal, "held", (_held(event) for event in holds))
    _load(sale, journal, "buyers", slots(purchases, holds))
    _load(sale, journal, "requests", _requests(sale))
    engine.open_sale(
        sale_id=sale.id,
        epoch=journal.epoch,
        recorded_seq=journal.recorded_seq,
        size=sale.size,
        meta=_meta(sale, sold=purchases.count()),
    )


def live_holds(sale: Sale, *, now: datetime, upto: Q | None = None) -> QuerySet[SaleEvent]:
    """The holds whose deadline is after `now` and that nothing has ended, among the events that match `upto`."""
    events = SaleEvent.objects.filter(upto or Q())
    # By the secret alone, which names its sale anyway: with the sale beside it, tables without statistics (a sale is
    # sold out before they are analyzed) were joined by the sale, and the time grew with the square.
    ends = events.filter(secret=OuterRef("secret"), kind__in=ENDS)
    return events.filter(~Exists(ends), sale=sale, kind=SaleEvent.Kind.HOLD, deadline__gt=now).order_by("item")


def redis_now() -> datetime:
    """The clock that deadlines are compared with."""
    seconds, micros = door().command("TIME")
    return datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, tz=UTC)


def hold_record(event: SaleEvent) -> str:
    """A live hold as `held` has it: secret, buyer, slot, deadline, price."""
    assert event.deadline is not None
    return f"{event.secret} {event.buyer} {event.slot} {ms(event.deadline)} {event.price}"


def _held(event: SaleEvent) -> list[int | str | None]:
    return [event.item, *hold_record(event).split(" ")]


def slots(purchases: QuerySet[Purchase], holds: Iterable[SaleEvent]) -> Iterator[tuple[str, str]]:
    """Each buyer's numbered slots as the scripts write them. A buyer with both comes twice in the input, so holds
    and purchases are merged by buyer first."""
    held: dict[str, dict[int, int]] = {}
    for event in holds:
        assert event.buyer is not None and event.slot is not None and event.item is not None
        held.setdefault(event.buyer, {})[event.slot] = event.item
    rows = purchases.order_by("buyer", "slot").values_list("buyer", "slot", "item").iterator()
    for buyer, sold in groupby(rows, key=lambda row: row[0]):
        yield buyer, slots_text(held.pop(buyer, {}) | {slot: item for _, slot, item in sold})
    for buyer, slots in held.items():
        yield buyer, slots_text(slots)


def slots_text(slots: dict[int, int]) -> str:
    """`{1: 1001, 3: 7}` as "1001,0,7"."""
    return ",".join(str(slots.get(slot, 0)) for slot in range(1, max(slots) + 1))


def _requests(sale: Sale) -> Iterator[tuple[str, str]]:
    """The first answer to each idempotency key; `request` of an event is what was wanted, then the key."""
    events = SaleEvent.objects.filter(sale=sale, kind=SaleEvent.Kind.HOLD, request__isnull=False)
    for event in events.iterator():
        assert event.request is not None and event.deadline is not None
        wanted, _, key = event.request.partition(" ")
        yield f"{event.buyer} {key}", f"{wanted} {event.secret} {event.item} {ms(event.deadline)} {event.price}"


def _load(sale: Sale, journal: Journal, part: str, rows: Iterator[Any]) -> None:
    empty: dict[str, list[Any]] = {"sold": [], "held": [], "buyers": [], "requests": []}
    while chunk := list(islice(rows, limits.REBUILD_ROWS_A_CHUNK)):
        engine.load(sale_id=sale.id, epoch=journal.epoch, chunk=orjson.dumps(empty | {part: chunk}))
        _still_here()


def _still_here() -> None:
    """A word to PostgreSQL now and then: it ends a transaction that is silent for 5 s, and large sales load longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _meta(sale: Sale, *, sold: int) -> list[str | int]:
    return [
        *("state", sale.state),
        *("opens_at", ms(sale.opens_at)),
        *("closes_at", ms(sale.closes_at)),
        *("hold_ms", sale.hold_seconds * 1_000),
        *("buyer_limit", sale.buyer_limit),
        *("price", sale.price),
        *("currency", sale.currency),
        *("sold", sold),
        *("appendfsync", door().appendfsync()),
    ]
