"""The file that robots write: what is read from it is what happened; a robot that died in between left an unknown."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.faults.history import End, History, Verb, Wish, read, stories
from tests.faults.report import heard

WISH = Wish(1, Verb.PURCHASE, "alice", code="sale.code")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.jsonl")


def test_an_attempt_is_read_as_it_was_written(history: History) -> None:
    history.end(history.invoke(WISH), End.OK, "http_200", item=7)
    (attempt,) = read(history.path)
    assert (attempt.wish, attempt.end, attempt.item) == (WISH, End.OK, 7)


def test_an_attempt_that_never_ended_is_unknown(history: History) -> None:
    history.invoke(WISH)
    (attempt,) = read(history.path)
    assert (attempt.end, attempt.reason) == (End.UNKNOWN, "never_answered")


@pytest.mark.parametrize(
    ("ends", "is_open"),
    [
        ([End.UNKNOWN], True),
        ([End.UNKNOWN, End.NOT_NOW], True),
        ([End.UNKNOWN, End.OK], False),
        ([End.UNKNOWN, End.NO], False),
        ([End.OK, End.UNKNOWN], True),
        ([End.NOT_NOW], False),
    ],
)
def test_a_wish_is_open_until_it_is_answered(history: History, ends: list[End], *, is_open: bool) -> None:
    for end in ends:
        history.end(history.invoke(WISH), end, "because")
    (story,) = stories(read(history.path))
    assert story.open is is_open


def test_lines_of_many_threads_stay_whole(history: History) -> None:
    def write() -> None:
        for _ in range(200):
            history.end(history.invoke(WISH), End.OK, "http_200")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [attempt.end for attempt in read(history.path)] == [End.OK] * 1_600


def test_what_was_under_way_during_a_fault_was_heard(history: History) -> None:
    history.end(history.invoke(WISH), End.OK, "http_200")
    attempts = read(history.path)
    began, ended = attempts[0].invoked_at, attempts[0].ended_at
    assert heard(attempts, [(began - 5, began)]) == heard(attempts, [(ended, ended + 5)]) == attempts
    assert heard(attempts, [(ended + 1, ended + 5)]) == []
