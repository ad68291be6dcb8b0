"""The `Idempotency-Key` header: a client's own name for one intention, so that a repeat gets the first answer."""

import re

from django.http import HttpRequest

from core.http.fields import KEY_PATTERN
from core.refusals import Validation

_KEY = re.compile(KEY_PATTERN)


def idempotency_key(request: HttpRequest) -> str | None:
    """The key that the client sent, or None. Raises `Validation` for one that is empty, too long or not ASCII."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and _KEY.match(key) is None:
        raise Validation("Idempotency-Key: send 1 to 255 printable ASCII characters without spaces.")
    return key
