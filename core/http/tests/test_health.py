"""Health: the seeds' shapes, and what red looks like."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from core.http import health
from core.refusals import Overloaded, WarmingUp


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No check is registered, nothing was asked yet."""
    monkeypatch.setattr(health, "checks", health.Checks())


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_has_the_shapes_of_the_seeds(site: Client, path: str) -> None:
    body = site.get(path).json()
    assert body["status"] == "healthy"
    assert body["service"] == "stampede"
    assert body["features"] == ["concurrent_booking", "ticket_locks", "load_balanced_queues"]
    assert body["time"] == body["timestamp"]
    assert datetime.strptime(body["time"], "%Y-%m-%dT%H:%M:%S%z").tzinfo is not None


def test_live_answers(site: Client) -> None:
    assert site.get("/health/live").json()["status"] == "healthy"


def test_ready_shows_the_facts(site: Client) -> None:
    health.register_check("books", lambda: {"lag": 3})
    response = site.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["checks"] == {"books": {"ok": True, "lag": 3}}


@pytest.mark.parametrize(
    ("error", "code"),
    [(WarmingUp(), "warming_up"), (OperationalError("gone"), "unavailable"), (KeyError("bug"), "internal_error")],
)
def test_a_red_check_is_named(site: Client, error: Exception, code: str) -> None:
    health.register_check("good", dict)
    health.register_check("bad", lambda: raised(error))
    response = site.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["detail"] == "Not ready: bad."
    assert response.json()["checks"]["bad"]["code"] == code
    assert response["Retry-After"] == "1"


def test_one_store_away_is_degraded(site: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CACHED_SECONDS", 0.0)
    away: list[str] = []

    def store(name: str) -> dict[str, Any]:
        return raised(OperationalError("gone")) if name in away else {}

    for name in ("one", "other"):
        health.register_check(name, partial(store, name), store=True)
    health.register_check("books", partial(store, "books"))
    away += ["one"]
    assert site.get("/health/ready").status_code == 503
    away.clear()
    assert site.get("/health/ready").json()["status"] == "ready"
    away += ["one", "books"]
    answer = site.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert not answer.json()["checks"]["one"]["ok"]
    away += ["other"]
    assert site.get("/health/ready").status_code == 503


def test_a_busy_process_is_in_order(site: Client) -> None:
    health.register_check("postgres", lambda: raised(Overloaded()))
    assert site.get("/health/ready").status_code == 200


def test_the_checks_run_once_a_second(site: Client) -> None:
    asked: list[int] = []

    def count() -> dict[str, Any]:
        asked.append(1)
        return {}

    health.register_check("count", count)
    for _ in range(5):
        site.get("/health/ready")
    assert len(asked) == 1


def raised(error: Exception) -> dict[str, Any]:
    raise error
