"""The product's API of sales, under `/api/v1`. Until accounts exist, the buyer is a sent `user_id` (seed rules)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from msgspec import Meta

from core.http.fields import Id
from core.http.keys import idempotency_key
from core.http.lean import LeanView, answer, nothing
from core.http.strict import Request
from core.instants import now_ms
from sales import limits, selectors, services, shapes
from sales.buyers import demo_buyer

SALES_A_PAGE = 50

Item = Annotated[int, Meta(ge=1, le=limits.ITEMS_MAX)]
CodeText = Annotated[str, Meta(min_length=1, max_length=100)]


class HoldRequest(Request, frozen=True):
    """Hold one item; without `item`, any that is free."""

    user_id: Id
    item: Item | None = None


class PurchaseRequest(Request, frozen=True):
    """Buy what a code holds."""

    user_id: Id
    code: CodeText


class Sales(LeanView):
    """`GET /api/v1/sales`: the newest sales."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.query()
        return answer({"items": [shapes.sale_out(sale, at_ms=now_ms()) for sale in selectors.sales()[:SALES_A_PAGE]]})


class CurrentSale(LeanView):
    """`GET /api/v1/sales/current`: the hourly sale that is on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.query()
        sale = selectors.current_sale()
        return answer(shapes.sale_and_counters_out(sale, selectors.counters(sale)))


class OneSale(LeanView):
    """`GET /api/v1/sales/{id}`: a sale and how it stands."""

    def get(self, request: HttpRequest, sale_id: UUID) -> HttpResponse:
        self.query()
        sale = selectors.sale(sale_id)
        return answer(shapes.sale_and_counters_out(sale, selectors.counters(sale)))


class Holds(LeanView):
    """`POST /api/v1/sales/{id}/holds`: 201 for a new hold, 200 for the same one again."""

    def post(self, request: HttpRequest, sale_id: UUID) -> HttpResponse:
        wish = self.body(HoldRequest)
        hold = services.hold_item(
            sale_id=sale_id, buyer=demo_buyer(wish.user_id), item=wish.item, key=idempotency_key(request)
        )
        return answer(shapes.hold_out(hold), status=200 if hold.again else 201)


class OneHold(LeanView):
    """`GET`, `DELETE /api/v1/holds/{code}?user_id=`: look at a hold, or give it back."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        parts, found = selectors.look(code=code, buyer=demo_buyer(self.query("user_id").get("user_id")))
        return answer(shapes.look_out(code=code, sale_id=parts.sale_id, found=found))

    def delete(self, request: HttpRequest, code: str) -> HttpResponse:
        services.release_hold(code=code, buyer=demo_buyer(self.query("user_id").get("user_id")))
        return nothing()


class Purchases(LeanView):
    """`POST /api/v1/purchases`: held becomes sold; a repeat gets the same answer."""

    hot = True

    def post(self, request: HttpRequest) -> HttpResponse:
        wish = self.body(PurchaseRequest)
        return answer(shapes.purchase_out(services.purchase(code=wish.code, buyer=demo_buyer(wish.user_id))))
