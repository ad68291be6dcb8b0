"""Health: alive, and ready.

    /health         the seeds' shapes at once (S2: timestamp, features; S3: time); touches no store
    /health/live    this process answers
    /health/ready   every registered check passes; "degraded" while one store is away, 503 names what is not there yet

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
        self.stores: set[str] = set()
        self.were_green = False
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
            self.were_green = self.were_green or all(found["ok"] for found in self._facts.values())
        finally:
            self._lock.release()
        return self._facts

    def some_go_on(self, facts: dict[str, Any]) -> bool:
        """Whether requests are worth sending here though something is red: all was green once, and a store answers."""
        return self.were_green and any(facts[name]["ok"] for name in self.stores)


checks = Checks()


def register_check(name: str, check: Check, *, store: bool = False) -> None:
    """Adds a check to `/health/ready`; the same name again replaces it. `store`: one that some requests do without."""
    checks.registered[name] = check
    if store:
        checks.stores.add(name)


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
        """The checks' facts; 503 where one is red and nothing goes on without it.

        While PostgreSQL is away, holds and purchases go on, and while Redis is, pages do: a balancer that took every
        process out for either would be the outage. So a process that was ready stays in, as "degraded".
        """
        facts = checks.facts(request)
        red = [name for name, found in facts.items() if not found["ok"]]
        if red and not checks.some_go_on(facts):
            raise Unavailable(f"Not ready: {', '.join(red)}.", checks=facts)
        return answer({"status": "degraded" if red else "ready", "service": SERVICE, "checks": facts})


def _run(request: HttpRequest, check: Check) -> dict[str, Any]:
    try:
        return {"ok": True, **check()}
    except Overloaded:
        return {"ok": True, "busy": True}
    except Exception as error:  # noqa: BLE001 -- whatever a check dies of, that is its answer
        refusal = outcome(request, error)
        return {"ok": False, "code": refusal.code, "detail": refusal.detail, **refusal.facts}
