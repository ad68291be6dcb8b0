"""Two recorders, two guardians, or one of each at once: each entry is recorded once, each sale rebuilt once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from core.engine import guardian, recorder
from core.engine.journal import Entry, Standing
from core.models import Journal, JournalQuerySet
from core.refusals import WarmingUp
from sales import books, engine, invariants
from sales.models import Purchase, Sale, SaleEvent
from sales.tests.shop import ALICE, Shop, answers, buy, hold, refusals, together


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sequences that were written, committed or not."""
    seen: list[int] = []
    apply = books.apply

    def noting(*, sale_id: Any, entries: Sequence[Entry]) -> None:
        seen.extend(entry.seq for entry in entries)
        apply(sale_id=sale_id, entries=entries)

    monkeypatch.setattr(books, "apply", noting)
    return seen


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs in which a till was opened."""
    seen: list[int] = []
    open_sale = engine.open_sale

    def noting(**what: Any) -> None:
        open_sale(**what)
        seen.append(what["epoch"])

    monkeypatch.setattr(engine, "open_sale", noting)
    return seen


def _busy(shop: Shop) -> Sale:
    sale = shop.open(size=200, limit=100)
    for item in range(1, 31):
        buy(sale, ALICE, item)
    return sale


def _unlocked(parties: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guards off: nobody locks the journal row, and all have read it before the first one writes."""
    read = threading.Barrier(parties)

    def locked(self: JournalQuerySet, topic: str, *, wait: bool = False) -> Journal | None:
        found = self.filter(topic=topic).first()
        if threading.current_thread() is not threading.main_thread():
            read.wait(30)
        return found

    monkeypatch.setattr(JournalQuerySet, "locked", locked)


def test_two_recorders_record_once(shop: Shop, applied: list[int]) -> None:
    sale = _busy(shop)
    done = together([partial(recorder.record, sale.topic)] * 8)
    assert refusals(done) == []
    assert sum(answers(done)) == len(applied) == 61
    assert applied == list(range(1, 62))
    assert SaleEvent.objects.count() == 61


def test_recorders_without_the_lock_meet(shop: Shop, applied: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the row lock both write the same entries; then the compare-and-swap stops all but one."""
    sale = _busy(shop)
    _unlocked(2, monkeypatch)
    done = together([partial(recorder.record, sale.topic)] * 2)
    assert sorted(applied) == sorted([*range(1, 62)] * 2)
    assert refusals(done) == [RuntimeError]
    assert SaleEvent.objects.count() == 61


def test_recorders_without_any_guard_count_twice(
    shop: Shop, applied: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the control: without the swap too, both say that they recorded all of it."""
    sale = _busy(shop)
    _unlocked(2, monkeypatch)
    monkeypatch.setattr(JournalQuerySet, "move", lambda *_, **__: True)
    done = together([partial(recorder.record, sale.topic)] * 2)
    assert sum(answers(done)) == 122


def test_two_guardians_rebuild_once(shop: Shop, opened: list[int]) -> None:
    sale = _busy(shop)
    recorder.record(sale.topic)
    shop.flush()
    opened.clear()
    mended = together([guardian.guard] * 8)
    assert refusals(mended) == []
    assert [one for one in answers(mended) if one] == [[sale.topic]]
    assert opened == [Journal.objects.get().epoch]


def test_guardians_without_the_lock_claim_once(shop: Shop, opened: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the row lock both find the till missing; the compare-and-swap lets one of them claim."""
    sale = _busy(shop)
    recorder.record(sale.topic)
    shop.flush()
    opened.clear()
    claims: list[bool] = []
    open_epoch = JournalQuerySet.open_epoch

    def claiming(self: JournalQuerySet, journal: Journal) -> bool:
        claims.append(open_epoch(self, journal))
        return claims[-1]

    both = threading.Barrier(2)
    claim: Callable[[Journal, Standing], bool] = guardian._claim

    def claim_together(journal: Journal, standing: Standing) -> bool:
        both.wait(30)
        return claim(journal, standing)

    monkeypatch.setattr(JournalQuerySet, "locked", lambda self, topic, wait=False: self.filter(topic=topic).first())
    monkeypatch.setattr(JournalQuerySet, "open_epoch", claiming)
    monkeypatch.setattr(guardian, "_claim", claim_together)
    together([partial(guardian.mend, sale.topic)] * 2)
    assert sorted(claims) == [False, True]
    assert opened == [2]


def test_recorder_and_guardian_at_once(shop: Shop, applied: list[int]) -> None:
    for _ in range(5):
        sale = _busy(shop)
        applied.clear()
        shop.lose(sale, "held")
        doers: list[Callable[[], object]] = [partial(recorder.record, sale.topic), guardian.guard] * 3
        assert refusals(together(doers)) == []
        while guardian.guard():
            pass
        recorder.record(sale.topic)
        assert sorted(applied) == list(range(1, 63))
        assert Purchase.objects.filter(sale=sale).count() == 30
        assert guardian.reconcile(sale.topic, repair=False) == []


def test_all_at_once_while_a_crowd_buys(shop: Shop) -> None:
    """Buyers, recorders, guardians, sweepers and a Redis that restarts: nothing acknowledged is missing."""
    sale = shop.open(size=300, limit=100, hold_seconds=60)
    done = threading.Event()

    def buyer(number: int) -> list[int]:
        mine = []
        for item in range(number * 10 + 1, number * 10 + 11):
            try:
                mine.append(buy(sale, f"demo:b{number}", item).item)
            except WarmingUp:
                continue
        return mine

    def until_done(step: Callable[[], object]) -> None:
        while not done.is_set():
            step()

    def crowd() -> list[int]:
        try:
            outcomes = together([partial(buyer, number) for number in range(20)])
            assert refusals(outcomes) == []
            return [item for mine in answers(outcomes) for item in mine]
        finally:
            done.set()

    house: list[Callable[[], Any]] = [
        crowd,
        partial(until_done, partial(recorder.record, sale.topic)),
        partial(until_done, partial(recorder.record, sale.topic)),
        partial(until_done, guardian.guard),
        partial(until_done, guardian.guard),
        partial(until_done, partial(shop.strange, sale)),
    ]
    outcomes = together(house)
    assert refusals(outcomes) == []
    while guardian.guard():
        pass
    recorder.record(sale.topic)
    sold = set(Purchase.objects.values_list("item", flat=True))
    assert sold == engine.snapshot(sale_id=sale.id).sold_items
    assert set(outcomes[0]) <= sold  # type: ignore[arg-type]
    assert {name: found for name, found in invariants.breaches() if found} == {}
    assert hold(sale, ALICE, 300).item == 300
