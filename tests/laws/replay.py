"""The state of a sale by its journal alone: rows first, then the tail that is not yet recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.engine.journal import read
from core.instants import ms
from core.models import Journal
from sales.models import Sale, SaleEvent


@dataclass
class Replayed:
    """What the entries amount to."""

    sold: set[int] = field(default_factory=set)
    holds: dict[int, tuple[str, int]] = field(default_factory=dict)

    def live(self, now: int) -> dict[int, str]:
        return {item: secret for item, (secret, deadline) in self.holds.items() if deadline > now}


def state_of_the_journal(sale: Sale, journal: Journal) -> Replayed:
    """Every entry applied in order; what an entry may not do is an error."""
    state = Replayed()
    for kind, item, secret, deadline in _entries(sale, journal):
        match kind:
            case "hold":
                assert item not in state.sold
                state.holds[item] = (secret, deadline)
            case "purchase":
                assert state.holds.pop(item)[0] == secret
                assert item not in state.sold
                state.sold.add(item)
            case "release" | "expire":
                assert state.holds.pop(item)[0] == secret
            case _:
                assert kind in ("open", "state")
    return state


def _entries(sale: Sale, journal: Journal) -> Iterator[tuple[str, int, str, int]]:
    for row in SaleEvent.objects.filter(sale=sale).order_by("seq"):
        yield row.kind, row.item or 0, row.secret or "", ms(row.deadline) if row.deadline else 0
    for entry in read(sale.topic, epoch=journal.epoch, after=journal.recorded_seq, count=10_000):
        fields = entry.fields
        yield fields["kind"], int(fields.get("item", 0)), fields.get("secret", ""), int(fields.get("deadline", 0))
