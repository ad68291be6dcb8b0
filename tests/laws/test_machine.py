"""The law of a sale: Hypothesis walks through everything that can happen, on the real scripts and real PostgreSQL,
beside the model; after each step every invariant holds, and a refusal has changed nothing."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.engine import guardian, recorder
from core.engine.journal import Keys
from core.engine.redis import door
from sales import engine, invariants, services
from sales.models import SaleEvent
from sales.tests.shop import ALICE, BOB, CHARLIE, NOON, Shop, empty_books, secret_of
from tests.laws.asking import ANY, WORDS, Asking
from tests.laws.crashes import crashing
from tests.laws.model import Model
from tests.laws.replay import state_of_the_journal

BUYERS = st.sampled_from([ALICE, BOB, CHARLIE])
ITEMS = st.integers(1, 5)
HAPPENED = {"adopted", "rebuilt", "recorder died", "guardian died", "new", "again"} | set(WORDS)
KEYS = st.none() | st.sampled_from(["k1", "k2"])
ANY_CODE = st.integers(0, ANY)


class Walk(Asking, RuleBasedStateMachine):
    """One sale of four items, three buyers with two slots each, holds of a minute, an hour in all."""

    @initialize()
    def begin(self) -> None:
        empty_books()
        self.shop.clock.ms = NOON
        self.shop.flush()
        services._sold_out_until.clear()
        self.sale = self.shop.open(size=4, limit=2, hold_seconds=60, opens_in=0, open_for=3_600)
        self.model = Model(size=4, limit=2, hold_ms=60_000, closes_at=NOON + 3_600_000)
        self.history: dict[int, Model] = {0: self.model.kept()}
        self.codes: list[str] = []
        self.epoch, self.checked_seq, self.sound = 1, 0, True

    # --- what buyers do

    @rule(buyer=BUYERS, item=ITEMS, key=KEYS)
    def hold_this(self, buyer: str, item: int, key: str | None) -> None:
        self._hold(buyer, item, key)

    @rule(buyer=BUYERS, key=st.sampled_from(["k1", "k2", "k3"]))
    def hold_any(self, buyer: str, key: str) -> None:
        self._hold(buyer, None, key)

    @rule(buyer=BUYERS, which=ANY_CODE)
    def purchase(self, buyer: str, which: int) -> None:
        self._purchase(self._code(which), buyer)

    @precondition(lambda self: self.sound and self.model.holds)
    @rule(which=st.integers(0, 3))
    def purchase_ones_own(self, which: int) -> None:
        held = list(self.model.holds.values())
        mine = held[which % len(held)]
        self._purchase(mine.code, mine.buyer)

    @precondition(lambda self: self.sound)
    @rule(buyer=BUYERS, item=ITEMS)
    def buy_this(self, buyer: str, item: int) -> None:
        self._hold(buyer, item, None)
        if held := self.model.live(self._now).get(item):
            self._purchase(held.code, buyer)

    @precondition(lambda self: self.sound)
    @rule(number=st.sampled_from([1, 1, 2, 2, 3, 4]), verb=st.sampled_from(["hold", "hold", "buy"]))
    def a_rush(self, number: int, verb: str) -> None:
        for item, buyer in list(enumerate((ALICE, ALICE, BOB, BOB), start=1))[-number:]:
            if verb == "hold":
                self._hold(buyer, item, None)
            else:
                self.buy_this(buyer, item)

    @precondition(lambda self: self.sound)
    @rule(buyer=BUYERS, item=ITEMS, ms=st.integers(-1, 1))
    def wait_too_long(self, buyer: str, item: int, ms: int) -> None:
        self._hold(buyer, item, None)
        if held := self.model.live(self._now).get(item):
            self.shop.clock.set(held.deadline + ms)
            self._purchase(held.code, buyer)

    @rule(buyer=BUYERS, which=ANY_CODE)
    def release(self, buyer: str, which: int) -> None:
        code = self._code(which)
        word = self.model.release(code=code, buyer=buyer) if self.sound else self._of_the_books(code, buyer, "sold")
        if code in self.codes and word in ("gone", "unknown"):
            self._changes_nothing(lambda: services.release_hold(code=code, buyer=buyer))
        else:
            self._answered(word, lambda: services.release_hold(code=code, buyer=buyer))

    @precondition(lambda self: self.sound)
    @rule(seconds=st.sampled_from([1, 20, 60, 60, 60, 60, 900]), ms=st.sampled_from([-1, 0, 1]))
    def let_time_pass(self, seconds: int, ms: int) -> None:
        self.shop.clock.pass_by(seconds=seconds, ms=ms)

    # --- what the house does

    @precondition(lambda self: self.sound)
    @rule()
    def sweep(self) -> None:
        services.sweep_all()
        self.model.sweep(self._now)

    @precondition(lambda self: self.sound)
    @rule(state=st.sampled_from(["paused", "paused", "open", "open", "open", "open", "closed"]))
    def change_state(self, state: Any) -> None:
        word = "closed" if self.model.state == "closed" and state != "closed" else "new"
        changed = self._answered(word, lambda: services.set_state(sale_id=self.sale.id, state=state, reason=""))
        if word == "new":
            assert changed is (self.model.state != state)
            self.model.state = state

    @rule()
    def record(self) -> None:
        recorder.record(self.sale.topic)

    @rule(step=st.integers(0, 30))
    def record_and_crash(self, step: int) -> None:
        with crashing(step) as crash:
            recorder.record(self.sale.topic)
        self.seen["recorder died"] += crash.happened

    @precondition(lambda self: not self.sound)
    @rule()
    def guard(self) -> None:
        guardian.guard()
        self._is_sound_again()

    @precondition(lambda self: not self.sound)
    @rule()
    def guard_soon(self) -> None:
        self.guard()

    @precondition(lambda self: self.sound)
    @rule()
    def guard_what_is_sound(self) -> None:
        assert guardian.guard() == []

    @precondition(lambda self: not self.sound)
    @rule(step=st.integers(0, 80))
    def guard_and_crash(self, step: int) -> None:
        with crashing(step) as crash:
            guardian.guard()
        self.seen["guardian died"] += crash.happened
        if not crash.happened:
            self._is_sound_again()

    # --- what goes wrong -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.sound)
    @rule(what=st.sampled_from(["restarts", "restarts", "forgets", "meta", "journal", *engine.STATE]))
    def redis_fails(self, what: str) -> None:
        match what:
            case "restarts":
                self.shop.strange(self.sale)
            case "forgets":
                self.shop.flush()
            case _:
                self.shop.lose(self.sale, what)
        self.sound = False
        self._hold(ALICE, 1, None)
        if what not in ("forgets", "meta"):  # a lost key is noticed by who needs it; after a restart, by all
            self.shop.strange(self.sale)

    # --- what must hold ------------------------------------------------------------------------------------------

    @invariant()
    def redis_is_the_model(self) -> None:
        if not self.sound:
            return
        seen, now = engine.snapshot(sale_id=self.sale.id), self._now
        self.history[seen.seq] = self.model.kept()
        live = {item: text.split(" ") for item, text in seen.holds.items() if engine.deadline_of(text) > now}
        assert seen.sold_items == set(self.model.sold)
        assert {i: (t[0], t[1], int(t[3])) for i, t in live.items()} == {
            i: (secret_of(h.code), h.buyer, h.deadline) for i, h in self.model.live(now).items()
        }
        counters = engine.counters(sale_id=self.sale.id)
        assert (counters.held, counters.sold, counters.free) == (len(live), seen.sold, len(self.model.free(now)))
        assert counters.free + counters.held + counters.sold == self.model.size
        counted = seen.sold_items | set(live)
        for slots in seen.buyers.values():
            assert sum(1 for item in slots.split(",") if int(item) in counted) <= self.model.limit
        replayed = state_of_the_journal(self.sale, self._journal)
        assert (replayed.sold, replayed.live(now)) == (seen.sold_items, {i: t[0] for i, t in live.items()})

    @invariant()
    def the_journal_is_contiguous(self) -> None:
        rows = door().command("XRANGE", Keys(self.sale.topic).journal, "-", "+")
        seqs = [int(entry.partition(b"-")[2]) for entry, _ in rows]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else True

    @invariant()
    def the_rows_are_sound(self) -> None:
        recorded = self._journal.recorded_seq
        if recorded != self.checked_seq:
            self.checked_seq = recorded
            assert {name: found for name, found in invariants.breaches() if found} == {}
            assert SaleEvent.objects.count() == recorded

    def teardown(self) -> None:
        """Whatever happened: after one more look by the guardian, both stores agree."""
        if hasattr(self, "sale"):
            guardian.guard()
            assert guardian.reconcile(self.sale.topic, repair=False) == []


@pytest.fixture
def walk(shop: Shop) -> type[Walk]:
    return type("Walk", (Walk,), {"shop": shop, "seen": Counter()})


@pytest.mark.slow
def test_whatever_happens_the_sale_stays_sound(walk: type[Walk], request: pytest.FixtureRequest) -> None:
    long = request.config.getoption("--long", default=False) or bool(os.environ.get("STAMPEDE_LONG"))
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=2_000 if long else 60,
            stateful_step_count=60 if long else 40,
            deadline=None,
            derandomize=not long,
            database=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink) if long else (Phase.generate,),
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(walk.seen) >= HAPPENED, f"what never happened proves nothing: {walk.seen}"
