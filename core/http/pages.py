"""Refusals as whoever asked can read them: a person a page, a program problem+json."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.http.failures import Broken, outcome
from core.http.problems import dress, members, problem
from core.refusals import Forbidden, Malformed, NotFound, Refusal

ERROR_TEMPLATE = "error.html"
_PROGRAMS = ("/api/", "/health")


def wants_page(request: HttpRequest) -> bool:
    """True for a browser's navigation: it names text/html itself, and the address is not one for programs."""
    return "text/html" in request.META.get("HTTP_ACCEPT", "") and not request.path.startswith(_PROGRAMS)


def refuse_as_asked(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a page or as problem+json."""
    if not wants_page(request):
        return problem(request, refusal)
    response = HttpResponse(render_to_string(ERROR_TEMPLATE, members(request, refusal)), status=refusal.status)
    dress(response, refusal)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return refuse_as_asked(request, Malformed())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return refuse_as_asked(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: no address fits."""
    return refuse_as_asked(request, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500: something outside of a view failed; Django calls it while the exception is in hand."""
    error = sys.exc_info()[1]
    return refuse_as_asked(request, outcome(request, error) if isinstance(error, Exception) else Broken())
