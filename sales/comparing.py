"""One sale's Redis against its rows, both at the same sequence, while the sale goes on.

differences    each difference as a sentence
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from uuid import UUID

from django.db.models import Q

from core.engine.books import EXAMPLES_MAX
from core.engine.recorder import record_locked
from core.instants import instant
from core.models import Journal
from sales import engine, rebuild
from sales.models import Purchase, Sale


def differences(*, sale_id: UUID, journal: Journal) -> list[str]:
    """Redis against the rows at the sequence of a snapshot. The caller's transaction holds the journal row.

    Raises `WarmingUp` while the sale waits for the guardian.
    """
    sale = Sale.objects.get(id=sale_id)
    redis = engine.snapshot(sale_id=sale_id)
    record_locked(journal, upto=redis.seq)
    if redis.epoch != journal.epoch:
        return [f"Redis is in epoch {redis.epoch}, the books in {journal.epoch}"]
    if journal.recorded_seq < redis.seq:
        return [f"the books stop at {journal.recorded_seq}, Redis is at {redis.seq}: {journal.halted}"]
    upto = Q(epoch__lt=redis.epoch) | Q(epoch=redis.epoch, seq__lte=redis.seq)
    purchases = Purchase.objects.filter(upto, sale=sale)
    sold = set(purchases.values_list("item", flat=True))
    holds = list(rebuild.live_holds(sale, now=instant(redis.now), upto=upto))
    live = {item: text for item, text in redis.holds.items() if engine.deadline_of(text) > redis.now}
    slots = dict(rebuild.slots(purchases, holds))
    found = [
        *_differing("sold", sold, redis.sold_items),
        *_differing("held", {(h.item, rebuild.hold_record(h)) for h in holds}, live.items()),
        # An expired hold that nobody has swept still has its bit; it counts against nobody.
        *_differing("taken", sold | set(redis.holds), redis.taken_items),
        *_differing("slots", slots.items(), _live_slots(redis.buyers, sold | set(live)).items()),
    ]
    if redis.sold != len(redis.sold_items):
        found.append(f"Redis counts {redis.sold} sold, its bitmap {len(redis.sold_items)}")
    return found[:EXAMPLES_MAX]


def _live_slots(buyers: dict[str, str], counted: set[int]) -> dict[str, str]:
    """Each buyer's slots without what has expired, in the spelling of `rebuild.slots`."""
    live = {}
    for buyer, text in buyers.items():
        slots = {n: int(item) for n, item in enumerate(text.split(","), start=1) if int(item) in counted}
        if slots:
            live[buyer] = rebuild.slots_text(slots)
    return live


def _differing(what: str, rows: Iterable[Hashable], redis: Iterable[Hashable]) -> list[str]:
    ours, theirs = set(rows), set(redis)
    return [
        *(f"{what}: {entry} is in the rows, not in Redis" for entry in sorted(ours - theirs, key=str)[:EXAMPLES_MAX]),
        *(f"{what}: {entry} is in Redis, not in the rows" for entry in sorted(theirs - ours, key=str)[:EXAMPLES_MAX]),
    ]
