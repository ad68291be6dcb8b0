"""The topic of a sale, `sale:<short id>`: the name of its journal, and the hash tag of its Redis keys.

topic_of / sale_of    from a sale's id to its topic, and back
"""

from __future__ import annotations

from uuid import UUID

from core.ids import long, short

PREFIX = "sale"


def topic_of(sale_id: UUID) -> str:
    """The topic of a sale."""
    return f"{PREFIX}:{short(sale_id)}"


def sale_of(topic: str) -> UUID:
    """The sale that a topic belongs to."""
    return long(topic.partition(":")[2])
