"""CORS: which other sites' scripts may read our answers. An allow list, `*` by default, never with credentials."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

EXPOSED = "X-Request-ID, Retry-After"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = "authorization, content-type, idempotency-key, x-request-id"
PREFLIGHT_SECONDS = "600"


def is_preflight(request: HttpRequest) -> bool:
    """True where a browser asks whether it may send the real request."""
    return request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META


def preflight() -> HttpResponse:
    """What may be sent. `allow_origin` adds to whom it is said."""
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = HEADERS
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def allow_origin(response: HttpResponseBase, origin: str) -> None:
    """Adds the header where the origin is on the list; pages are never shared."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        return
    allowed = settings.CORS_ALLOWED_ORIGINS
    if "*" in allowed:
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif origin in allowed:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Vary"] = "Origin"
    else:
        return
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
