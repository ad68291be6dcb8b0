"""Histories against the books: pure, so that it can be tried on lies of every kind (`test_oracle.py`).

    compare     what buyers were told, beside what PostgreSQL has -> Verdict
    Verdict     each kind of breach with its sentences; `breaches` is empty where every promise was kept

The rules, each a function below: nothing acknowledged is lost; nothing is sold twice; who heard a definite "no", or
"nothing happened", has nothing; every unknown was resolved by asking again; nothing stands in the books that nobody
asked for; a live hold is honoured; no buyer passes the limit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.faults.evidence import Books, Case
from tests.faults.history import Attempt, Story

CLOCKS_DIFFER_SECONDS = 0.05
"""Buyers and Redis read one machine's clock; the answer is still a moment on its way."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`counts` says how much was compared: a green verdict about nothing proves nothing."""

    breaches: dict[str, list[str]]
    counts: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        return self.breaches.get(name, [])


def compare(attempts: Iterable[Attempt], books: Books, *, limit: int) -> Verdict:
    """`limit` is how many items a buyer may have at once."""
    case = Case(attempts, books, limit)
    breaches = {rule.__name__.lstrip("_"): sentences for rule in RULES if (sentences := list(rule(case)))}
    counts = {
        "attempts": sum(len(story.attempts) for story in case.stories),
        "holds acknowledged": sum(bool(story.oks) for story in case.holds),
        "purchases acknowledged": sum(bool(story.oks) for story in case.purchases),
        "releases acknowledged": sum(bool(story.oks) for story in case.releases),
        "unknown, then resolved": sum(_was_unknown(story) and not story.open for story in case.stories),
        "rows sold": len(books.sold),
    }
    return Verdict(breaches, counts)


def _was_unknown(story: Story) -> bool:
    return any(attempt.end == "unknown" for attempt in story.attempts)


def _lost(case: Case) -> Iterator[str]:
    """An acknowledged purchase is one row with that item and that buyer."""
    for story in case.purchases:
        for told in story.oks[:1]:
            rows = case.rows(story.wish.code)
            if not rows:
                yield f"{story.wish.buyer} bought item {told.item} with {story.wish.code}, and there is no row"
            elif (rows[0].item, rows[0].buyer) != (told.item, story.wish.buyer):
                yield f"{story.wish.buyer} bought item {told.item}, and the row says {rows[0]}"


def _lost_holds(case: Case) -> Iterator[str]:
    """An acknowledged hold is in the journal once, with that item and that buyer."""
    for code, told in case.promised.items():
        rows = case.events("hold", code)
        if [(row.item, row.buyer) for row in rows] != [(told.item, told.wish.buyer)]:
            yield f"{told.wish.buyer} was promised item {told.item} by {code}, and the journal has {rows}"


def _lost_releases(case: Case) -> Iterator[str]:
    """A hold that was given back has ended in the journal, by nothing but that."""
    for story in case.releases:
        if story.oks and case.events("hold", story.wish.code):
            ends = [k for k in ("release", "expire", "purchase") if case.events(k, story.wish.code)]
            if ends not in (["release"], ["expire"]):
                yield f"{story.wish.buyer} gave {story.wish.code} back, and the journal ends it by {ends}"


def _sold_twice(case: Case) -> Iterator[str]:
    """One row an item, one row a code."""
    for number, times in Counter(sold.item for sold in case.books.sold).items():
        if times > 1:
            yield f"item {number} is sold {times} times"
    for code, rows in case.sold_by_code.items():
        if len(rows) > 1:
            yield f"code {code} is recorded {len(rows)} times"


def _acknowledged_twice(case: Case) -> Iterator[str]:
    """No two codes were told that they have the same item."""
    codes_of: dict[int | None, set[str | None]] = defaultdict(set)
    for story in case.purchases:
        for told in story.oks:
            codes_of[told.item].add(story.wish.code)
    for item, codes in codes_of.items():
        if len(codes) > 1:
            yield f"item {item} was acknowledged to {len(codes)} codes: {sorted(map(str, codes))}"


def _recorded_twice(case: Case) -> Iterator[str]:
    """A code is held once, and ends once."""
    ends = Counter(event.code for event in case.books.events if event.kind in ("purchase", "release", "expire"))
    holds = Counter(event.code for event in case.books.events if event.kind == "hold")
    for what, times in (("held", holds), ("ended", ends)):
        for code, number in times.items():
            if number > 1:
                yield f"{code} is {what} {number} times in the journal"


def _held_twice_for_one_key(case: Case) -> Iterator[str]:
    """A repeat with the same idempotency key holds nothing more."""
    keys = Counter((event.buyer, event.key) for event in case.books.events if event.kind == "hold" and event.key)
    for (buyer, key), times in keys.items():
        if times > 1:
            yield f"{buyer} holds {times} items for the one key {key}"


def _answers_differ(case: Case) -> Iterator[str]:
    """All answers to one purchase name the same item; all answers to one key the same code."""
    for story in case.purchases:
        if len({told.item for told in story.oks}) > 1:
            yield f"{story.wish.code} heard {sorted({str(told.item) for told in story.oks})}"
    for story in case.holds:
        if story.wish.key and len({told.code for told in story.oks}) > 1:
            yield f"key {story.wish.key} of {story.wish.buyer} heard several codes"


