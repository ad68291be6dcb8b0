"""The verbs that change a sale, in the order life uses them.

prepare_sale     make a sale and open its till, so that it can open by itself
prepare_hourly   the hourly sales of now and of the next two hours
hold_item        set an item aside
checkout         the same in whichever hourly sale is on
purchase         held becomes sold
release_hold     give it back
set_state        pause, resume, close
sweep_all        tidy up after expired holds
retire           let a finished sale's Redis keys go
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.engine import guardian
from core.engine.journal import look
from core.engine.redis import door
from core.engine.rounds import each
from core.ids import secret
from core.instants import ms, now_ms
from core.models import Journal
from core.money import Money
from core.refusals import WarmingUp
from core.telling import tells
from sales import codes, engine, errors, limits, selectors
from sales.hourly import Window, window_at
from sales.models import Sale


class HoldReceipt(NamedTuple):
    """A hold of the buyer's: `expires_ms` in ms since 1970 by the Redis clock."""

    code: str
    sale_id: UUID
    item: int
    price: Money
    expires_ms: int
    again: bool


class PurchaseReceipt(NamedTuple):
    """A purchase, the same for every repeat of it."""

    code: str
    sale_id: UUID
    item: int
    buyer: str
    price: Money
    purchased_ms: int


_sold_out_until: dict[UUID, float] = {}
_preparing = threading.Lock()


def prepare_sale(sale: Sale) -> None:
    """Store a sale with its journal, in one transaction, and open its till. Repeats change nothing.

    A till that cannot be opened now is opened by the guardian as soon as it can.
    """
    with transaction.atomic():
        Sale.objects.get_or_create(id=sale.id, defaults=_columns(sale))
        Journal.objects.get_or_create(topic=sale.topic)
    guardian.mend(sale.topic)


def prepare_hourly() -> list[UUID]:
    """Make the hourly sale that is on and those that open within two hours, where they are missing."""
    window = window_at(now_ms(), length_seconds=settings.SALE_SECONDS)
    horizon_ms = now_ms() + limits.PREPARED_AHEAD_SECONDS * 1_000
    windows = [window, window.next()]
    while windows[-1].closes_at_ms <= horizon_ms and len(windows) < limits.PREPARED_WINDOWS_MAX:
        windows.append(windows[-1].next())
    known = set(Sale.objects.filter(id__in=[w.id for w in windows]).values_list("id", flat=True))
    missing = [w for w in windows if w.id not in known]
    for w in missing:
        prepare_sale(_hourly_sale(w))
    return [w.id for w in missing]


@tells
def hold_item(*, sale_id: UUID, buyer: str, item: int | None, key: str | None = None) -> HoldReceipt:
    """Set `item` aside for a buyer until its deadline; any free one where it is None, which needs an idempotency key.

    The same buyer asking for the same item, or with the same key, gets the same hold again. Raises the refusals of
    `sales.errors`, and 503s where nothing happened or the outcome is unknown.
    """
    if item is None and key is None:
        raise errors.KeyRequired
    # Sold is final, so a process may say so by itself; a key may still have a first answer to repeat.
    if key is None and time.monotonic() < _sold_out_until.get(sale_id, 0.0):
        raise errors.SoldOutForGood(final=True)
    if door().memory_share() > limits.MEMORY_SHARE_MAX:
        raise errors.NoRoom
    try:
        hold = engine.hold(sale_id=sale_id, buyer=buyer, item=item, secret=secret(), request=key or "")
    except errors.SoldOutForGood:
        _sold_out_until[sale_id] = time.monotonic() + limits.SOLD_OUT_REMEMBERED_SECONDS
        raise
    except WarmingUp as refusal:
        raise selectors.why_no_till(sale_id, refusal) from refusal
    return HoldReceipt(
        code=codes.write(sale_id=sale_id, secret=hold.secret),
        sale_id=sale_id,
        item=hold.item,
        price=Money(hold.price, hold.currency),
        expires_ms=hold.deadline,
        again=hold.again,
    )


