"""Health: alive, and ready.

    /health         the seeds' shapes at once (S2: timestamp, features; S3: time); touches no store
    /health/live    this process answers
    /health/ready   every registered check passes; 503 names the one that does not

A room registers its check when it starts: `register_check("recorder", recorder_lag)`. A check returns facts to show, or
raises, which means red. `Overloaded` does not: a busy process is in order.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.http.failures import outcome
from core.http.lean import LeanView, answer
from core.refusals import Overloaded, Unavailable

Check = Callable[[], dict[str, Any]]

SERVICE = "stampede"
FEATURES = ("concurrent_booking", "ticket_locks", "load_balanced_queues")
CACHED_SECONDS = 1.0


class Checks:
    """The registered checks, and their last answer."""

    def __init__(self) -> None:
        self.registered: dict[str, Check] = {}
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._facts: dict[str, Any] = {}

    def facts(self, request: HttpRequest) -> dict[str, Any]:
        """Asked at most once a second, by one thread at a time; meanwhile the others get the last answer."""
        asked = self._asked_at
        fresh = asked is not None and monotonic() - asked < CACHED_SECONDS
        if fresh or not self._lock.acquire(blocking=asked is None):
            return self._facts
        try:
            self._facts = {name: _run(request, check) for name, check in self.registered.items()}
            self._asked_at = monotonic()
        finally:
            self._lock.release()
        return self._facts


checks = Checks()


def register_check(name: str, check: Check) -> None:
    """Adds a check to `/health/ready`; the same name again replaces it."""
    checks.registered[name] = check


class Health(LeanView):
    """The seeds' health answer."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Never touches a store."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return answer({"status": "healthy", "service": SERVICE, "timestamp": now, "time": now, "features": FEATURES})


class Live(LeanView):
    """This process answers."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Nothing to find out: being here is the answer."""
        return answer({"status": "healthy", "service": SERVICE})


class Ready(LeanView):
    """All that a request may need is there."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The checks' facts; 503 where one is red."""
        facts = checks.facts(request)
        if red := [name for name, found in facts.items() if not found["ok"]]:
            raise Unavailable(f"Not ready: {', '.join(red)}.", checks=facts)
        return answer({"status": "ready", "service": SERVICE, "checks": facts})


def _run(request: HttpRequest, check: Check) -> dict[str, Any]:
    try:
        return {"ok": True, **check()}
    except Overloaded:
        return {"ok": True, "busy": True}
    except Exception as error:  # noqa: BLE001 -- whatever a check dies of, that is its answer
        refusal = outcome(request, error)
        return {"ok": False, "code": refusal.code, "detail": refusal.detail, **refusal.facts}
