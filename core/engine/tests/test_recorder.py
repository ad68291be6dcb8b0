"""The recorder: each entry once, in order, whatever dies when; a gap is never jumped, a bad entry stops no good one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.engine import guardian, recorder
from core.engine.journal import Keys, read
from core.engine.redis import door
from core.engine.tests.toy import OTHER, TOPIC, Toy, journal, say, written
from core.models import Journal, JournalConflict
from core.refusals import Unavailable


def words() -> list[str]:
    return [word for _, _, word in written(TOPIC) if word]


def test_it_works(toy: Toy) -> None:
    say("one")
    say("two")
    assert recorder.record(TOPIC) == 3
    assert written() == [(1, 1, None), (1, 2, "one"), (1, 3, "two")]
    assert journal().recorded_seq == 3


def test_recording_again_records_nothing(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    assert recorder.record(TOPIC) == 0
    assert words() == ["one"]


def test_it_goes_on_where_it_stopped(toy: Toy) -> None:
    say("one")
    recorder.record(TOPIC)
    say("two")
    assert recorder.record(TOPIC) == 1
    assert words() == ["one", "two"]


def test_batches_follow_each_other(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "ENTRIES_A_BATCH", 3)
    for number in range(7):
        say(f"w{number}")
    assert recorder.record(TOPIC) == 8
    assert words() == [f"w{number}" for number in range(7)]


def test_time_up_starts_no_batch(toy: Toy) -> None:
    say("one")
    assert recorder.record(TOPIC, batches_max=0) == 0
    assert recorder.record_all(seconds_max=-1.0) == 0
    assert journal().recorded_seq == 0


def test_all_topics_are_visited(toy: Toy) -> None:
    Journal.objects.create(topic=OTHER)
    guardian.mend(OTHER)
    say("one")
    say("uno", OTHER)
    assert recorder.behind() == [TOPIC, OTHER]
    assert recorder.record_all(seconds_max=5.0) == 4
    assert recorder.behind() == []


def test_a_retired_topic_is_left_alone(toy: Toy) -> None:
    say("one")
    Journal.objects.update(retired_at=timezone.now())
    assert recorder.behind() == []


def test_an_unknown_topic_records_nothing(toy: Toy) -> None:
    assert recorder.record("toy:9") == 0


def test_a_crash_before_the_commit_records_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    with monkeypatch.context() as during:
        during.setattr(type(Journal.objects.all()), "move", _die)
        with pytest.raises(KeyboardInterrupt):
            recorder.record(TOPIC)
    assert (words(), journal().recorded_seq) == ([], 0)
    recorder.record(TOPIC)
    assert words() == ["one"]


def test_a_crash_after_the_commit_records_once(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    with monkeypatch.context() as during:
        during.setattr(recorder, "settle", _die)
        with pytest.raises(KeyboardInterrupt):
            recorder.record(TOPIC)
    recorder.record(TOPIC)
    assert words() == ["one"]


def test_an_offset_that_moved_undoes_the_batch(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    apply = toy.apply

    def apply_while_somebody_moves(topic: str, entries: Any) -> None:
        apply(topic, entries)
        Journal.objects.filter(topic=topic).update(recorded_seq=1)

    monkeypatch.setattr(toy, "apply", apply_while_somebody_moves)
    with pytest.raises(RuntimeError, match="moved under its lock"):
        recorder.record(TOPIC)
    assert (words(), journal().recorded_seq) == ([], 0)


def test_a_gap_is_never_jumped(toy: Toy) -> None:
    for word in ("one", "two", "three"):
        say(word)
    door().command("XDEL", Keys(TOPIC).journal, "1-3")
    assert recorder.record(TOPIC) == 2
    assert words() == ["one"]
    assert journal().halted == "expected 1-3, found 1-4"
    assert recorder.record(TOPIC) == 0
    assert recorder.behind() == []
    assert words() == ["one"]


def test_a_gap_in_front_is_seen(toy: Toy) -> None:
    say("one")
    door().command("XDEL", Keys(TOPIC).journal, "1-1")
    assert recorder.record(TOPIC) == 0
    assert journal().halted == "expected 1-1, found 1-2"


def test_a_conflict_is_kept_and_pauses(toy: Toy) -> None:
    for word in ("one", "two", "one", "three"):
        say(word)
    assert recorder.record(TOPIC) == 5
    assert words() == ["one", "two", "three"]
    conflict = JournalConflict.objects.get()
    assert (conflict.topic, conflict.epoch, conflict.seq, conflict.entry["word"]) == (TOPIC, 1, 4, "one")
    assert "unique" in conflict.reason
    assert guardian.pause_conflicts() == [TOPIC]
    assert toy.paused == ["PostgreSQL refused an entry of the journal"]


def test_a_conflict_pauses_until_somebody_looked(toy: Toy) -> None:
    say("one")
    say("one")
    recorder.record(TOPIC)
    guardian.pause_conflicts()
    guardian.pause_conflicts()
    JournalConflict.objects.update(looked_at=timezone.now())
    assert guardian.pause_conflicts() == []
    assert len(toy.paused) == 2


def test_a_conflict_stops_no_later_entry(toy: Toy) -> None:
    say("one")
    say("one")
    recorder.record(TOPIC)
    say("two")
    recorder.record(TOPIC)
    assert words() == ["one", "two"]
    assert journal().recorded_seq == 4


def test_text_that_postgresql_refuses_is_a_conflict(toy: Toy) -> None:
    say("no\0pe")
    say("yes")
    recorder.record(TOPIC)
    assert words() == ["yes"]
    assert JournalConflict.objects.count() == 1


def test_a_conflict_is_rolled_back_with_its_batch(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    say("one")
    monkeypatch.setattr(type(Journal.objects.all()), "move", _die)
    with pytest.raises(KeyboardInterrupt):
        recorder.record(TOPIC)
    assert JournalConflict.objects.count() == 0


def test_settling_trims_and_keeps_the_tail(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "TAIL_ENTRIES", 50)
    door().pipeline([("XADD", Keys(TOPIC).journal, f"1-{seq}", "at", 0, "word", f"w{seq}") for seq in range(2, 501)])
    door().command("HSET", Keys(TOPIC).meta, "seq", 500)
    assert recorder.record(TOPIC) == 500
    left = read(TOPIC, epoch=1, after=0, count=1_000)
    assert len(left) < 200
    assert [entry.seq for entry in left[-51:]] == list(range(450, 501))
    assert door().command("HGET", Keys(TOPIC).meta, "recorded") == b"500"


def test_what_is_unrecorded_is_not_trimmed(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "TAIL_ENTRIES", 0)
    say("one")
    recorder.record(TOPIC)
    row = journal()
    door().pipeline([("XADD", Keys(TOPIC).journal, f"1-{seq}", "at", 0, "word", "x") for seq in range(3, 303)])
    recorder.settle(row)
    assert len(read(TOPIC, epoch=1, after=row.recorded_seq, count=1_000)) == 300


def test_settling_another_epoch_changes_nothing(toy: Toy) -> None:
    say("one")
    old = journal()
    door().command("HSET", Keys(TOPIC).meta, "epoch", 2)
    before = door().command("DUMP", Keys(TOPIC).meta)
    recorder.settle(old)
    assert door().command("DUMP", Keys(TOPIC).meta) == before


def test_recording_inside_a_transaction_needs_the_row(toy: Toy) -> None:
    say("one")
    with transaction.atomic():
        held = Journal.objects.locked(TOPIC)
        assert held is not None
        recorder.record_locked(held, upto=2)
        assert held.recorded_seq == 2
    assert journal().recorded_seq == 2


def test_a_redis_that_is_away_loses_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    say("one")
    with monkeypatch.context() as during:
        during.setattr(door(), "_connected", _away)
        with pytest.raises(Unavailable):
            recorder.record_all(seconds_max=5.0)
    assert recorder.record_all(seconds_max=5.0) == 2


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def _away() -> None:
    raise Unavailable