def checkout(*, buyer: str, item: int) -> HoldReceipt:
    """Hold an item of the hourly sale that is on by the Redis clock. The first request makes it if no worker did."""
    window = window_at(now_ms(), length_seconds=settings.SALE_SECONDS)
    for _ in range(limits.CHECKOUT_TRIES):
        try:
            return hold_item(sale_id=window.id, buyer=buyer, item=item)
        except errors.SaleUnknown:
            _prepare_now(window)
        except errors.OutsideWindow as refusal:
            # Our clock and the server's are on different sides of the full hour: the server's counts.
            if refusal.server_ms is None:
                raise
            theirs = window_at(refusal.server_ms, length_seconds=settings.SALE_SECONDS)
            if theirs == window:
                raise
            window = theirs
    raise WarmingUp


@tells
def purchase(*, code: str, buyer: str | None) -> PurchaseReceipt:
    """Turn a hold into a purchase; a repeat gets the first answer. `buyer` None: the code alone is the authority.

    Raises `HoldUnknown` for a code that is unknown, malformed or somebody else's, and `HoldExpired`.
    """
    parts = codes.read(code)
    try:
        sold = engine.purchase(sale_id=parts.sale_id, secret=parts.secret, buyer=buyer)
    except (errors.HoldUnknown, WarmingUp) as refusal:
        sold = selectors.of_the_books(parts=parts, buyer=buyer, refusal=refusal)
    return PurchaseReceipt(
        code, parts.sale_id, sold.item, sold.buyer, Money(sold.price, sold.currency), purchased_ms=sold.at
    )


@tells
def release_hold(*, code: str, buyer: str | None) -> None:
    """Give a hold back; the item is free at once. What is given back or expired already stays so."""
    parts = codes.read(code)
    try:
        engine.release(sale_id=parts.sale_id, secret=parts.secret, buyer=buyer)
    except (errors.HoldUnknown, WarmingUp) as refusal:
        with suppress(errors.HoldExpired):  # given back, or expired, already
            selectors.of_the_books(parts=parts, buyer=buyer, refusal=refusal)
            raise errors.HoldSold from refusal


@tells
def set_state(*, sale_id: UUID, state: Sale.State, reason: str) -> bool:
    """Pause, resume or close a sale, in Redis first; the books follow. Returns whether this call changed it."""
    return engine.set_state(sale_id=sale_id, state=state, reason=reason)


def sweep_all() -> int:
    """Tidy up after expired holds in every sale that may have some. Returns how many."""
    swept = 0
    for sale_id in selectors.sales_with_a_till():
        with suppress(WarmingUp):  # the guardian is at this one; the next run sweeps it
            swept += engine.sweep(sale_id=sale_id)
    return swept


def retire() -> list[str]:
    """Let the Redis keys go of sales that are over, have no live hold, and are recorded to the head."""
    over = timezone.now() - timedelta(seconds=limits.RETIRE_AFTER_SECONDS)
    return [sale.topic for sale in each(selectors.sales_over_since(over), _retire)]


def _retire(sale: Sale) -> bool:
    with transaction.atomic():
        journal = Journal.objects.locked(sale.topic)
        if journal is None or journal.retired_at:
            return False
        counters = engine.counters(sale_id=sale.id)
        if counters.held or counters.now < ms(sale.closes_at):
            return False
        if look([sale.topic])[0].head != journal.recorded_seq:
            return False
        Journal.objects.filter(topic=journal.topic, epoch=journal.epoch).update(retired_at=timezone.now())
        # Before the commit: should that fail, the guardian finds the till missing and rebuilds it.
        engine.forget(sale_id=sale.id)
    return True


def _prepare_now(window: Window) -> None:
    """Make a sale that no worker has made; one thread does it, the others say that it is coming."""
    if not _preparing.acquire(blocking=False):
        raise WarmingUp
    try:
        prepare_sale(_hourly_sale(window))
    finally:
        _preparing.release()


def _hourly_sale(window: Window) -> Sale:
    return Sale(
        id=window.id,
        series=window.series,
        name=f"The {window.opens_at:%H:%M} sale, {window.opens_at:%-d %B %Y}",
        state=Sale.State.OPEN,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        size=settings.SALE_ITEMS,
        buyer_limit=settings.SALE_BUYER_LIMIT,
        hold_seconds=settings.SALE_HOLD_SECONDS,
        price=limits.HOURLY_PRICE_MINOR,
        currency=limits.HOURLY_CURRENCY,
    )


def _columns(sale: Sale) -> dict[str, object]:
    return {f.attname: getattr(sale, f.attname) for f in Sale._meta.concrete_fields if not f.primary_key}
