"""The view of the hot paths: Django REST framework's `APIView` without what a hot path does not need.

No content negotiation, parsers, authenticators, throttles or renderers run; the handler gets Django's own request.

    class Holds(LeanView):
        def post(self, request, sale_id):
            wish = self.body(HoldRequest)                      # strict msgspec, or a refusal that names the field
            return answer(hold_item(sale=sale_id, item=wish.item), status=201)

Any refusal raised inside becomes problem+json; seed paths override `refuse` to give their own shape.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from core.http.failures import outcome
from core.http.problems import dress, problem
from core.http.strict import by_field, decode
from core.refusals import MethodNotAllowed, Refusal, UnsupportedMediaType

T = TypeVar("T")

_METHODS = ("get", "head", "post", "put", "patch", "delete")
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")


class LeanView(APIView):
    """Base of the hot views: one handler a method; `self.body(Type)` and `self.query(name, …)` in, `answer(…)` out."""

    request: HttpRequest  # type: ignore[assignment]
    handlers: ClassVar[dict[str, str]] = {}
    hot: ClassVar[bool] = False  # True: its requests take the short way of `core.http.door`

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found = {name.upper(): name for name in _METHODS if callable(getattr(cls, name, None))}
        if "GET" in found:
            found.setdefault("HEAD", "get")
        cls.handlers = found

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Calls the method's handler; every exception becomes an answer here."""
        try:
            name = self.handlers.get(request.method or "")
            if name is None:
                return self._not_allowed()
            handler: Callable[..., HttpResponseBase] = getattr(self, name)
            return handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 -- the edge: nothing may pass it unanswered
            return self.handle_exception(error)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """DRF's hook, answering by `refuse`."""
        refusal = outcome(self.request, exc)
        response = self.refuse(refusal)
        dress(response, refusal)
        return response

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The answer to a refusal; a seed path overrides this to give the seed's shape, with the same status."""
        return problem(self.request, refusal)

    def body(self, kind: type[T]) -> T:
        """The JSON body as `kind`; raises a refusal that names what is wrong."""
        meta = self.request.META
        if meta.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType("Send the body without Content-Encoding.")
        if meta.get("CONTENT_TYPE", "").lower() not in _JSON_TYPES:
            raise UnsupportedMediaType
        return decode(self.request.body, kind)

    def query(self, *names: str) -> dict[str, str]:
        """The fields of the query that were sent, of those named. Refuses one that is unknown or sent twice, since a
        client that asks for what we do not do would otherwise believe that it got it."""
        fields: dict[str, str] = {}
        for name, values in self.request.GET.lists():
            if name not in names:
                raise by_field(name or "query", "this address does not know that field")
            if len(values) > 1:
                raise by_field(name, "send it once")
            fields[name] = values[0]
        return fields

    def _not_allowed(self) -> HttpResponse:
        response = self.handle_exception(MethodNotAllowed())
        response.headers["Allow"] = ", ".join(self.handlers)
        return response


def answer(value: Any, *, status: int = 200) -> HttpResponse:
    """The value as JSON: a dict, a list, or a msgspec Struct."""
    raw = (
        msgspec.json.encode(value)
        if isinstance(value, msgspec.Struct)
        else orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    )
    response = HttpResponse(raw, content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def nothing() -> HttpResponse:
    """204: done, and there is nothing to say; so no type of content either, and no page's headers."""
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return msgspec.to_builtins(value)
