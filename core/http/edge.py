"""The edge: the one middleware that every request passes, in and out.

In: a request id (the client's, where it is sane), the Host, the body under its bounds (`core.http.bodies`), CORS
preflight. Out: the id as a header, safety headers, every failure as problem+json or, for a page, as a page; one
access line for what is slow, failed, refused or a page. It is one middleware because each costs the hot paths;
sessions and forms belong to the pages.
"""

import re
from collections.abc import Callable
from itertools import count
from secrets import token_hex
from time import monotonic, perf_counter

import structlog
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from core.http.bodies import take_body
from core.http.cors import allow_origin, is_preflight, preflight
from core.http.failures import outcome
from core.http.pages import refuse_as_asked, wants_page
from core.refusals import MethodNotAllowed
from core.telling import request_id

log = structlog.get_logger("stampede.access")

SLOW_SECONDS = 0.5
WARNINGS_A_SECOND_MAX = 20
REFUSALS_A_SECOND_MAX = 20
_SANE_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}\Z")
_HOSTS_REMEMBERED_MAX = 64
_NOT_OF_A_HOST = re.compile(r"[^A-Za-z0-9.:_\[\]-]")
_HOST_SHOWN_MAX = 100

# Made ids only have to differ, so each process draws once and counts on.
_process = token_hex(4)
_number = count(1)

PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class Sparse:
    """Lets so many lines a second through: thousands of equal 503 would cost more than the answers themselves."""

    def __init__(self, lines_max: int) -> None:
        self.lines_max = lines_max
        self.second = 0
        self.lines = 0

    def may_speak(self) -> bool:
        """Unlocked: two threads at once may let a line too many through, or one too few."""
        second = int(monotonic())
        if second != self.second:
            if self.lines > self.lines_max:
                log.warning("more failed, slow or refused requests than lines", unwritten=self.lines - self.lines_max)
            self.second, self.lines = second, 0
        self.lines += 1
        return self.lines <= self.lines_max


warnings = Sparse(WARNINGS_A_SECOND_MAX)
refusals = Sparse(REFUSALS_A_SECOND_MAX)


class EdgeMiddleware:
    """Outermost; see the module. `hot`: of the door's short way, where a refusal writes no line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase], *, hot: bool = False) -> None:
        self.get_response = get_response
        self.hot = hot
        self.known_hosts: set[str] = set()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """One request."""
        start = perf_counter()
        meta = request.META
        given = meta.get("HTTP_X_REQUEST_ID")
        one = given if given and _SANE_ID.match(given) else f"{_process}{next(_number):08x}"
        request.request_id = one  # type: ignore[attr-defined]
        request_id.set(one)
        try:
            self._check_host(request)
            take_body(request)
            response = preflight() if is_preflight(request) else self.get_response(request)
        except Exception as error:  # noqa: BLE001 -- the edge: nothing may pass it unanswered
            response = refuse_as_asked(request, outcome(request, error))
        response = _presentable(request, response)
        response.headers["X-Request-ID"] = one
        if origin := meta.get("HTTP_ORIGIN"):
            allow_origin(response, origin)
        _note(request, response, perf_counter() - start, hot=self.hot)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase:
        """What a view let pass. (Lean views let nothing pass.)"""
        return refuse_as_asked(request, outcome(request, exception))

    def _check_host(self, request: HttpRequest) -> None:
        host = request.META.get("HTTP_HOST", "")
        if host not in self.known_hosts:
            try:
                request.get_host()
            except DisallowedHost:
                if warnings.may_speak():
                    shown = _NOT_OF_A_HOST.sub("?", host[:_HOST_SHOWN_MAX])
                    log.warning("a host that is not in ALLOWED_HOSTS", host=shown)
                raise
            if len(self.known_hosts) < _HOSTS_REMEMBERED_MAX:
                self.known_hosts.add(host)


def _presentable(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Django's own bare 405 gets our form; every answer gets the headers that keep it safe."""
    if isinstance(response, HttpResponseNotAllowed):
        allowed = response.headers["Allow"]
        response = refuse_as_asked(request, MethodNotAllowed())
        response.headers["Allow"] = allowed
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if headers.get("Content-Type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float, *, hot: bool) -> None:
    """The access line: failures and slow answers as warnings, pages and refusals as info, the rest only when debugging.

    A refused client may quote its request id, so there is a line to find by it. A 409 has none: it is the daily
    business of a crowd. Nor has a hot path, where a line would cost more than the answer.
    """
    status = response.status_code
    if status >= 500 or seconds > SLOW_SECONDS:
        if not warnings.may_speak():
            return
        write = log.warning
    elif wants_page(request):
        write = log.info
    elif status >= 400 and status != 409 and not hot:
        if not refusals.may_speak():
            return
        write = log.info
    elif log.isEnabledFor(10):
        write = log.debug
    else:
        return
    write("request", method=request.method, path=request.get_full_path(), status=status, ms=round(seconds * 1_000, 1))
