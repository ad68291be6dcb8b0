"""Reading a request's body, bounded."""

from django.http import HttpRequest

from core.http.strict import BODY_BYTES_MAX
from core.refusals import PayloadTooLarge


def read_body(request: HttpRequest) -> bytes:
    """The whole body; raises PayloadTooLarge."""
    body = request.body
    if len(body) > BODY_BYTES_MAX:
        raise PayloadTooLarge
    return body
