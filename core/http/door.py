"""The WSGI handler: Django's, but a finished answer leaves as one piece.

granian sends a list of bytes at once and frees the thread. Any other iterable it pulls chunk by chunk through a
channel of one, so a client that does not read its answer would hold the thread (and it is slower).
"""

from collections.abc import Iterable
from typing import Any, cast

import django
from django.core.handlers.wsgi import WSGIHandler


class Door(WSGIHandler):
    """Django's handler; streaming answers stay streams."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # type: ignore[override]
        """One request."""
        response: Any = super().__call__(environ, start_response)
        if response.streaming or hasattr(response, "file_to_stream"):
            return cast("Iterable[bytes]", response)
        content: bytes = response.content
        response.close()  # tells Django that the request is over, so it gives its connection back
        return [content]


def get_application() -> Door:
    """Sets Django up and gives its door."""
    django.setup(set_prefix=False)
    return Door()
