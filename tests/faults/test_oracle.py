"""The oracle is tried on lies: each kind of breach, planted in an honest run, is named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.evidence import Books, Event, Sold
from tests.faults.history import Attempt, End, Verb, Wish
from tests.faults.oracle import compare

NOW = 1_800_000_000.0
CODE, OTHER = "sale.alice", "sale.bob"

HOLD = Attempt(
    Wish(1, Verb.HOLD, "alice", key="k1"),
    invoked_at=NOW,
    ended_at=NOW + 0.1,
    end=End.OK,
    reason="http_201",
    item=7,
    code=CODE,
    deadline=NOW + 30,
)
BUY = Attempt(
    Wish(2, Verb.PURCHASE, "alice", code=CODE), NOW + 1, ended_at=NOW + 1.1, end=End.OK, reason="http_200", item=7
)
HELD = Event("hold", 7, "alice", CODE, key="k1")
BOUGHT = Event("purchase", 7, "alice", CODE)
SOLD = Sold(7, "alice", CODE)
HONEST = [HOLD, BUY]
BOOKS = Books([SOLD], [HELD, BOUGHT])


def breaches(attempts: list[Attempt], books: Books, *, limit: int = 10) -> set[str]:
    return set(compare(attempts, books, limit=limit).breaches)


def ended(attempt: Attempt, end: End, reason: str = "because") -> Attempt:
    return replace(attempt, end=end, reason=reason, item=None, code=None, deadline=None)


def later(attempt: Attempt, seconds: float) -> Attempt:
    return replace(attempt, invoked_at=attempt.invoked_at + seconds, ended_at=attempt.ended_at + seconds)


def of_bob(attempt: Attempt, *, number: int, at: float = 0.0) -> Attempt:
    """The same for another buyer, by his own code and key."""
    key = "k9" if attempt.wish.key else None
    wish = replace(attempt.wish, number=number, buyer="bob", key=key, code=OTHER if attempt.wish.code else None)
    return later(replace(attempt, wish=wish, code=OTHER if attempt.code else None), at)


def test_an_honest_run_has_no_breach() -> None:
    assert breaches(HONEST, BOOKS) == set()


def test_an_honest_run_is_counted() -> None:
    counts = compare(HONEST, BOOKS, limit=10).counts
    assert (counts["holds acknowledged"], counts["purchases acknowledged"], counts["rows sold"]) == (1, 1, 1)


def test_a_lost_purchase_is_seen() -> None:
    assert breaches(HONEST, Books([], [HELD])) == {"lost"}


def test_a_row_with_another_item_is_seen() -> None:
    assert "lost" in breaches(HONEST, Books([replace(SOLD, item=8)], [HELD, BOUGHT]))


def test_a_row_with_another_buyer_is_seen() -> None:
    assert "lost" in breaches(HONEST, Books([replace(SOLD, buyer="bob")], [HELD, BOUGHT]))


def test_a_doubled_purchase_is_seen() -> None:
    assert breaches(HONEST, Books([SOLD, SOLD], [HELD, BOUGHT])) == {"sold_twice"}


def test_a_doubled_journal_entry_is_seen() -> None:
    assert breaches(HONEST, Books([SOLD], [HELD, BOUGHT, BOUGHT])) == {"recorded_twice"}


def test_one_item_acknowledged_to_two_is_seen() -> None:
    rows = Books([SOLD], [HELD, BOUGHT, Event("hold", 7, "bob", OTHER, key="k9")])
    found = breaches([*HONEST, of_bob(HOLD, number=3), of_bob(BUY, number=4)], rows)
    assert {"acknowledged_twice", "lost"} <= found


def test_a_lost_hold_is_seen() -> None:
    assert breaches([HOLD], Books([], [])) == {"lost_holds"}


@pytest.mark.parametrize("reason", ["hold_expired", "hold_unknown", "not_found"])
def test_told_no_but_sold_is_seen(reason: str) -> None:
    assert "told_no_but_sold" in breaches([HOLD, ended(BUY, End.NO, reason)], BOOKS)


def test_lost_and_then_refused_is_two_breaches() -> None:
    assert breaches([*HONEST, later(ended(BUY, End.NO), 1)], Books([], [HELD])) == {"lost", "live_hold_refused"}


def test_told_nothing_happened_but_sold_is_seen() -> None:
    assert breaches([HOLD, ended(BUY, End.NOT_NOW, "warming_up")], BOOKS) == {"told_no_but_sold"}


def test_told_no_but_held_is_seen() -> None:
    assert breaches([ended(HOLD, End.NO, "sold_out")], Books([], [HELD])) == {"told_no_but_held"}


def test_a_live_hold_refused_is_seen() -> None:
    assert breaches([HOLD, ended(BUY, End.NO, "hold_expired")], Books([], [HELD])) == {"live_hold_refused"}


def test_an_expired_hold_may_be_refused() -> None:
    assert breaches([HOLD, later(ended(BUY, End.NO, "hold_expired"), 40)], Books([], [HELD])) == set()


def test_an_expired_hold_sold_is_seen() -> None:
    assert breaches([HOLD, later(BUY, 40)], BOOKS) == {"expired_hold_sold"}


def test_a_purchase_that_nobody_asked_for_is_seen() -> None:
    assert breaches([HOLD], BOOKS) == {"nobody_asked"}


def test_a_hold_that_nobody_asked_for_is_seen() -> None:
    assert breaches(HONEST, Books([SOLD], [HELD, BOUGHT, Event("hold", 9, "carol", "sale.carol")])) == {"nobody_asked"}


def test_an_unknown_that_nobody_asked_about_is_seen() -> None:
    assert breaches([HOLD, ended(BUY, End.UNKNOWN)], Books([], [HELD])) == {"unresolved"}


def test_warming_up_does_not_resolve_an_unknown() -> None:
    attempts = [HOLD, ended(BUY, End.UNKNOWN), later(ended(BUY, End.NOT_NOW, "warming_up"), 1)]
    assert breaches(attempts, BOOKS) == {"unresolved"}


@pytest.mark.parametrize(("answer", "books"), [(BUY, BOOKS), (ended(BUY, End.NO, "hold_expired"), Books([], [HELD]))])
def test_an_unknown_may_turn_out_either_way(answer: Attempt, books: Books) -> None:
    asked_at = 40 if answer.end == End.NO else 0
    assert breaches([HOLD, later(ended(BUY, End.UNKNOWN), -0.5), later(answer, asked_at)], books) == set()


def test_an_item_held_by_two_is_seen() -> None:
    rows = Books([], [HELD, Event("hold", 7, "bob", OTHER, key="k9")])
    assert breaches([HOLD, of_bob(HOLD, number=3, at=5)], rows) == {"held_by_two"}


def test_an_item_may_be_held_again_after_its_deadline() -> None:
    rows = Books([], [HELD, Event("expire", 7, "alice", CODE), Event("hold", 7, "bob", OTHER, key="k9")])
    assert breaches([HOLD, of_bob(HOLD, number=3, at=31)], rows) == set()


def test_two_holds_for_one_key_are_seen() -> None:
    second = Event("hold", 8, "alice", "sale.alice2", key="k1")
    assert breaches([HOLD], Books([], [HELD, second])) == {"held_twice_for_one_key"}


def test_a_repeat_that_hears_another_code_is_seen() -> None:
    repeat = later(replace(HOLD, code="sale.alice2", item=8), 1)
    assert "answers_differ" in breaches([HOLD, repeat], BOOKS)


def test_a_lost_release_is_seen() -> None:
    wish = Wish(3, Verb.RELEASE, "alice", code=CODE)
    release = Attempt(wish, NOW + 2, ended_at=NOW + 2.1, end=End.OK, reason="http_204")
    assert breaches([HOLD, release], Books([], [HELD])) == {"lost_releases"}


def test_a_buyer_over_the_limit_is_seen() -> None:
    second = replace(HOLD, wish=replace(HOLD.wish, number=3, key="k2"), item=8, code="sale.alice2")
    rows = Books([], [HELD, Event("hold", 8, "alice", "sale.alice2", key="k2")])
    assert breaches([HOLD, second], rows, limit=1) == {"promised_over_the_limit"}


def test_rows_over_the_limit_are_seen() -> None:
    assert breaches(HONEST, BOOKS, limit=0) == {"over_the_limit", "promised_over_the_limit"}


def test_an_expired_hold_does_not_count_against_the_limit() -> None:
    second = later(replace(HOLD, wish=replace(HOLD.wish, number=3, key="k2"), item=8, code="sale.alice2"), 31)
    rows = Books([], [HELD, Event("hold", 8, "alice", "sale.alice2", key="k2")])
    assert breaches([HOLD, second], rows, limit=1) == set()


@pytest.mark.parametrize("lie", [lambda a: a[:1], lambda a: [], lambda a: a[1:]])
def test_a_history_that_was_cut_is_seen(lie: Callable[[list[Attempt]], list[Attempt]]) -> None:
    assert breaches(lie(HONEST), BOOKS)
