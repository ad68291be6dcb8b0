"""Refusals and failures as problem+json (RFC 9457).

`problem(request, refusal)` is the answer to a refusal; `as_refusal(error)` says which refusal an exception means, or
`Broken` where it means none. Nothing here logs; `core.http.failures` does.
"""

from typing import Any

import orjson
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError

from core.refusals import Forbidden, Malformed, NotFound, PayloadTooLarge, Refusal, WrongHost

PROBLEM_TYPE = "application/problem+json"


def problem(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as problem+json, with `Retry-After` where waiting helps."""
    response = HttpResponse(orjson.dumps(members(request, refusal), default=str), PROBLEM_TYPE, refusal.status)
    dress(response, refusal)
    return response


def dress(response: HttpResponse, refusal: Refusal) -> None:
    """The headers that a refusal brings along, whatever shape its body has."""
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # by us or not at all; Django would log each 4xx
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)


def members(request: HttpRequest, refusal: Refusal) -> dict[str, Any]:
    """The members of the problem: the refusal's facts first, so that they can never hide a standard one."""
    body: dict[str, Any] = {
        **refusal.facts,
        "type": f"urn:stampede:problem:{refusal.code}",
        "title": type(refusal).detail,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": getattr(request, "request_id", ""),
    }
    if refusal.retry_after is not None:
        body["retry_after"] = refusal.retry_after
    return body


_MEANT: tuple[tuple[type[Exception], type[Refusal]], ...] = (
    (Http404, NotFound),
    (PermissionDenied, Forbidden),
    (RequestDataTooBig, PayloadTooLarge),
    (DisallowedHost, WrongHost),
    (SuspiciousOperation, Malformed),
    (BadRequest, Malformed),
    (UnreadablePostError, Malformed),
)


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that Django's own exceptions mean; None where the error is a failure of ours."""
    if isinstance(error, Refusal):
        return error
    return next((refusal() for kind, refusal in _MEANT if isinstance(error, kind)), None)
