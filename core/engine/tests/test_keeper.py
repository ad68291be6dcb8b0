"""The keeper: guards, records what is late, says once that a store is away, and comes back."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from core.engine import keeper, recorder
from core.engine.journal import Keys, read
from core.engine.redis import door
from core.engine.tests.toy import TOPIC, Toy, journal, say, written
from core.models import Journal
from core.refusals import Unavailable


def _later(monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> None:
    decided = int(read(TOPIC, epoch=1, after=journal().recorded_seq, count=1)[0].fields["at"])
    monkeypatch.setattr(keeper, "now_ms", lambda: decided + round(seconds * 1_000))


def test_it_works(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    _later(monkeypatch, seconds=keeper.LAG_SECONDS_MAX + 0.001)
    keeper.round_once()
    assert [word for _, _, word in written()] == [None, "one"]
    assert keeper.lags() == []


def test_a_small_lag_is_the_workers(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    _later(monkeypatch, seconds=keeper.LAG_SECONDS_MAX)
    keeper.round_once()
    assert written() == []


def test_the_lag_is_entries_and_seconds(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.record(TOPIC)
    assert keeper.lags() == []
    say("one")
    _later(monkeypatch, seconds=2.5)
    say("two")
    assert keeper.lags() == [keeper.Lag(topic=TOPIC, entries=2, seconds=2.5)]


def test_a_clock_that_runs_behind_is_no_lag(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    _later(monkeypatch, seconds=-3)
    assert [lag.seconds for lag in keeper.lags()] == [0.0]


def test_a_lost_entry_is_as_late_as_can_be(toy: Toy) -> None:
    say("one")
    door().command("DEL", Keys(TOPIC).journal)
    assert [lag.seconds for lag in keeper.lags()] == [float("inf")]


def test_a_round_mends(toy: Toy) -> None:
    door().command("FLUSHALL")
    keeper.round_once()
    assert say("one") == 2


def test_a_halted_topic_waits_for_a_person(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    Journal.objects.update(halted="a gap")
    _later(monkeypatch, seconds=60)
    assert keeper.lags() == []
    keeper.round_once()
    assert written() == []


def test_a_store_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    stop, rounds, lines = threading.Event(), [], []

    def round_once() -> None:
        rounds.append(1)
        if len(rounds) <= 3:
            raise Unavailable
        if len(rounds) == 4:
            raise OperationalError("PostgreSQL is away")
        stop.set()

    class Log:
        def info(self, event: str, **_: object) -> None:
            lines.append(event)

        warning = info

    monkeypatch.setattr(keeper, "round_once", round_once)
    monkeypatch.setattr(keeper, "log", Log())
    monkeypatch.setattr("core.engine.keeper.connection.close", lambda: None)
    keeper.keep(stop, look_seconds=0)
    assert len(rounds) == 5
    assert lines == ["keeper.store_away", "keeper.store_away", "keeper.back"]


def test_an_error_of_ours_is_said_and_guarded_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, rounds = threading.Event(), []

    def broken() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(keeper, "round_once", broken)
    monkeypatch.setattr(keeper, "STRANGE_SECONDS", 0)
    with capture_logs() as lines:
        keeper.keep(stop, look_seconds=0)
    assert len(rounds) == 3
    assert [line["event"] for line in lines] == ["keeper.strange"] * 3
