"""Planted bugs: each must be caught by the comparison, and the same story without the bug must not.

acknowledge before the append       purchase.lua without its journal entry
forget the slot                     hold.lua that does not note the buyer's slot
ignore expiry                       purchase.lua that sells an expired hold; hold.lua that gives a live one away
retry on time-out                   a door that sends a lost request again
skip the cursor compare             a recorder that does not move its offset, with the constraints out of its way
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from core.engine.redis import Argument, Door
from core.models import JournalQuerySet
from core.refusals import OutcomeUnknown
from sales import books
from tests.faults.desk import HOLD_SECONDS, LIMIT, Desk
from tests.faults.redis_proxy import Mode, Proxy

pytestmark = pytest.mark.django_db(transaction=True)

Change = tuple[str, str, str]
Open = Callable[..., Desk]

APPEND = "redis.call('XADD', journal_key, epoch .. '-' .. string.format('%d', last), ...)"
NOTE_SLOT = "redis.call('HSET', keys.buyers, buyer, slots_with(slots_text, slot, item))"
NO_APPEND: Change = ("purchase", APPEND, "")
NO_SLOT: Change = ("hold", NOTE_SLOT, "")
SELLS_EXPIRED: Change = ("purchase", "hold.deadline <= now", "false")
GIVES_AWAY_LIVE: Change = ("hold", "hold.deadline > now", "hold.buyer == buyer")

ANSWER_SECONDS = 0.2


@pytest.fixture
def open_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a desk with planted changes."""
    desks: list[Desk] = []

    def opened(*changes: Change) -> Desk:
        desks.append(Desk(monkeypatch, *changes))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()


def buys_two(desk: Desk) -> None:
    for buyer in ("alice", "bob"):
        desk.purchase(desk.hold(buyer))


def passes_the_limit(desk: Desk) -> None:
    for _ in range(LIMIT + 1):
        desk.hold("alice")


def buys_too_late(desk: Desk) -> None:
    hold = desk.hold("alice")
    desk.put_clock_forward(HOLD_SECONDS + 1)
    desk.purchase(hold)


def wants_a_held_item(desk: Desk) -> None:
    desk.hold("alice", item=5)
    desk.hold("bob", item=5)


STORIES = [
    pytest.param(buys_two, NO_APPEND, {"lost", "lost_holds"}, id="acknowledge before the append"),
    pytest.param(passes_the_limit, NO_SLOT, {"promised_over_the_limit"}, id="forget the slot"),
    pytest.param(buys_too_late, SELLS_EXPIRED, {"expired_hold_sold"}, id="sell an expired hold"),
    pytest.param(wants_a_held_item, GIVES_AWAY_LIVE, {"held_by_two"}, id="give a live hold away"),
]


@pytest.mark.parametrize(("story", "bug", "breaches"), STORIES)
def test_a_bug_in_a_script_is_caught(
    story: Callable[[Desk], None], bug: Change, breaches: set[str], open_desk: Open
) -> None:
    desk = open_desk(bug)
    story(desk)
    desk.record()
    assert set(desk.verdict().breaches) == breaches


@pytest.mark.parametrize(("story", "bug", "breaches"), STORIES)
def test_the_same_story_without_the_bug_is_in_order(
    story: Callable[[Desk], None], bug: Change, breaches: set[str], open_desk: Open
) -> None:
    desk = open_desk()
    story(desk)
    desk.record()
    verdict = desk.verdict()
    assert (verdict.breaches, verdict.counts["holds acknowledged"] > 0) == ({}, True)


class _Repeats(Door):
    """The mutant: sends a request again whose answer was lost, as redis-py does unless told otherwise."""

    def command(self, *words: Argument) -> object:
        try:
            return super().command(*words)
        except OutcomeUnknown:
            self._shut_until = 0.0
            return super().command(*words)


@pytest.mark.parametrize(("kind", "times"), [(Door, 1), (_Repeats, 2)], ids=["the door", "the mutant"])
def test_a_retry_on_time_out_is_caught(kind: type[Door], times: int, settings: object) -> None:
    with Proxy(settings.REDIS_URL) as proxy:  # type: ignore[attr-defined]
        door = kind(proxy.url, answer_seconds_max=ANSWER_SECONDS)
        key = f"mutants:{kind.__name__}"
        door.command("DEL", key)
        proxy.mode = Mode.SWALLOW_ONCE
        if times == 1:
            with pytest.raises(OutcomeUnknown):
                door.command("INCR", key)
        else:
            door.command("INCR", key)
        assert proxy.sent("INCR") == times
        proxy.mode = Mode.PASS
        door.close()
        honest = Door(proxy.url)
        assert honest.command("GET", key) == str(times).encode()
        honest.command("DEL", key)
        honest.close()


@pytest.fixture
def bare_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sale's tables without a constraint or index, before the real ones in the search path."""
    monkeypatch.setattr(books, "_EVENTS", books._EVENTS.replace("ON CONFLICT (sale_id, epoch, seq) DO NOTHING", ""))
    monkeypatch.setattr(books, "_PURCHASES", books._PURCHASES.replace("ON CONFLICT (code) DO NOTHING", ""))
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare")
        for table in ("sales_saleevent", "sales_purchase"):
            cursor.execute(f"CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING IDENTITY)")
        cursor.execute("SET search_path = bare, public")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = public")
        cursor.execute("DROP SCHEMA bare CASCADE")


@pytest.mark.usefixtures("bare_tables")
def test_a_recorder_that_skips_its_cursor_is_caught(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JournalQuerySet, "move", lambda *_, **__: True)
    desk = open_desk()
    buys_two(desk)
    desk.record()
    desk.record()
    assert set(desk.verdict().breaches) == {"lost_holds", "sold_twice", "recorded_twice", "held_twice_for_one_key"}


@pytest.mark.usefixtures("bare_tables")
def test_the_cursor_alone_records_once(open_desk: Open) -> None:
    """The control: without any constraint, the offset in PostgreSQL is enough."""
    desk = open_desk()
    buys_two(desk)
    desk.record()
    desk.record()
    assert desk.verdict().breaches == {}
