"""Holding: an item is set aside for one buyer until a deadline."""

from __future__ import annotations

import pytest

from core.engine import guardian, recorder
from core.engine.journal import Keys
from core.engine.redis import door
from core.refusals import RecorderBehind, WarmingUp
from sales import engine, errors, limits, selectors, services
from sales.models import Sale
from sales.tests.shop import ALICE, BOB, CHARLIE, NOON, Shop, buy, hold


def test_it_works(shop: Shop) -> None:
    sale = shop.open()
    receipt = hold(sale, ALICE, 7)
    assert (receipt.item, receipt.price, receipt.again) == (7, (1_000, "EUR"), False)
    assert receipt.expires_ms == NOON + 600_000
    counters = selectors.counters(sale)
    assert (counters.free, counters.held, counters.sold) == (9, 1, 0)


def test_a_hold_is_one_journal_entry(shop: Shop) -> None:
    sale = shop.open()
    receipt = hold(sale, ALICE, 7)
    assert shop.last(sale) == {
        "kind": "hold", "at": str(NOON), "item": "7", "buyer": ALICE, "slot": "1", "price": "1000", "wanted": "7",
        "secret": receipt.code[-22:], "deadline": str(NOON + 600_000), "request": "",
    }  # fmt: skip


def test_the_same_item_again_is_the_same_hold(shop: Shop) -> None:
    sale = shop.open()
    first = hold(sale, ALICE, 7)
    before = shop.all()
    assert hold(sale, ALICE, 7) == first._replace(again=True)
    assert shop.all() == before


def test_a_repeat_is_answered_while_paused(shop: Shop) -> None:
    sale = shop.open()
    first = hold(sale, ALICE, 7)
    services.set_state(sale_id=sale.id, state=Sale.State.PAUSED, reason="a test")
    assert hold(sale, ALICE, 7).code == first.code


def test_a_repeat_is_answered_after_closing(shop: Shop) -> None:
    sale = shop.open(opens_in=0, open_for=60)
    first = hold(sale, ALICE, 7)
    shop.clock.pass_by(seconds=60)
    assert hold(sale, ALICE, 7).code == first.code


def test_any_item_is_the_lowest_free_one(shop: Shop) -> None:
    sale = shop.open()
    hold(sale, BOB, 1)
    assert hold(sale, ALICE, key="k1").item == 2


def test_a_key_gives_the_first_answer_again(shop: Shop) -> None:
    sale = shop.open()
    first = hold(sale, ALICE, key="k1")
    before = shop.all()
    assert hold(sale, ALICE, key="k1") == first._replace(again=True)
    assert shop.all() == before


def test_a_key_answers_after_the_hold_has_gone(shop: Shop) -> None:
    sale = shop.open()
    first = hold(sale, ALICE, key="k1")
    services.release_hold(code=first.code, buyer=ALICE)
    assert hold(sale, ALICE, key="k1").code == first.code
    assert selectors.counters(sale).held == 0


def test_two_buyers_may_choose_one_key(shop: Shop) -> None:
    sale = shop.open()
    assert hold(sale, ALICE, key="k1").item != hold(sale, BOB, key="k1").item


def test_a_key_outlives_a_rebuild(shop: Shop) -> None:
    sale = shop.open()
    first = hold(sale, ALICE, key="k1")
    recorder.record(sale.topic)
    shop.flush()
    guardian.guard()
    assert hold(sale, ALICE, key="k1").code == first.code


def test_any_item_needs_a_key(shop: Shop) -> None:
    sale = shop.open()
    with shop.refuses(errors.KeyRequired):
        hold(sale, ALICE)


def test_a_key_serves_one_intention(shop: Shop) -> None:
    sale = shop.open()
    hold(sale, ALICE, 3, key="k1")
    with shop.refuses(errors.IdempotencyMismatch):
        hold(sale, ALICE, 4, key="k1")


def test_a_held_item_is_taken(shop: Shop) -> None:
    sale = shop.open()
    hold(sale, ALICE, 7)
    with shop.refuses(errors.ItemTaken):
        hold(sale, BOB, 7)


def test_a_sold_item_is_taken(shop: Shop) -> None:
    sale = shop.open()
    buy(sale, ALICE, 7)
    with shop.refuses(errors.ItemTaken):
        hold(sale, BOB, 7)


def test_a_bought_item_is_taken_for_its_buyer(shop: Shop) -> None:
    sale = shop.open()
    buy(sale, ALICE, 7)
    with shop.refuses(errors.AlreadyBought):
        hold(sale, ALICE, 7)
    with shop.refuses(errors.ItemTaken):
        hold(sale, BOB, 7)


def test_a_buyer_cannot_pass_the_limit(shop: Shop) -> None:
    sale = shop.open(limit=3)
    buy(sale, ALICE, 1)
    for item in (2, 3):
        hold(sale, ALICE, item)
    with shop.refuses(errors.LimitReached) as caught:
        hold(sale, ALICE, 4)
    assert str(caught.value) == "User has reached the purchase limit for this sale"
    assert caught.value.facts == {"limit": 3}  # type: ignore[attr-defined]


