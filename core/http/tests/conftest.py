"""A small site of our own: each kind of view, each kind of failure."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from core.http.fields import Id
from core.http.lean import LeanView, answer, nothing
from core.http.strict import Request
from core.refusals import NotFound, Overloaded, Refusal
from core.telling import told


class Wish(Request, frozen=True):
    name: Id


class SoldOut(Refusal):
    code = "sold_out"
    detail = "All items are taken."


class Lean(LeanView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer({"ok": True})

    def post(self, request: HttpRequest) -> HttpResponse:
        return answer({"name": self.body(Wish).name}, status=201)


class Gone(LeanView):
    def delete(self, request: HttpRequest) -> HttpResponse:
        return nothing()


class Asked(LeanView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(self.query("user_id", "cursor"))


class Failing(LeanView):
    errors: dict[str, Exception] = {  # noqa: RUF012
        "refusal": SoldOut("None left.", held=3, status=999),
        "overloaded": Overloaded(),
        "postgres": OperationalError("connection refused"),
        "bug": ValueError("a bug"),
        "missing": Http404("secret"),
        "denied": PermissionDenied("secret"),
    }

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        with told("purchase", code="42.aaaaaaaaaaaaaaaaaaaaaa", buyer="demo:7"):
            raise self.errors[kind]


class SeedFailing(Failing):
    def refuse(self, refusal: Refusal) -> HttpResponse:
        return answer({"status": "failed", "message": refusal.detail}, status=refusal.status)


def plain(request: HttpRequest, kind: str = "") -> HttpResponse:
    if kind == "refusal":
        raise NotFound("No such lot.")
    if kind:
        raise Failing.errors[kind]
    return HttpResponse("<p>A page", headers={"Allow": "GET"}) if request.method == "GET" else HttpResponse(status=204)


urlpatterns = [
    path("lean", Lean.as_view()),
    path("gone", Gone.as_view()),
    path("asked", Asked.as_view()),
    path("failing/<kind>", Failing.as_view()),
    path("seed/<kind>", SeedFailing.as_view()),
    path("plain", plain),
    path("plain/<kind>", plain),
    path("", include("core.http.urls")),
]
handler404 = "core.http.pages.not_found"
handler500 = "core.http.pages.broken"


@pytest.fixture
def site(settings: Any) -> Client:
    """A client of that site; what a view raises becomes an answer, as in earnest."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False, HTTP_HOST="localhost")
