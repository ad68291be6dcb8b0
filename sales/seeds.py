"""The seed paths of the flash sales (S1, S4), in the seeds' own shapes: `/checkout`, `/purchase`, `/sales/active`.

They take their fields from the query, a form or JSON, and answer failures as `{"status": "failed", "message": …}`.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse

from core.http.lean import LeanView, answer
from core.http.strict import parse
from core.instants import iso, ms
from core.money import Money
from core.refusals import Malformed, Refusal, UnsupportedMediaType, Validation
from sales import errors, limits, selectors, services
from sales.buyers import demo_buyer

_FORM = "application/x-www-form-urlencoded"
_ITEM_DIGITS_MAX = len(str(limits.ITEMS_MAX))


class SeedView(LeanView):
    """A path with S4's failure shape."""

    def refuse(self, refusal: Refusal) -> HttpResponse:
        body = {"status": "failed", "message": refusal.detail, "code": refusal.code}
        return answer(body, status=refusal.status)

    def fields(self, *names: str) -> dict[str, str]:
        """The named fields, each at most once. Raises `Validation` for a field that is unknown or said twice."""
        pairs = [*_query(self.request), *_body(self.request)]
        fields = dict(pairs)
        for name in fields:
            if name not in names:
                raise Validation(f"{name}: this path does not know that field.")
        if len(fields) < len(pairs):
            raise Validation("A field is given twice.")
        return fields


class Checkout(SeedView):
    """`POST /checkout?user_id=&id=`: hold item `id`, 1…size, of the sale that is on."""

    hot = True

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = self.fields("user_id", "id")
        hold = services.checkout(buyer=demo_buyer(fields.get("user_id")), item=_item(fields.get("id")))
        return answer({"code": hold.code})


class Purchase(SeedView):
    """`POST /purchase?code=`: buy what the code holds; a repeat gets the same answer."""

    hot = True

    def post(self, request: HttpRequest) -> HttpResponse:
        code = self.fields("code").get("code")
        if not code:
            raise Validation("code: send the code that the checkout gave you.")
        receipt = services.purchase(code=code, buyer=None)
        return answer({"status": "success", "message": "Item purchased successfully", "item_id": receipt.item})


class ActiveSale(SeedView):
    """`GET /sales/active`: the sale that is on, with its counters."""

    def get(self, request: HttpRequest) -> HttpResponse:
        sale = selectors.current_sale()
        counters = selectors.counters(sale)
        money = Money(sale.price, sale.currency)
        return answer(
            {
                "id": str(sale.id),
                "name": sale.name,
                "status": "active",
                "start_time": iso(ms(sale.opens_at)),
                "end_time": iso(ms(sale.closes_at)),
                "total_items": sale.size,
                "items_sold": counters.sold,
                "items_held": counters.held,
                "items_left": counters.free,
                "price": float(money.decimal),
                "currency": sale.currency,
                "limit_per_user": sale.buyer_limit,
            }
        )


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    text = request.META.get("QUERY_STRING", "")
    return _pairs(text) if text else []


def _body(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields of a form or of a JSON object; none where there is no body."""
    raw = request.body
    if not raw:
        return []
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        return _pairs(raw.decode("latin-1"))
    if kind != "application/json":
        raise UnsupportedMediaType(f"Send the fields in the query, as {_FORM} or as application/json.")
    tree = parse(raw)
    if not isinstance(tree, dict):
        raise Malformed("Send a JSON object: { … }.")
    return [(name, _text(name, value)) for name, value in tree.items()]


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Validation(f"{name}: send a text or a whole number.")


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError as error:
        raise Malformed("The fields could not be read.") from error


def _item(text: str | None) -> int:
    """The number of an item. Only ASCII digits count, and no sign, space or leading zero."""
    if text is None or not (text.isascii() and text.isdigit()) or text[0] == "0":
        raise Validation("id: send the number of an item, from 1 up.")
    if len(text) > _ITEM_DIGITS_MAX:
        raise errors.ItemUnknown
    return int(text)
