"""The guardian: nothing is decided until Redis and the books agree, and nothing that was decided is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.engine import guardian, recorder
from core.engine.books import Superseded
from core.engine.journal import Keys
from core.engine.redis import door
from core.engine.tests.toy import OTHER, TOPIC, Toy, journal, said, say, written
from core.models import Journal
from core.refusals import WarmingUp


@pytest.fixture
def _everysec(toy: Toy) -> Iterator[None]:
    """The server flushes once a second, and says so."""
    door().command("CONFIG", "SET", "appendfsync", "everysec")
    yield
    door().command("CONFIG", "SET", "appendfsync", "always")


def restarted() -> None:
    """As after a restart with all data intact: meta names the old server process."""
    door().command("HSET", Keys(TOPIC).meta, "run_id", "another")


def words() -> list[str]:
    return [word for _, _, word in written(TOPIC) if word]


def test_it_works(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("FLUSHALL")
    with pytest.raises(WarmingUp):
        say("two")
    assert guardian.guard() == [TOPIC]
    assert said() == ["one"]
    assert say("two") == 4
    recorder.record(TOPIC)
    assert written(TOPIC) == [(1, 1, None), (1, 2, "one"), (2, 3, None), (2, 4, "two")]


def test_what_is_sound_is_left_alone(toy: Toy) -> None:
    before = door().command("DUMP", Keys(TOPIC).meta)
    assert guardian.guard() == []
    assert guardian.mend(TOPIC) is False
    assert door().command("DUMP", Keys(TOPIC).meta) == before


def test_a_new_topic_is_opened(toy: Toy) -> None:
    Journal.objects.create(topic=OTHER)
    with pytest.raises(WarmingUp):
        say("uno", OTHER)
    assert guardian.guard() == [OTHER]
    assert say("uno", OTHER) == 2


def test_a_restart_that_lost_nothing_is_adopted(toy: Toy) -> None:
    say("one")
    restarted()
    with pytest.raises(WarmingUp):
        say("two")
    assert guardian.guard() == [TOPIC]
    assert say("two") == 3
    assert (journal().epoch, toy.rebuilt) == (1, 1)


def test_an_adopted_tail_is_recorded_later(toy: Toy) -> None:
    say("one")
    restarted()
    guardian.guard()
    recorder.record(TOPIC)
    assert words() == ["one"]


@pytest.mark.usefixtures("_everysec")
def test_a_server_that_flushes_late_is_rebuilt(toy: Toy) -> None:
    say("one")
    restarted()
    assert guardian.guard() == [TOPIC]
    assert (journal().epoch, toy.rebuilt) == (2, 2)
    assert words() == said() == ["one"]


def test_a_server_that_is_behind_is_rebuilt(toy: Toy) -> None:
    say("one")
    old = {name: door().command("DUMP", name) for name in door().command("KEYS", "*")}
    say("two")
    recorder.record(TOPIC)
    for name, dump in old.items():
        door().command("RESTORE", name, 0, dump, "REPLACE")
    restarted()
    assert guardian.guard() == [TOPIC]
    assert (journal().epoch, said()) == (2, ["one", "two"])
    assert say("three") == 5


@pytest.mark.parametrize("name", ["meta", "words"])
def test_a_lost_key_is_rebuilt_and_its_tail_kept(toy: Toy, name: str) -> None:
    say("one")
    door().command("DEL", Keys(TOPIC)(name))
    assert guardian.guard() == [TOPIC]
    assert said() == words() == ["one"]


def test_a_lost_journal_is_rebuilt_from_the_rows(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    say("two")
    door().command("DEL", Keys(TOPIC).journal)
    assert guardian.guard() == [TOPIC]
    assert said() == words() == ["one"]
    assert journal().epoch == 2


def test_books_from_a_backup_wait_for_a_person(toy: Toy) -> None:
    door().command("HSET", Keys(TOPIC).meta, "epoch", 5)
    assert guardian.guard() == []
    assert "Redis is in epoch 5" in journal().halted
    assert guardian.guard() == []
    assert toy.rebuilt == 1


def test_a_halted_topic_waits_for_a_person(toy: Toy) -> None:
    say("one")
    Journal.objects.update(halted="a gap")
    door().command("FLUSHALL")
    assert guardian.guard() == []
    assert guardian.mend(TOPIC) is False
    assert door().command("KEYS", "*") == []


def test_a_retired_topic_stays_away(toy: Toy) -> None:
    Journal.objects.update(retired_at=timezone.now())
    door().command("FLUSHALL")
    assert guardian.guard() == []
    assert guardian.mend(TOPIC) is False


def test_a_gap_stops_the_rebuild(toy: Toy) -> None:
    say("one")
    say("two")
    door().command("XDEL", Keys(TOPIC).journal, "1-2")
    door().command("DEL", Keys(TOPIC)("words"))
    assert guardian.guard() == []
    assert journal().halted == "expected 1-2, found 1-3"
    assert [entry[0] for entry in door().command("XRANGE", Keys(TOPIC).journal, "-", "+")] == [b"1-1", b"1-3"]


def test_a_begin_refuses_to_lose_entries(toy: Toy) -> None:
    say("one")
    row = journal()
    row.epoch = 2
    before = {name: door().command("DUMP", name) for name in sorted(door().command("KEYS", "*"))}
    with pytest.raises(Superseded):
        guardian._begin(row)
    assert {name: door().command("DUMP", name) for name in sorted(door().command("KEYS", "*"))} == before


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_begin_of_an_old_epoch_is_refused(toy: Toy, epoch: int) -> None:
    recorder.record(TOPIC)
    row = journal()
    row.epoch = epoch
    with pytest.raises(Superseded):
        guardian._begin(row)
    assert say("one") == 2


def _rival_finishes(toy: Toy, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first guardian stands still at a step; its session ends; a second one rebuilds; the first goes on."""
    step: Callable[..., object] = getattr(guardian, at) if at == "_begin" else toy.rebuild
    stopped, go_on = threading.Event(), threading.Event()
    outcome: list[object] = []

    def stand_still(*args: object) -> object:
        if threading.current_thread().name != "first":
            return step(*args)
        stopped.set()
        assert go_on.wait(20)
        return step(*args)

    place: Any = guardian if at == "_begin" else toy
    monkeypatch.setattr(place, at, stand_still)

    def first() -> None:
        try:
            outcome.append(guardian.mend(TOPIC))
        except Exception as error:  # noqa: BLE001 -- whatever it was, the test looks at it
            outcome.append(error)
        finally:
            connection.close()
            door().close()

    thread = threading.Thread(target=first, name="first")
    thread.start()
    assert stopped.wait(20)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database() AND state LIKE 'idle in%'"
        )
    while not guardian.mend(TOPIC):
        pass
    say("after")
    go_on.set()
    thread.join(20)
    assert outcome and outcome[0] is not True


