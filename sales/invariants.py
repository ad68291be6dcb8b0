"""The invariants of sales that the rows alone can show: what must hold after every run, however it was disturbed.

    breaches       each invariant by name, with the sentences of what breaks it

That Redis is the rows is asked by core, through `sales.comparing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from core.engine.books import EXAMPLES_MAX

# Each query returns one text a breach. They read the rows as they are, trusting no constraint to have done its work.
# Rows are joined by a code's secret, never by their sale: after a rush, tables have no statistics yet, and such joins
# grew with the square.
_QUERIES = {
    "sold_within_size": """
        SELECT format('sale %s sold %s of %s', s.id, count(*), s.size)
          FROM sales_purchase p JOIN sales_sale s ON s.id = p.sale_id
         GROUP BY s.id HAVING count(*) > s.size""",
    "item_has_one_buyer": """
        SELECT format('sale %s item %s has %s buyers', sale_id, item, count(*))
          FROM sales_purchase GROUP BY sale_id, item HAVING count(*) > 1""",
    "item_within_size": """
        SELECT format('sale %s has no item %s', s.id, p.item)
          FROM sales_purchase p JOIN sales_sale s ON s.id = p.sale_id WHERE p.item NOT BETWEEN 1 AND s.size""",
    "buyer_within_limit": """
        SELECT format('sale %s buyer %s has %s', s.id, p.buyer, count(*))
          FROM sales_purchase p JOIN sales_sale s ON s.id = p.sale_id
         GROUP BY s.id, p.buyer HAVING count(*) > s.buyer_limit""",
    "journal_contiguous": """
        SELECT format('sale %s: %s entries from %s to %s', sale_id, count(*), min(seq), max(seq))
          FROM (SELECT sale_id, seq FROM sales_saleevent
                 UNION ALL
                -- An entry that PostgreSQL refused and a person has looked at is accounted for.
                SELECT s.id, c.seq FROM core_journalconflict c JOIN sales_sale s ON c.looked_at IS NOT NULL
                   AND c.topic = 'sale:' || translate(rtrim(encode(uuid_send(s.id), 'base64'), '='), '+/', '-_')
               ) entries
         GROUP BY sale_id
        HAVING count(*) <> count(DISTINCT seq) OR min(seq) <> 1 OR max(seq) <> count(*)""",
    "epochs_in_order": """
        SELECT format('sale %s: epoch %s after epoch %s at %s', sale_id, epoch, before, seq)
          FROM (SELECT sale_id, seq, epoch, lag(epoch) OVER (PARTITION BY sale_id ORDER BY seq) AS before
                  FROM sales_saleevent) e
         WHERE before > epoch""",
    "purchase_is_its_entry": """
        SELECT format('sale %s entry %s: journal and purchase differ', coalesce(e.sale_id, p.sale_id),
                      coalesce(e.seq, p.seq))
          FROM (SELECT * FROM sales_saleevent WHERE kind = 'purchase') e
          FULL JOIN sales_purchase p ON e.sale_id = p.sale_id AND e.epoch = p.epoch AND e.seq = p.seq
         WHERE (e.item, e.buyer, e.slot, e.price, e.secret)
               IS DISTINCT FROM (p.item, p.buyer, p.slot, p.price, right(p.code, 22)::varchar)""",
    "purchase_was_held": """
        SELECT format('sale %s item %s: %s bought it without a live hold', p.sale_id, p.item, p.buyer)
          FROM sales_purchase p
         WHERE NOT coalesce((SELECT (h.sale_id, h.buyer, h.item, h.slot) = (p.sale_id, p.buyer, p.item, p.slot)
                                    AND h.deadline > p.purchased_at AND h.seq < p.seq
                               FROM sales_saleevent h
                              WHERE h.kind = 'hold' AND h.secret = right(p.code, 22)), false)""",
    "item_held_by_one": """
        SELECT format('sale %s item %s: held at %s while another hold lived', sale_id, item, seq)
          FROM (SELECT h.sale_id, h.item, h.seq, h.at,
                       lag(h.deadline) OVER w AS deadline, lag(h.secret) OVER w AS secret
                  FROM sales_saleevent h WHERE kind = 'hold'
                WINDOW w AS (PARTITION BY h.sale_id, h.item ORDER BY h.seq)) h
         WHERE h.deadline > h.at
           AND NOT EXISTS (SELECT FROM sales_saleevent e
                            WHERE e.secret = h.secret AND e.kind IN ('release', 'expire') AND e.seq < h.seq)""",
}


def breaches() -> Iterator[tuple[str, list[str]]]:
    """Each invariant with what breaks it, at most `EXAMPLES_MAX` sentences each."""
    for name, query in _QUERIES.items():
        yield name, _asked(query)


def _asked(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"{query} LIMIT {EXAMPLES_MAX}")
        return [row[0] for row in cursor.fetchall()]
