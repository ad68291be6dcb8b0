"""The embedded Redis: its life, its flush, its password."""

import json
import signal
import threading
from pathlib import Path

import pytest

from core.local.redis import EmbeddedRedis
from core.local.resp import RedisSays, ask
from core.local.server import wait_until


def test_it_works(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis:
        assert ask(redis.url, "CONFIG", "GET", "appendfsync") == ["appendfsync", "always"]
        assert ask(redis.url, "CONFIG", "GET", "maxmemory-policy") == ["maxmemory-policy", "noeviction"]
        assert ask(redis.url, "CONFIG", "GET", "save") == ["save", ""]


def test_what_was_answered_is_there_after_kill_9(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis:
        url = redis.url
        assert ask(url, "SET", "kept", "42") == "OK"
        redis.kill()
        with pytest.raises(ConnectionRefusedError):
            ask(url, "PING")
        assert redis.restart() == url
        assert ask(url, "GET", "kept") == "42"


def test_the_bus_forgets(folder: Path) -> None:
    with EmbeddedRedis(folder, name="bus", appendonly=False) as bus:
        ask(bus.url, "SET", "lost", "1")
        bus.restart()
        assert ask(bus.url, "GET", "lost") is None


def test_a_paused_one_restarts(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis:
        redis._process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
        assert ask(redis.restart(), "PING") == "PONG"


def test_without_the_password_nothing_is_told(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis:
        open_url = f"redis://127.0.0.1:{redis.url.rpartition(':')[2]}"
        with pytest.raises(RedisSays, match="NOAUTH"):
            ask(open_url, "GET", "x")
        assert (folder / "redis" / "redis.conf").stat().st_mode & 0o077 == 0


def test_core_and_bus_live_side_by_side(folder: Path) -> None:
    with EmbeddedRedis(folder, name="redis") as core, EmbeddedRedis(folder, name="bus", appendonly=False) as bus:
        ask(core.url, "SET", "x", "core")
        assert ask(bus.url, "GET", "x") is None


def test_it_outlives_the_thread_that_started_it(folder: Path) -> None:
    """The kernel's parent death signal is about threads."""
    redis = EmbeddedRedis(folder)
    thread = threading.Thread(target=redis.start)
    thread.start()
    thread.join()
    try:
        assert not wait_until(lambda: not redis.answers(), seconds=0.3)
    finally:
        redis.stop()


def test_a_port_taken_in_between_is_exchanged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers look for a free port at once and find the same one."""
    monkeypatch.setattr("core.local.address.is_taken", lambda *_: False)
    with EmbeddedRedis(folder / "one") as first:
        second = EmbeddedRedis(folder / "two")
        second.base.mkdir(parents=True)
        (second.base / "address.json").write_text(json.dumps({"port": first._port, "password": "another"}))
        with second:
            assert ask(second.url, "PING") == "PONG"
            assert second._port != first._port
