"""Refusals: an expected, honest no, with a stable `code`, an HTTP status, and the sentence that a person reads.

A trade subclasses `Refusal` in its own `errors.py`; the HTTP room turns each into problem+json.
"""

from typing import Any


class Refusal(Exception):
    """An honest no. `code` is stable, `detail` is the sentence a person reads, `facts` are extra members."""

    code = "refused"
    status = 409
    detail = "This cannot be done now."
    retry_after: int | None = None

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        self.detail = detail or type(self).detail
        self.facts = facts
        super().__init__(self.detail)


class Malformed(Refusal):
    code, status = "malformed", 400
    detail = "The request could not be read."


class WrongHost(Malformed):
    """The operator's first mistake: asked under a name that is not in ALLOWED_HOSTS."""

    detail = "This server does not answer to that host name. Its operator adds it to ALLOWED_HOSTS."


class Validation(Refusal):
    code, status = "validation", 422
    detail = "A field is missing or has a value that is not allowed."


class Unauthenticated(Refusal):
    code, status = "unauthenticated", 401
    detail = "Sign in first."


class Forbidden(Refusal):
    code, status = "forbidden", 403
    detail = "You may not do this."


class NotFound(Refusal):
    code, status = "not_found", 404
    detail = "There is nothing here under this name."


class MethodNotAllowed(Refusal):
    code, status = "method_not_allowed", 405
    detail = "This address does not know that method."


class PayloadTooLarge(Refusal):
    code, status = "payload_too_large", 413
    detail = "The body is larger than 64 KiB."


class UnsupportedMediaType(Refusal):
    code, status = "unsupported_media_type", 415
    detail = "Send the body as application/json."


class Unready(Refusal):
    """Base of the 503s: nothing happened (but for OutcomeUnknown); ask again after `retry_after` seconds."""

    code, status, retry_after = "unavailable", 503, 1
    detail = "A part of the system is away. Nothing happened; try again in a moment."


class Unavailable(Unready):
    """A store is away or refused to write. Nothing happened."""


class WarmingUp(Unready):
    code = "warming_up"
    detail = "The store has just restarted and is being compared with the books. Nothing happened; try again."


class Overloaded(Unready):
    code = "overloaded"
    detail = "Too many requests at once. Nothing happened; try again in a moment."


class Busy(Unready):
    code = "busy"
    detail = "Somebody else is changing this just now. Nothing happened; try again."


class RecorderBehind(Unready):
    code, retry_after = "recorder_behind", 5
    detail = "The books are behind the till. Nothing happened; try again in a few seconds."


class OutcomeUnknown(Unready):
    code = "outcome_unknown"
    detail = "The answer was lost; perhaps it happened. Send the same request again: it never happens twice."


class RateLimited(Refusal):
    code, status, retry_after = "rate_limited", 429, 1
    detail = "Too many requests from you. Wait a moment."


class RequestTimeout(Refusal):
    code, status = "request_timeout", 408
    detail = "The body did not arrive in time. Nothing happened."
