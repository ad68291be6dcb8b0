"""What PostgreSQL has of one run's buyers, read directly: no code of ours stands between the rows and the oracle.

read_books      the purchases and the journal of the buyers whose names begin with a prefix
"""

from __future__ import annotations

from typing import Any

import psycopg

from tests.faults.evidence import Books, Event, Sold

_SOLD = "SELECT item, buyer, code FROM sales_purchase WHERE buyer LIKE %s ORDER BY epoch, seq"
_EVENTS = """
    SELECT kind, item, buyer, secret, request
      FROM sales_saleevent WHERE buyer LIKE %s ORDER BY epoch, seq"""


def read_books(connection: psycopg.Connection[Any], *, sale: str, prefix: str) -> Books:
    """`sale` is the short id that codes begin with; buyers are given without their `demo:`."""
    pattern = f"demo:{prefix}%"
    sold = [Sold(item, _name(buyer), code) for item, buyer, code in connection.execute(_SOLD, [pattern])]
    events = [
        Event(kind, item, _name(buyer), f"{sale}.{secret}", request.partition(" ")[2] if request else None)
        for kind, item, buyer, secret, request in connection.execute(_EVENTS, [pattern])
    ]
    return Books(sold, events)


def _name(buyer: str) -> str:
    return buyer.removeprefix("demo:")
