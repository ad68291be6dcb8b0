"""The WSGI handler: Django's, but a finished answer leaves as one piece, and hot paths take the short way.

granian sends a list of bytes at once and frees the thread. Any other iterable it pulls chunk by chunk through a
channel of one, so a client that does not read its answer would hold the thread (and it is slower).

The short way is for a `LeanView` that says `hot = True` and whose address is one literal text: the edge, then the view.
No resolver, no other middleware (sessions, forms, static files), no request signals: together as dear as the decision.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from core.http.edge import EdgeMiddleware

View = Callable[..., HttpResponseBase]


class Door(WSGIHandler):
    """Django's handler; streaming answers stay streams."""

    def __init__(self) -> None:
        super().__init__()
        self.hot = {f"/{path}": view for path, view in _literal(get_resolver().url_patterns) if _is_hot(view)}
        self.short_way = EdgeMiddleware(self._view, hot=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # type: ignore[override]
        """One request."""
        if environ["PATH_INFO"] in self.hot:
            return self._hot(environ, start_response)
        response: Any = super().__call__(environ, start_response)
        if response.streaming or hasattr(response, "file_to_stream"):
            return cast("Iterable[bytes]", response)
        content: bytes = response.content
        response.close()  # tells Django that the request is over, so it gives its connection back
        return [content]

    def _hot(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            response: Any = self.short_way(WSGIRequest(environ))
        finally:
            # What the end of a request does elsewhere; only few hot requests have asked PostgreSQL.
            if connection.connection is not None:
                connection.close_if_unusable_or_obsolete()
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return [response.content]

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        return self.hot[request.path_info](request)


def get_application() -> Door:
    """Sets Django up and gives its door."""
    django.setup(set_prefix=False)
    return Door()


def _literal(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[tuple[str, View]]:
    """The addresses that have no part to be filled in, with their views."""
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern) or pattern.pattern.converters:
            continue
        route = str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from ((route + rest, view) for rest, view in _literal(pattern.url_patterns))


def _is_hot(view: View) -> bool:
    return getattr(getattr(view, "view_class", None), "hot", False)
