"""The reads that pages and API need.

sales, sale, current_sale   all that the public may see; one
counters                    how a sale stands, from Redis; from the rows where the till is gone
look, of_the_books          what has become of a code; what PostgreSQL alone knows of it
why_no_till, till_to_come   what a missing till means: no such sale, over, or wait
sales_with_a_till           the sales that are open in Redis
sales_over_since            those of them that are over
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.db.models import QuerySet

from core.instants import ms, now_ms
from core.models import Journal
from core.refusals import Overloaded, Refusal, WarmingUp
from sales import codes, engine, errors
from sales.hourly import window_at
from sales.models import Purchase, Sale, SaleEvent
from sales.topics import PREFIX, sale_of, topic_of

SEEN_MAX = 1_000
"""Sales a process remembers for when PostgreSQL is away."""

_seen: dict[UUID, Sale] = {}


def sales() -> QuerySet[Sale]:
    """Every sale that the public may see, newest first."""
    return Sale.objects.exclude(state=Sale.State.DRAFT).newest_first()


def sale(sale_id: UUID) -> Sale:
    """One sale. Raises `SaleUnknown`. While PostgreSQL is away, as it was when last seen: what changes of a sale is in
    Redis."""
    try:
        found = sales().filter(id=sale_id).first()
    except (OperationalError, Overloaded):
        if sale_id not in _seen:
            raise
        return _seen[sale_id]
    if found is None:
        raise errors.SaleUnknown
    if len(_seen) >= SEEN_MAX:
        _seen.clear()
    _seen[sale_id] = found
    return found


def current_sale() -> Sale:
    """The hourly sale that is on. Raises `NoActiveSale`."""
    try:
        return sale(window_at(now_ms(), length_seconds=settings.SALE_SECONDS).id)
    except errors.SaleUnknown as refusal:
        raise errors.NoActiveSale from refusal


def counters(sale: Sale) -> engine.Counters:
    """How a sale stands: from Redis, or from the rows of a sale whose till is gone."""
    try:
        return engine.counters(sale_id=sale.id)
    except WarmingUp as refusal:
        if till_to_come(sale.id, refusal):
            raise
        sold = Purchase.objects.filter(sale=sale).count()
        return engine.Counters(Sale.State.CLOSED, sale.size, sold, held=0, now=now_ms(), epoch=0, seq=0)


def look(*, code: str, buyer: str) -> tuple[codes.Code, engine.Held | engine.Sold]:
    """What has become of a code. Raises `HoldUnknown` (also for somebody else's) and `HoldExpired`."""
    parts = codes.read(code)
    try:
        return parts, engine.look(sale_id=parts.sale_id, secret=parts.secret, buyer=buyer)
    except (errors.HoldUnknown, WarmingUp) as refusal:
        return parts, of_the_books(parts=parts, buyer=buyer, refusal=refusal)


def of_the_books(*, parts: codes.Code, buyer: str | None, refusal: Refusal) -> engine.Sold:
    """What PostgreSQL knows of a code that Redis does not: sold, the first answer again. Raises `HoldExpired` for a
    hold that is over, `HoldUnknown`, and `refusal` where Redis will know more in a moment."""
    bought = _purchase_of(parts, buyer)
    if bought is not None:
        return engine.Sold(
            item=bought.item,
            buyer=bought.buyer,
            slot=bought.slot,
            price=bought.price,
            at=ms(bought.purchased_at),
            currency=bought.currency,
            again=True,
        )
    if isinstance(refusal, WarmingUp) and till_to_come(parts.sale_id, refusal):
        raise refusal
    if _was_held(parts, buyer):
        raise errors.HoldExpired from refusal
    raise errors.HoldUnknown from refusal


def why_no_till(sale_id: UUID, refusal: WarmingUp) -> Refusal:
    """What it means to a buyer that Redis does not decide for a sale: no such sale, long over, or `refusal`: wait."""
    if till_to_come(sale_id, refusal):
        return refusal
    return errors.Closed() if _journal(sale_id) else errors.SaleUnknown()


def till_to_come(sale_id: UUID, refusal: WarmingUp) -> bool:
    """Whether the guardian will open the till that a script refused for; not of a sale that never was, or is let go."""
    if refusal.facts.get("why") != "missing":
        return True
    journal = _journal(sale_id)
    return journal is not None and journal.retired_at is None


def sales_with_a_till() -> list[UUID]:
    """The sales that are open in Redis."""
    topics = Journal.objects.live().filter(topic__startswith=f"{PREFIX}:", epoch__gt=0).values_list("topic", flat=True)
    return [sale_of(topic) for topic in topics]


def sales_over_since(instant: datetime) -> QuerySet[Sale]:
    """The sales that closed before an instant and still have a till."""
    return Sale.objects.filter(id__in=sales_with_a_till(), closes_at__lt=instant)


def _purchase_of(parts: codes.Code, buyer: str | None) -> Purchase | None:
    """What a code has bought, if it has, and the buyer is who they say."""
    found = Purchase.objects.filter(code=str(parts))
    return (found.filter(buyer=buyer) if buyer else found).first()


def _was_held(parts: codes.Code, buyer: str | None) -> bool:
    """Whether a code ever held something, for that buyer."""
    events = SaleEvent.objects.filter(kind=SaleEvent.Kind.HOLD, secret=parts.secret, sale=parts.sale_id)
    return (events.filter(buyer=buyer) if buyer else events).exists()


def _journal(sale_id: UUID) -> Journal | None:
    """The journal of a sale; the two are made together."""
    return Journal.objects.filter(topic=topic_of(sale_id)).first()
