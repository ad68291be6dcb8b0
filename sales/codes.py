"""The checkout code, `<sale>.<secret>`: it names its own sale, and its 128 random bits are the authority to buy.

write / read    a code as text, and back; a text that we never wrote holds nothing
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from core.ids import long, short
from sales.errors import HoldUnknown

_SHAPE = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Code:
    """A checkout code, taken apart."""

    sale_id: UUID
    secret: str

    def __str__(self) -> str:
        return write(sale_id=self.sale_id, secret=self.secret)


def write(*, sale_id: UUID, secret: str) -> str:
    """The text that a buyer gets: 45 characters."""
    return f"{short(sale_id)}.{secret}"


def read(text: str) -> Code:
    """The code in a text. Raises `HoldUnknown` for anything that we never wrote."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise HoldUnknown
    try:
        return Code(sale_id=long(found[1]), secret=found[2])
    except ValueError as error:
        raise HoldUnknown from error
