"""What a sale, a hold and a purchase look like in the product's API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.instants import iso, ms
from core.money import Money
from sales import items
from sales.engine import Counters, Held, Sold
from sales.models import Sale
from sales.services import HoldReceipt, PurchaseReceipt


def sale_out(sale: Sale, *, at_ms: int) -> dict[str, Any]:
    """A sale without its counters, as it stands at an instant: upcoming, open, paused or closed."""
    return {
        "id": str(sale.id),
        "name": sale.name,
        "state": _state(sale, at_ms=at_ms),
        "opens_at": iso(ms(sale.opens_at)),
        "closes_at": iso(ms(sale.closes_at)),
        "size": sale.size,
        "buyer_limit": sale.buyer_limit,
        "hold_seconds": sale.hold_seconds,
        "price": Money(sale.price, sale.currency).public(),
    }


def _state(sale: Sale, *, at_ms: int) -> str:
    """Time opens and closes a sale; what is stored only says whether staff has done something to it."""
    if at_ms >= ms(sale.closes_at):
        return Sale.State.CLOSED
    if at_ms < ms(sale.opens_at) and sale.state == Sale.State.OPEN:
        return "upcoming"
    return sale.state


def sale_and_counters_out(sale: Sale, counters: Counters) -> dict[str, Any]:
    """A sale and how it stands, by the Redis clock."""
    out = sale_out(sale, at_ms=counters.now)
    out |= {"free": counters.free, "held": counters.held, "sold": counters.sold}
    return out | {"server_time": iso(counters.now)}


def hold_out(hold: HoldReceipt) -> dict[str, Any]:
    """A hold, to its owner."""
    out = _claim_out(code=hold.code, sale_id=hold.sale_id, item=hold.item, price=hold.price)
    return out | {"state": "held", "expires_at": iso(hold.expires_ms)}


def look_out(*, code: str, sale_id: UUID, found: Held | Sold) -> dict[str, Any]:
    """What has become of a hold, to its owner."""
    out = _claim_out(code=code, sale_id=sale_id, item=found.item, price=Money(found.price, found.currency))
    if isinstance(found, Sold):
        return out | {"state": "sold", "purchased_at": iso(found.at)}
    return out | {"state": "held", "expires_at": iso(found.deadline)}


def purchase_out(receipt: PurchaseReceipt) -> dict[str, Any]:
    """A purchase, to its owner; the same for every repeat."""
    out = _claim_out(code=receipt.code, sale_id=receipt.sale_id, item=receipt.item, price=receipt.price)
    return out | {"state": "sold", "purchased_at": iso(receipt.purchased_ms)}


def _claim_out(*, code: str, sale_id: UUID, item: int, price: Money) -> dict[str, Any]:
    return {
        "code": code,
        "sale_id": str(sale_id),
        "item": item,
        "item_name": items.name_of(item),
        "item_picture": f"/sales/{sale_id}/items/{item}.svg",
        "price": price.public(),
    }