def test_the_limit_holds_for_any_item(shop: Shop) -> None:
    sale = shop.open(limit=1)
    hold(sale, ALICE, 5)
    with shop.refuses(errors.LimitReached):
        hold(sale, ALICE, key="k1")


def test_a_released_slot_may_be_used_again(shop: Shop) -> None:
    sale = shop.open(limit=1)
    services.release_hold(code=hold(sale, ALICE, 1).code, buyer=ALICE)
    assert hold(sale, ALICE, 2).item == 2


def test_an_expired_slot_may_be_used_again(shop: Shop) -> None:
    sale = shop.open(limit=2, hold_seconds=10)
    hold(sale, ALICE, 1)
    buy(sale, ALICE, 2)
    shop.clock.pass_by(seconds=10)
    hold(sale, ALICE, 3)
    assert shop.last(sale)["slot"] == "1"
    assert shop.kinds(sale)[-2:] == ["expire", "hold"]


def test_the_number_must_be_in_the_sale(shop: Shop) -> None:
    sale = shop.open(size=10)
    with shop.refuses(errors.ItemUnknown):
        hold(sale, ALICE, 11)


def test_a_sale_before_its_time_refuses(shop: Shop) -> None:
    sale = shop.open(opens_in=0.001)
    with shop.refuses(errors.NotOpen) as caught:
        hold(sale, ALICE, 1)
    assert caught.value.facts["server_time"] == "2026-03-01T12:00:00.000Z"  # type: ignore[attr-defined]
    shop.clock.pass_by(ms=1)
    assert hold(sale, ALICE, 1).item == 1


def test_a_sale_after_its_time_refuses(shop: Shop) -> None:
    sale = shop.open(opens_in=0, open_for=60)
    shop.clock.pass_by(seconds=60, ms=-1)
    hold(sale, ALICE, 1)
    shop.clock.pass_by(ms=1)
    with shop.refuses(errors.Closed):
        hold(sale, BOB, 2)


def test_a_paused_sale_refuses(shop: Shop) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State.PAUSED, reason="a test")
    with shop.refuses(errors.Paused):
        hold(sale, ALICE, 1)


def test_a_sale_that_staff_closed_refuses(shop: Shop) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State.CLOSED, reason="a test")
    with shop.refuses(errors.Closed):
        hold(sale, ALICE, 1)


def test_all_held_is_sold_out_for_now(shop: Shop) -> None:
    sale = shop.open(size=3, limit=3)
    for item in (1, 2, 3):
        hold(sale, ALICE, item)
    with shop.refuses(errors.SoldOut):
        hold(sale, BOB, key="k1")


def test_all_sold_is_sold_out_for_good(shop: Shop) -> None:
    sale = shop.open(size=3, limit=3)
    for item in (1, 2, 3):
        buy(sale, ALICE, item)
    with shop.refuses(errors.SoldOutForGood):
        hold(sale, BOB, 1)
    with shop.refuses(errors.SoldOutForGood):
        hold(sale, BOB, key="k1")


@pytest.mark.parametrize("size", [1, 7, 8, 9, 16, 17])
def test_padding_bits_are_no_items(shop: Shop, size: int) -> None:
    sale = shop.open(size=size, limit=100)
    assert [hold(sale, ALICE, key=f"k{n}").item for n in range(size)] == list(range(1, size + 1))
    with shop.refuses(errors.SoldOut):
        hold(sale, BOB, key="k")


def test_a_late_recorder_stops_new_holds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open()
    monkeypatch.setattr(limits, "UNRECORDED_ENTRIES_MAX", 2)
    first = hold(sale, ALICE, 1)
    with shop.refuses(RecorderBehind):
        hold(sale, BOB, 2)
    assert services.purchase(code=first.code, buyer=ALICE).item == 1


def test_another_server_is_warming_up(shop: Shop) -> None:
    sale = shop.open()
    shop.strange(sale)
    with shop.refuses(WarmingUp) as caught:
        hold(sale, ALICE, 1)
    assert caught.value.facts == {"why": "restarted"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["meta", "journal", *engine.STATE])
def test_a_lost_key_is_warming_up(shop: Shop, name: str) -> None:
    sale = shop.open()
    hold(sale, BOB, 1)
    shop.lose(sale, name)
    with shop.refuses(WarmingUp):
        hold(sale, ALICE, 2)


def test_an_unknown_sale_is_said_so(shop: Shop) -> None:
    sale = shop.open()
    with shop.refuses(errors.SaleUnknown):
        services.hold_item(sale_id=sale.id.__class__(int=sale.id.int ^ 1), buyer=ALICE, item=1)


def test_the_last_of_ten_million_is_found(shop: Shop) -> None:
    size = limits.ITEMS_MAX
    sale = shop.open(size=size)
    assert hold(sale, ALICE, size).item == size
    key = Keys(sale.topic)("taken")
    door().command("SETRANGE", key, 0, b"\xff" * (size // 8 - 1))
    assert hold(sale, BOB, key="k1").item == size - 7
    with shop.refuses(errors.ItemUnknown):
        hold(sale, CHARLIE, size + 1)
