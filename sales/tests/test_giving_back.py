"""Giving back: a buyer's release, an expiry, the sweep that tidies up after it."""

from __future__ import annotations

import pytest

from core.engine import guardian, recorder
from core.refusals import WarmingUp
from sales import errors, limits, selectors, services
from sales.engine import Held, Sold
from sales.tests.shop import ALICE, BOB, CHARLIE, NOON, Shop, buy, hold, secret_of


def test_it_works(shop: Shop) -> None:
    sale = shop.open()
    services.release_hold(code=hold(sale, ALICE, 7).code, buyer=ALICE)
    assert selectors.counters(sale).free == 10
    assert hold(sale, BOB, 7).item == 7


def test_a_release_is_one_journal_entry(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.release_hold(code=code, buyer=ALICE)
    assert shop.last(sale) == {
        "kind": "release", "at": str(NOON), "item": "7", "buyer": ALICE, "slot": "1", "price": "1000",
        "secret": secret_of(code), "deadline": str(NOON + 600_000),
    }  # fmt: skip


def test_a_release_again_changes_nothing(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.release_hold(code=code, buyer=ALICE)
    before = shop.all()
    services.release_hold(code=code, buyer=ALICE)
    assert shop.all() == before


def test_a_release_again_spares_the_next_buyer(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.release_hold(code=code, buyer=ALICE)
    hold(sale, BOB, 7)
    before = shop.all()
    services.release_hold(code=code, buyer=ALICE)
    assert shop.all() == before


def test_a_release_is_remembered_by_the_books(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.release_hold(code=code, buyer=ALICE)
    recorder.record(sale.topic)
    shop.lose(sale, "gone")
    services.release_hold(code=code, buyer=ALICE)


def test_a_late_release_is_an_expiry(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    services.release_hold(code=code, buyer=ALICE)
    assert shop.last(sale)["kind"] == "expire"


def test_what_is_sold_stays_sold(shop: Shop) -> None:
    sale = shop.open()
    code = buy(sale, ALICE, 7).code
    with shop.refuses(errors.HoldSold):
        services.release_hold(code=code, buyer=ALICE)


def test_what_was_sold_stays_sold_by_the_books(shop: Shop) -> None:
    sale = shop.open()
    code = buy(sale, ALICE, 7).code
    recorder.record(sale.topic)
    shop.flush()
    guardian.guard()
    with shop.refuses(errors.HoldSold):
        services.release_hold(code=code, buyer=ALICE)


@pytest.mark.parametrize("verb", [hold, buy])
def test_a_stranger_cannot_release(shop: Shop, verb: object) -> None:
    sale = shop.open()
    code = verb(sale, ALICE, 7).code  # type: ignore[operator]
    with shop.refuses(errors.HoldUnknown):
        services.release_hold(code=code, buyer=BOB)


def test_an_unknown_code_is_not_released(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    with shop.refuses(errors.HoldUnknown):
        services.release_hold(code=f"{code[:23]}{'A' * 21}w", buyer=ALICE)


def test_a_malformed_code_is_not_released(shop: Shop) -> None:
    shop.open()
    with shop.refuses(errors.HoldUnknown):
        services.release_hold(code="nonsense", buyer=ALICE)


@pytest.mark.parametrize("name", ["meta", "journal", "taken", "deadlines", "held", "codes", "buyers"])
def test_a_lost_key_is_warming_up(shop: Shop, name: str) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    shop.lose(sale, name)
    with shop.refuses(WarmingUp):
        services.release_hold(code=code, buyer=ALICE)


@pytest.mark.parametrize("name", ["meta", "journal", "taken", "deadlines", "held", "codes", "buyers"])
def test_the_sweep_leaves_a_broken_sale(shop: Shop, name: str) -> None:
    broken, whole = shop.open(hold_seconds=10), shop.open(hold_seconds=10)
    hold(broken, ALICE, 7)
    hold(whole, ALICE, 7)
    shop.clock.pass_by(seconds=10)
    shop.lose(broken, name)
    assert services.sweep_all() == 1
    assert selectors.counters(whole).held == 0


def test_an_expired_item_is_free_without_a_sweep(shop: Shop) -> None:
    sale = shop.open(size=1, hold_seconds=10)
    hold(sale, ALICE, 1)
    shop.clock.pass_by(seconds=10)
    assert selectors.counters(sale).free == 1
    assert hold(sale, BOB, 1).item == 1


def test_any_item_finds_an_expired_one(shop: Shop) -> None:
    sale = shop.open(size=8, limit=8, hold_seconds=10)
    for item in range(1, 9):
        hold(sale, ALICE, item)
    shop.clock.pass_by(seconds=10)
    assert hold(sale, BOB, key="k1").item == 1
    assert shop.kinds(sale).count("expire") == 5


def test_expired_slots_free_their_buyer(shop: Shop) -> None:
    sale = shop.open(limit=3, hold_seconds=10)
    for item in (1, 2, 3):
        hold(sale, ALICE, item)
    shop.clock.pass_by(seconds=10)
    assert [hold(sale, ALICE, item).item for item in (4, 5, 6)] == [4, 5, 6]
    with shop.refuses(errors.LimitReached):
        hold(sale, ALICE, 7)


def test_the_sweep_tidies_up(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    hold(sale, ALICE, 1)
    shop.clock.pass_by(seconds=5)
    hold(sale, BOB, 2)
    shop.clock.pass_by(seconds=5)
    assert services.sweep_all() == 1
    assert shop.last(sale)["kind"] == "expire"
    before = shop.all()
    assert services.sweep_all() == 0
    assert shop.all() == before


def test_the_sweep_takes_a_bounded_bite(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(size=20, limit=20, hold_seconds=10)
    for item in range(1, 8):
        hold(sale, CHARLIE, item)
    shop.clock.pass_by(seconds=10)
    monkeypatch.setattr(limits, "SWEEP_HOLDS_A_CALL", 5)
    assert [services.sweep_all() for _ in range(3)] == [5, 2, 0]


def test_a_look_shows_a_hold(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    assert selectors.look(code=code, buyer=ALICE)[1] == Held(7, ALICE, 1, NOON + 600_000, 1_000, "EUR")


def test_a_look_shows_a_purchase(shop: Shop) -> None:
    sale = shop.open()
    code = buy(sale, ALICE, 7).code
    sold = Sold(7, ALICE, 1, 1_000, NOON, "EUR", again=True)
    assert selectors.look(code=code, buyer=ALICE)[1] == sold
    recorder.record(sale.topic)
    shop.flush()
    assert selectors.look(code=code, buyer=ALICE)[1] == sold


@pytest.mark.parametrize("sweep", [True, False])
def test_a_look_says_expired(shop: Shop, sweep: bool) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    if sweep:
        services.sweep_all()
    with shop.refuses(errors.HoldExpired):
        selectors.look(code=code, buyer=ALICE)


@pytest.mark.parametrize("verb", [hold, buy])
def test_a_stranger_sees_nothing(shop: Shop, verb: object) -> None:
    sale = shop.open()
    code = verb(sale, ALICE, 7).code  # type: ignore[operator]
    with shop.refuses(errors.HoldUnknown):
        selectors.look(code=code, buyer=BOB)


@pytest.mark.parametrize("code", ["", "x", "x.y", "é" * 22 + "." + "A" * 22, "A" * 45, "A" * 22 + "." + "*" * 22])
def test_a_malformed_code_shows_nothing(shop: Shop, code: str) -> None:
    with shop.refuses(errors.HoldUnknown):
        selectors.look(code=code, buyer=ALICE)
