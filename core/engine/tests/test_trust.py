"""What the guardian may believe: a till that was closed, a server that was a replica, a journal that has stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.engine import guardian, recorder
from core.engine.books import Superseded
from core.engine.journal import Keys, look
from core.engine.redis import Door, _Connection, door
from core.engine.tests.toy import TOPIC, Toy, said, say
from core.local.redis import EmbeddedRedis
from core.models import Journal
from core.refusals import Unavailable, WarmingUp


def test_a_halted_journal_is_not_shut_by_repair(toy: Toy) -> None:
    say("one")
    Journal.objects.update(halted="a gap")
    with pytest.raises(guardian.Halted):
        guardian.reconcile(TOPIC, repair=True)
    assert say("two") == 3


def test_a_person_accepts_the_loss(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    say("two")
    door().command("XDEL", Keys(TOPIC).journal, "1-3")
    say("three")
    recorder.record(TOPIC)
    assert Journal.objects.get().halted
    assert guardian.accept_loss(TOPIC)
    after = Journal.objects.get()
    assert (after.epoch, after.halted) == (2, "")
    assert said() == ["one"]
    assert say("four") == 4
    recorder.record(TOPIC)
    assert not guardian.accept_loss(TOPIC)


def test_an_old_backup_waits_for_a_person(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("HSET", Keys(TOPIC).meta, "epoch", 7, "run_id", "another")
    guardian.guard()
    assert "epoch 7" in Journal.objects.get().halted
    assert guardian.accept_loss(TOPIC)
    assert Journal.objects.get().epoch == 8
    assert say("two")


def test_a_closed_till_stays_closed(toy: Toy) -> None:
    """A guardian that saw the till before it was closed may not adopt it any more."""
    say("one")
    saw = look([TOPIC], vital=[()])[0]
    held = Journal.objects.get()
    guardian._close(held)
    assert not guardian._adopt(held, saw)
    with pytest.raises(WarmingUp):
        say("two")


def test_a_server_that_was_a_replica_is_not_adopted(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("HSET", Keys(TOPIC).meta, "run_id", "another")
    monkeypatch.setattr(type(door()), "was_promoted", lambda _: True)
    assert guardian.guard() == [TOPIC]
    assert Journal.objects.get().epoch == 2


def test_a_server_without_a_file_is_not_adopted(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("HSET", Keys(TOPIC).meta, "run_id", "another", "appendfsync", "no")
    assert guardian.guard() == [TOPIC]
    assert Journal.objects.get().epoch == 2


def test_closing_takes_the_token_of_a_rebuild(toy: Toy) -> None:
    """A guardian that was stopped in mid-rebuild and wakes up after another has closed the till opens nothing."""
    recorder.record(TOPIC)
    asleep = Journal.objects.get()
    asleep.epoch += 1
    guardian._begin(asleep)
    guardian._close(asleep)
    with pytest.raises(Superseded):
        toy.rebuild(asleep)
    with pytest.raises(WarmingUp):
        say("one")


def test_a_full_server_is_settled(core_redis: EmbeddedRedis, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded is trimmed also when nothing may be written: it is what makes room again."""
    monkeypatch.setattr(recorder, "TAIL_ENTRIES", 10)
    for number in range(500):
        say(f"w{number}")
    door().command("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(Unavailable):
        say("more")
    assert recorder.record(TOPIC) == 501
    assert door().command("XLEN", Keys(TOPIC).journal) < 250


def test_a_late_settle_moves_nothing_back(toy: Toy) -> None:
    recorder.record(TOPIC)
    late = Journal.objects.get()
    say("one")
    recorder.record(TOPIC)
    recorder.settle(late)
    assert door().command("HGET", Keys(TOPIC).meta, "recorded") == b"2"


def test_no_store_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "")
    door.cache_clear()
    with pytest.raises(Unavailable, match="make run"):
        door()


Start = Callable[..., EmbeddedRedis]


def test_a_server_without_a_name_is_not_used(own_redis: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a run_id the fence would compare nothing with nothing."""
    read = _Connection.read_response

    def nameless(self: _Connection, *args: Any, **options: Any) -> Any:
        answer = read(self, *args, **options)
        return answer.replace(b"run_id:", b"x:") if isinstance(answer, bytes) else answer

    monkeypatch.setattr(_Connection, "read_response", nameless)
    with pytest.raises(Unavailable):
        Door(own_redis().url).command("PING")


def test_a_demoted_server_is_let_go(own_redis: Start) -> None:
    """Its name may lead to another server by now."""
    server = Door(own_redis().url)
    server.command("REPLICAOF", "127.0.0.1", 1)
    with pytest.raises(Unavailable):
        server.command("SET", "k", "v")
    assert server._local.connection._sock is None
