"""The sale's side of the engine: journal entries into rows, and rows back into Redis.

SalesBook     what core asks of a trade; its parts are here, in `sales.rebuild` and in `sales.invariants`
apply         entries become SaleEvents, Purchases, and the sale's state
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

import orjson
from django.db import connection

from core.engine.journal import Entry, Keys
from core.ids import short
from core.models import Journal
from sales import comparing, engine, invariants, rebuild
from sales.errors import Closed
from sales.models import Sale
from sales.topics import PREFIX, sale_of

_ROWS = """
    json_to_recordset(%(rows)s::json) AS e(
        epoch int, seq bigint, kind text, at bigint, item int, buyer text, slot smallint, secret text,
        price bigint, deadline bigint, request text, wanted text, state text, reason text)
"""

_EVENTS = f"""
    INSERT INTO sales_saleevent
        (sale_id, epoch, seq, kind, at, item, buyer, slot, secret, price, deadline, request, note)
    SELECT %(sale)s, epoch, seq, kind, to_timestamp(at / 1000.0), item, buyer, slot, secret, price,
           to_timestamp(deadline / 1000.0), wanted || ' ' || nullif(request, ''), state || ': ' || reason
      FROM {_ROWS}
        ON CONFLICT (sale_id, epoch, seq) DO NOTHING
"""  # noqa: S608 - constants of this module only

_PURCHASES = f"""
    INSERT INTO sales_purchase
        (sale_id, epoch, seq, item, buyer, slot, buyer_limit, price, currency, code, purchased_at)
    SELECT %(sale)s, epoch, seq, item, buyer, slot, sale.buyer_limit, e.price, sale.currency,
           %(short)s || '.' || secret, to_timestamp(at / 1000.0)
      FROM {_ROWS} LEFT JOIN sales_sale sale ON sale.id = %(sale)s -- gone: refused by NOT NULL, not dropped
     WHERE kind = 'purchase'
        ON CONFLICT (code) DO NOTHING
"""  # noqa: S608 - constants of this module only


class SalesBook:
    """What core asks of a trade, for sales."""

    prefix = PREFIX

    def vital_keys(self, topic: str) -> Sequence[str]:
        return [Keys(topic)(name) for name in engine.STATE]

    def apply(self, topic: str, entries: Sequence[Entry]) -> None:
        apply(sale_id=sale_of(topic), entries=entries)

    def rebuild(self, journal: Journal) -> None:
        rebuild.rebuild(sale=Sale.objects.get(id=sale_of(journal.topic)), journal=journal)

    def differences(self, journal: Journal) -> list[str]:
        return comparing.differences(sale_id=sale_of(journal.topic), journal=journal)

    def pause(self, topic: str, *, reason: str) -> None:
        with suppress(Closed):  # a sale that is over decides nothing new
            engine.set_state(sale_id=sale_of(topic), state="paused", reason=reason)

    def resume(self, topic: str, *, reason: str) -> None:
        with suppress(Closed):
            engine.set_state(sale_id=sale_of(topic), state="open", reason=reason)

    def breaches(self) -> Iterable[tuple[str, list[str]]]:
        return invariants.breaches()


def apply(*, sale_id: UUID, entries: Sequence[Entry]) -> None:
    """Write entries as rows, in the caller's transaction: two statements, whatever their number.

    The fields travel as one JSON text and PostgreSQL takes them apart; row objects would cost ten times as much here.
    """
    assert connection.in_atomic_block, "bring a transaction: the offset moves in it too"
    rows = orjson.dumps([{"epoch": e.epoch, "seq": e.seq, **e.fields} for e in entries]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"rows": rows, "sale": sale_id})
        if any(entry.fields["kind"] == "purchase" for entry in entries):
            cursor.execute(_PURCHASES, {"rows": rows, "sale": sale_id, "short": short(sale_id)})
    states = [entry.fields["state"] for entry in entries if entry.fields["kind"] == "state"]
    if states:
        Sale.objects.filter(id=sale_id).update(state=states[-1])