@pytest.mark.parametrize("at", ["_begin", "rebuild"])
def test_a_guardian_that_slept_changes_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("FLUSHALL")
    _rival_finishes(toy, at, monkeypatch)
    assert journal().epoch == 3
    assert said() == ["one", "after"]
    assert say("more") == 5
    recorder.record(TOPIC)
    assert words() == ["one", "after", "more"]


def test_a_late_load_is_superseded(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    late = journal()
    door().command("FLUSHALL")
    guardian.guard()
    late.epoch = 1
    before = door().command("LRANGE", Keys(TOPIC)("words"), 0, -1)
    with pytest.raises(Superseded):
        toy.rebuild(late)
    assert door().command("LRANGE", Keys(TOPIC)("words"), 0, -1) == before


def test_reconcile_says_each_difference(toy: Toy) -> None:
    say("one")
    door().command("RPUSH", Keys(TOPIC)("words"), "ghost")
    recorder.record(TOPIC)
    assert guardian.reconcile(TOPIC, repair=False) == ["ghost is in Redis, not in the rows"]
    assert said() == ["one", "ghost"]


def test_reconcile_repairs_redis(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    door().command("RPUSH", Keys(TOPIC)("words"), "ghost")
    guardian.reconcile(TOPIC, repair=True)
    assert said() == words() == ["one"]
    assert guardian.reconcile(TOPIC, repair=True) == []
    assert journal().epoch == 2


def test_reconcile_leaves_unknown_topics(toy: Toy) -> None:
    assert guardian.reconcile("toy:9", repair=True) == []
