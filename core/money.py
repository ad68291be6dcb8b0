"""Money: whole minor units and a currency inside, decimal text outside.

Money       an amount of minor units in a currency
decimal     the amount as text, "10.00"
"""

from __future__ import annotations

from typing import NamedTuple

AMOUNT_MAX = 10**15 - 1
"""Minor units: beyond it Lua and JavaScript would lose digits."""

# ISO 4217: the currencies in use whose minor unit is not a hundredth.
_PLACES = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)


class Money(NamedTuple):
    """An amount of minor units in a currency (ISO 4217, upper case)."""

    minor: int
    currency: str

    @property
    def decimal(self) -> str:
        """The amount as text with the currency's number of places: "10.00", "1000"."""
        places = _PLACES.get(self.currency, 2)
        digits = f"{self.minor:0{places + 1}d}"
        return f"{digits[:-places]}.{digits[-places:]}" if places else digits

    def public(self) -> dict[str, str]:
        """As the product's API says it."""
        return {"amount": self.decimal, "currency": self.currency}
