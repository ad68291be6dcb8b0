"""`check_invariants`, `record` and `reconcile`: what they print, and the exit code that a script relies on."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from core.engine import recorder
from core.engine.journal import Keys
from core.engine.redis import door
from core.engine.tests.toy import TOPIC, Toy, say, written
from core.models import Journal
from core.refusals import Unavailable


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """`record` takes SIGINT and SIGTERM for itself; the process of the tests wants them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*words: str) -> tuple[int, str]:
    """A command's exit code and output."""
    out = StringIO()
    try:
        call_command(*words, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_it_works(toy: Toy) -> None:
    say("one")
    code, text = run("check_invariants")
    assert code == 0
    assert "holds     redis_is_the_rows" in text
    assert text.endswith("4 invariants, 0 violated\n")


def test_programs_get_json(toy: Toy) -> None:
    code, text = run("check_invariants", "--json")
    found = json.loads(text)
    assert (code, found["violated"]) == (0, 0)
    assert set(found["invariants"]) == {
        "no_entry_refused", "no_journal_halted", "redis_is_the_rows", "toy.words_are_short",
    }  # fmt: skip


def test_a_breach_of_the_trade_is_red(toy: Toy) -> None:
    say("a word that is much too long")
    recorder.record(TOPIC)
    code, text = run("check_invariants")
    assert code == 1
    assert "VIOLATED  toy.words_are_short\n            a word that is much too long" in text


def test_a_conflict_is_red(toy: Toy) -> None:
    say("one")
    say("one")
    recorder.record(TOPIC)
    code, text = run("check_invariants", "--json")
    assert code == 1
    assert "1-3" in json.loads(text)["invariants"]["no_entry_refused"][0]


def test_a_gap_is_red(toy: Toy) -> None:
    say("one")
    door().command("XDEL", Keys(TOPIC).journal, "1-1")
    recorder.record(TOPIC)
    code, text = run("check_invariants", "--json")
    assert code == 1
    assert json.loads(text)["invariants"]["no_journal_halted"] == [f"{TOPIC}: expected 1-1, found 1-2"]


def test_a_difference_of_the_stores_is_red(toy: Toy) -> None:
    door().command("RPUSH", Keys(TOPIC)("words"), "ghost")
    code, text = run("check_invariants", "--json")
    assert code == 1
    assert json.loads(text)["invariants"]["redis_is_the_rows"] == [f"{TOPIC}: ghost is in Redis, not in the rows"]


def test_a_store_that_is_away_proves_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Journal) -> list[str]:
        raise Unavailable

    monkeypatch.setattr(toy, "differences", away)
    code, text = run("check_invariants", "--json")
    assert code == 1
    assert "could not be compared" in json.loads(text)["invariants"]["redis_is_the_rows"][0]


def test_record_says_how_many(toy: Toy) -> None:
    say("one")
    assert run("record") == (0, "2 entries recorded\n")
    assert len(written()) == 2


def test_reconcile_exits_1_on_a_difference(toy: Toy) -> None:
    door().command("RPUSH", Keys(TOPIC)("words"), "ghost")
    code, text = run("reconcile")
    assert (code, text) == (1, f"{TOPIC}: ghost is in Redis, not in the rows\n1 topics, 1 not in order\n")


def test_reconcile_repairs_when_told(toy: Toy) -> None:
    door().command("RPUSH", Keys(TOPIC)("words"), "ghost")
    assert run("reconcile", "--repair")[0] == 0
    assert run("reconcile") == (0, "1 topics, 0 not in order\n")
