"""What an exception becomes at the edge: a refusal for the client, one line for us.

`outcome(request, error)` is called once for each exception that reaches a view's edge. An honest no passes silently; a
store that is away is one warning; anything else is one error line with its traceback, its notes (`told`) and its cause.
"""

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from core.http.problems import as_refusal
from core.postgres.breaker import Away
from core.refusals import Busy, Refusal, Unavailable

log = structlog.get_logger("stampede.http")

_TRANSACTION_ENDED = "25P"  # PostgreSQL has ended a transaction that was idle for too long, or is in a failed one
_LOST_A_RACE = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock time-out


class Broken(Refusal):
    """We failed. The request id finds the line that says how."""

    code, status = "internal_error", 500
    detail = "Something broke on our side. Tell us the request_id and we can find out what."


def outcome(request: HttpRequest, error: Exception) -> Refusal:
    """The refusal to answer with; logs what is not the client's doing."""
    if refusal := as_refusal(error):
        return refusal
    place = {"method": request.method, "path": request.path}
    if isinstance(error, OperationalError | InterfaceError) or sqlstate(error).startswith(_TRANSACTION_ENDED):
        if sqlstate(error) in _LOST_A_RACE:
            log.warning("lost a race in PostgreSQL", error=str(error).strip(), **place)
            return Busy()
        if not isinstance(error.__cause__, Away):  # the breaker's thousands follow from the one that tripped it
            log.warning("PostgreSQL is away", error=str(error).strip(), **place)
        return Unavailable()
    log.error("request failed", exc_info=error, notes=list(getattr(error, "__notes__", ())), **place)
    return Broken()


def sqlstate(error: Exception) -> str:
    """PostgreSQL's five-letter code of the error, or an empty text where the server never spoke."""
    return getattr(error.__cause__, "sqlstate", None) or ""
