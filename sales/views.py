"""The pages of the sales: for now one, which says how a sale stands; and the pictures of its items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from core.instants import ms, now_ms
from core.money import Money
from core.refusals import Unready
from sales import errors, items, limits, selectors
from sales.hourly import window_at
from sales.models import Sale
from sales.states import State, state_of

EXAMPLE_ITEM = 1_001
"""The item of the seed's printed call."""

PICTURE_SECONDS = 365 * 86_400
"""How long a browser may keep a picture."""


@require_safe
@never_cache
def current_sale(request: HttpRequest) -> HttpResponse:
    """The hourly sale that is on."""
    return _page(request, selectors.current_sale())


@require_safe
@never_cache
def one_sale(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """One sale."""
    return _page(request, selectors.sale(sale_id))


@require_safe
@cache_control(public=True, immutable=True, max_age=PICTURE_SECONDS)
def picture(request: HttpRequest, sale_id: UUID, number: int) -> HttpResponse:
    """The picture of an item: drawn from its sale and number, so it never changes and touches no store."""
    if not 1 <= number <= limits.ITEMS_MAX:
        raise errors.ItemUnknown
    return HttpResponse(items.picture_of(sale_id=sale_id, number=number), content_type="image/svg+xml")


def _page(request: HttpRequest, sale: Sale) -> HttpResponse:
    context: dict[str, Any] = {
        "sale": sale,
        "price": Money(sale.price, sale.currency),
        "hold_minutes": sale.hold_seconds // 60,
    }
    try:
        counters = selectors.counters(sale)
    except Unready as refusal:
        # The facts of the sale are still true while its till is being compared with the books.
        return render(request, "sales/sale.html", context | {"state": State("waiting", "One moment", refusal.detail)})
    state = state_of(
        state=counters.state,
        now_ms=counters.now,
        opens_ms=ms(sale.opens_at),
        closes_ms=ms(sale.closes_at),
        size=counters.size,
        free=counters.free,
        sold=counters.sold,
    )
    context |= {"counters": counters, "state": state, **_terminal(request, sale)}
    return render(request, "sales/sale.html", context)


def _terminal(request: HttpRequest, sale: Sale) -> dict[str, Any]:
    """What the page says to buyers at a terminal: only where those two lines buy something of this very sale."""
    is_current = sale.id == window_at(now_ms(), length_seconds=settings.SALE_SECONDS).id
    if not (settings.TRUST_USER_ID and is_current):
        return {}
    return {"origin": f"{request.scheme}://{request.get_host()}", "example": min(EXAMPLE_ITEM, sale.size)}
