"""The doors and the queue: what is wired to what."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from kombu.transport.redis import Channel

from config import asgi
from config.celery import app
from config.database import database
from config.env import load_env


def test_a_socket_is_accepted_and_closed_with_4404() -> None:
    sent = spoken({"type": "websocket", "path": "/ws"}, {"type": "websocket.connect"})
    assert [one["type"] for one in sent] == ["websocket.accept", "websocket.close"]
    assert sent[1]["code"] == 4404


@pytest.mark.parametrize(("path", "status"), [("/health/live", 200), ("/", 404), ("/health/ready", 404)])
def test_the_live_door_knows_one_address(path: str, status: int) -> None:
    sent = spoken({"type": "http", "path": path, "method": "GET", "headers": []}, {"type": "http.request"})
    assert sent[0]["status"] == status


def test_tasks_are_never_kept_or_hoarded() -> None:
    assert app.conf.task_acks_late
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None
    assert not app.conf.worker_hijack_root_logger
    assert app.conf.broker_url == settings.REDIS_BUS_URL


def test_a_silent_broker_is_noticed() -> None:
    options = app.conf.broker_transport_options
    assert options["visibility_timeout"] == 120
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)
    assert (options["socket_timeout"], options["health_check_interval"]) == (5, 5)


def test_kombu_knows_every_option() -> None:
    # unacked_restore_interval is read off the transport options by the event loop, not by the channel's list
    known = {*Channel.from_transport_options, "unacked_restore_interval"}
    assert set(app.conf.broker_transport_options) <= known


def test_beat_has_intervals_that_expire() -> None:
    assert set(app.conf.beat_schedule) == {"record", "prepare", "sweep"}
    queues = {queue.name for queue in app.conf.task_queues}
    for entry in app.conf.beat_schedule.values():
        assert isinstance(entry["schedule"], float)
        assert entry["options"]["expires"] == 1
        assert entry["options"]["queue"] in queues
        assert "args" not in entry


@pytest.mark.parametrize(
    ("role", "wait_seconds", "users_max"),
    [("web", 2.0, 8), ("live", 2.0, 8), ("recorder", 30.0, None), ("command", None, None)],
)
def test_each_role_waits_as_long_as_it_may(role: str, wait_seconds: float | None, users_max: int | None) -> None:
    options = database(load_env({"STAMPEDE_ROLE": role, "DATABASE_URL": "postgresql://u:p@h/n?sslmode=require"}))[
        "OPTIONS"
    ]
    assert (options["wait_seconds"], options["users_max"]) == (wait_seconds, users_max)
    assert options["sslmode"] == "require"
    assert "idle_in_transaction_session_timeout=5000" in options["options"]


def spoken(scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the live door sends when it is told these messages."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asgi.application(scope, receive, send))
    return sent