def _told_no_but_sold(case: Case) -> Iterator[str]:
    """A definite no, or "nothing happened" and no more, leaves no row."""
    for code, rows in case.sold_by_code.items():
        for story in case.asked(code):
            for told in story.nos:
                yield f"{story.wish.buyer} heard {told.reason} for {code}, and has item {rows[0].item}"
        asked = case.asked(code)
        if asked and not any(story.may_have_happened or story.nos for story in asked):
            yield f"{asked[0].wish.buyer} heard that nothing happened for {code}, and has item {rows[0].item}"


def _told_no_but_held(case: Case) -> Iterator[str]:
    """The same for holds: a buyer who never heard "yes" or "perhaps" for a wish holds nothing by it."""
    heard: dict[tuple[str, int | None, str | None], bool] = defaultdict(bool)
    for story in case.holds:
        heard[story.wish.buyer, None if story.wish.key else story.wish.item, story.wish.key] |= story.may_have_happened
    for event in case.books.events:
        wish = (event.buyer, None if event.key else event.item, event.key)
        if event.kind == "hold" and wish in heard and not heard[wish]:
            yield f"{event.buyer} heard no for item {event.item} (key {event.key}), and holds it by {event.code}"


def _nobody_asked(case: Case) -> Iterator[str]:
    """Nothing is sold, and nothing held, that no buyer asked for."""
    for code, rows in case.sold_by_code.items():
        if not case.asked(code):
            yield f"{rows[0]} was never asked for"
    wishes = {(s.wish.buyer, None if s.wish.key else s.wish.item, s.wish.key) for s in case.holds}
    for event in case.books.events:
        if event.kind == "hold" and (event.buyer, None if event.key else event.item, event.key) not in wishes:
            yield f"{event} was never asked for"


def _live_hold_refused(case: Case) -> Iterator[str]:
    """Before its deadline, a hold that was not given back can be bought."""
    for story in case.purchases:
        hold = case.promised.get(story.wish.code or "")
        if hold is None or hold.deadline is None or story.wish.code in case.given_back:
            continue
        for told in story.nos:
            if told.ended_at < hold.deadline - CLOCKS_DIFFER_SECONDS:
                yield f"{story.wish.code} heard {told.reason} {hold.deadline - told.ended_at:.1f} s before its deadline"


def _expired_hold_sold(case: Case) -> Iterator[str]:
    """After its deadline, a hold cannot be bought for the first time."""
    for code, told in case.promised.items():
        asked = case.asked(code)
        first = min((a.invoked_at for story in asked for a in story.attempts), default=0.0)
        if told.deadline is not None and first > told.deadline + CLOCKS_DIFFER_SECONDS and case.rows(code):
            yield f"{code} was bought {first - told.deadline:.1f} s after its deadline"


def _held_by_two(case: Case) -> Iterator[str]:
    """While one buyer's acknowledged hold lives, nobody else is promised the item."""
    by_item: dict[int | None, list[tuple[float, Attempt]]] = defaultdict(list)
    for story in case.holds:
        for told in story.oks[:1]:
            by_item[told.item].append((story.attempts[0].invoked_at, told))
    for item, holds in by_item.items():
        for earlier in (told for _, told in holds if told.code not in case.given_back):
            for asked_at, later in holds:
                live = earlier.deadline or 0.0
                if later.code != earlier.code and earlier.ended_at <= asked_at and later.ended_at < live:
                    yield f"item {item} was promised to {earlier.wish.buyer}, then to {later.wish.buyer}"


def _over_the_limit(case: Case) -> Iterator[str]:
    """A buyer's rows stay within the limit."""
    for buyer, times in Counter(sold.buyer for sold in case.books.sold).items():
        if times > case.limit:
            yield f"{buyer} bought {times} items, the limit is {case.limit}"


def _promised_over_the_limit(case: Case) -> Iterator[str]:
    """Bought and acknowledged live holds together stay within it too."""
    of_buyer: dict[str, list[Attempt]] = defaultdict(list)
    for code, told in case.promised.items():
        if code not in case.given_back:
            of_buyer[told.wish.buyer].append(told)
    for buyer, holds in of_buyer.items():
        for at in (told.ended_at for told in holds):
            counted = [h for h in holds if h.ended_at <= at and (case.rows(h.code) or (h.deadline or 0) > at)]
            if len(counted) > case.limit:
                yield f"{buyer} has {len(counted)} items, the limit is {case.limit}"
                break


def _unresolved(case: Case) -> Iterator[str]:
    """Asking again has said of every unknown which it was."""
    for story in case.stories:
        if story.open:
            yield f"{story.wish} is still unknown after {len(story.attempts)} attempts"


RULES: tuple[Callable[[Case], Iterator[str]], ...] = (
    _lost,
    _lost_holds,
    _lost_releases,
    _sold_twice,
    _acknowledged_twice,
    _recorded_twice,
    _held_twice_for_one_key,
    _answers_differ,
    _told_no_but_sold,
    _told_no_but_held,
    _nobody_asked,
    _live_hold_refused,
    _expired_hold_sold,
    _held_by_two,
    _over_the_limit,
    _promised_over_the_limit,
    _unresolved,
)
