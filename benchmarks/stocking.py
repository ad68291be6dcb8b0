"""`python -m benchmarks.stocking`: makes sales in a house that runs, some of them with a past.

Reads `[{"size": 1000, "sold": 0}, …]` from its input, prints the ids in the same order. What was sold is loaded
straight into PostgreSQL, as the recorder would have written it; the guardian then builds Redis from it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from uuid import UUID

import django
from django.db import connection, transaction
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from core.engine import guardian  # noqa: E402
from core.ids import short  # noqa: E402
from core.models import Journal  # noqa: E402
from core.refusals import WarmingUp  # noqa: E402
from sales import engine  # noqa: E402
from sales.models import Sale  # noqa: E402
from sales.services import prepare_sale  # noqa: E402

BUYER_LIMIT = 10
PRICE = 1_000
MEND_SECONDS_MAX = 300.0

_PAST = """
    INSERT INTO sales_saleevent (sale_id, epoch, seq, kind, at, item, buyer, slot, secret, price, deadline)
    SELECT %(sale)s, 1, 1, 'open', %(at)s, NULL, NULL, NULL, NULL, NULL, NULL
     UNION ALL
    SELECT %(sale)s, 1, 1 + step * %(sold)s + n, (ARRAY['hold', 'purchase'])[step + 1], %(at)s + step * interval '1 s',
           n, 'demo:past' || (n - 1) / %(limit)s, (n - 1) %% %(limit)s + 1, lpad(n::text, 22, '0'), %(price)s,
           %(at)s + interval '600 s'
      FROM generate_series(0, 1) AS step, generate_series(1, %(sold)s) AS n
"""

_PURCHASES = """
    INSERT INTO sales_purchase
           (sale_id, epoch, seq, item, buyer, slot, buyer_limit, price, currency, code, purchased_at)
    SELECT sale_id, epoch, seq, item, buyer, slot, %(limit)s, price, 'EUR', %(short)s || '.' || secret, at
      FROM sales_saleevent WHERE sale_id = %(sale)s AND kind = 'purchase'
"""


def main() -> None:
    """Make what the input asks for."""
    print(json.dumps([str(make(**wish).id) for wish in json.load(sys.stdin)]))


def make(*, size: int, sold: int) -> Sale:
    """One sale that is open now, and for a day."""
    now = timezone.now()
    sale = Sale(
        name=f"{size:,} items, {sold:,} sold",
        state=Sale.State.OPEN,
        opens_at=now - timedelta(hours=2),
        closes_at=now + timedelta(days=1),
        size=size,
        buyer_limit=BUYER_LIMIT,
        hold_seconds=3_600,
        price=PRICE,
        currency="EUR",
    )
    if sold:
        _load_past(sale, sold)
    else:
        prepare_sale(sale)
    return sale


def _load_past(sale: Sale, sold: int) -> None:
    """All in one transaction: the keeper must not see half a past."""
    facts: dict[str, str | int | datetime | UUID] = {
        "sale": sale.id,
        "short": short(sale.id),
        "at": timezone.now() - timedelta(hours=1),
        "sold": sold,
        "limit": BUYER_LIMIT,
        "price": PRICE,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        sale.save(force_insert=True)
        cursor.execute(_PAST, facts)
        cursor.execute(_PURCHASES, facts)
        Journal.objects.create(topic=sale.topic, epoch=1, recorded_seq=2 * sold + 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sales_saleevent, sales_purchase")
    guardian.mend(sale.topic)  # or the keeper is at it already
    until = time.monotonic() + MEND_SECONDS_MAX
    while not _is_open(sale):
        if time.monotonic() > until:
            raise TimeoutError(f"{sale.topic} was not rebuilt within {MEND_SECONDS_MAX:.0f} s")
        time.sleep(0.1)


def _is_open(sale: Sale) -> bool:
    try:
        return engine.counters(sale_id=sale.id).sold > 0
    except WarmingUp:
        return False


if __name__ == "__main__":
    main()
