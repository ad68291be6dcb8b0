"""The ceilings under granian: Django's own handler, and under `/door/` the project's, for the stricter ceiling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

plain = get_wsgi_application()

from core.http.door import get_application  # noqa: E402 - needs Django set up

door = get_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """One request."""
    return (door if environ["PATH_INFO"].startswith("/door/") else plain)(environ, start_response)
