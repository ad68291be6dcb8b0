"""Purchasing: held becomes sold, once; a repeat gets the first answer."""

from __future__ import annotations

import pytest

from core.engine import guardian, recorder
from core.engine.journal import Keys
from core.engine.redis import door
from core.refusals import WarmingUp
from sales import errors, selectors, services
from sales.models import Purchase, Sale
from sales.tests.shop import ALICE, BOB, NOON, Shop, buy, hold, secret_of


def test_it_works(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=5)
    receipt = services.purchase(code=code, buyer=ALICE)
    assert receipt == (code, sale.id, 7, ALICE, (1_000, "EUR"), NOON + 5_000)
    counters = selectors.counters(sale)
    assert (counters.free, counters.held, counters.sold) == (9, 0, 1)


def test_a_purchase_is_one_journal_entry(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.purchase(code=code, buyer=ALICE)
    assert shop.last(sale) == {
        "kind": "purchase", "at": str(NOON), "item": "7", "buyer": ALICE, "slot": "1", "price": "1000",
        "secret": secret_of(code), "deadline": str(NOON + 600_000),
    }  # fmt: skip


def test_the_recorder_makes_it_a_row(shop: Shop) -> None:
    sale = shop.open()
    receipt = buy(sale, ALICE, 7)
    recorder.record(sale.topic)
    row = Purchase.objects.get()
    assert (row.item, row.buyer, row.slot, row.buyer_limit, row.price, row.currency) == (7, ALICE, 1, 3, 1_000, "EUR")
    assert row.code == receipt.code
    assert row.purchased_at == shop.clock.instant


@pytest.mark.parametrize("buyer", [ALICE, None])
def test_a_repeat_is_the_same_answer(shop: Shop, buyer: str | None) -> None:
    sale = shop.open()
    first = buy(sale, ALICE, 7)
    shop.clock.pass_by(seconds=3_000)
    before = shop.all()
    assert [services.purchase(code=first.code, buyer=buyer) for _ in range(100)] == [first] * 100
    assert shop.all() == before


def test_a_repeat_is_answered_from_the_books(shop: Shop) -> None:
    sale = shop.open()
    first = buy(sale, ALICE, 7)
    recorder.record(sale.topic)
    shop.flush()
    assert services.purchase(code=first.code, buyer=ALICE) == first
    guardian.guard()
    assert services.purchase(code=first.code, buyer=ALICE) == first
    assert services.purchase(code=first.code, buyer=None) == first


def test_a_hold_may_be_bought_after_the_sale(shop: Shop) -> None:
    sale = shop.open(opens_in=0, open_for=60)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=61)
    assert services.purchase(code=code, buyer=ALICE).item == 7


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_hold_may_be_bought_while(shop: Shop, state: str) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.set_state(sale_id=sale.id, state=Sale.State(state), reason="a test")
    assert services.purchase(code=code, buyer=ALICE).item == 7


def test_a_recorded_hold_outlives_a_lost_redis(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    recorder.record(sale.topic)
    shop.flush()
    guardian.guard()
    assert services.purchase(code=code, buyer=ALICE).item == 7


def test_the_last_millisecond_counts(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10, ms=-1)
    assert services.purchase(code=code, buyer=ALICE).item == 7


def test_a_hold_ends_at_its_deadline(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=code, buyer=ALICE)


def test_a_swept_hold_is_expired(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    services.sweep_all()
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=code, buyer=ALICE)


def test_a_code_that_redis_forgot_is_expired(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    code = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    services.sweep_all()
    recorder.record(sale.topic)
    shop.lose(sale, "gone")
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=code, buyer=None)


def test_a_released_hold_is_expired(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    services.release_hold(code=code, buyer=ALICE)
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=code, buyer=ALICE)


def test_an_item_expired_is_bought_by_the_next(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    old = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    new = hold(sale, BOB, 7).code
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=old, buyer=ALICE)
    assert services.purchase(code=new, buyer=BOB).item == 7


def test_a_strangers_code_is_unknown(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code=code, buyer=BOB)


def test_a_strangers_purchase_is_unknown(shop: Shop) -> None:
    sale = shop.open()
    code = buy(sale, ALICE, 7).code
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code=code, buyer=BOB)
    recorder.record(sale.topic)
    shop.flush()
    guardian.guard()
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code=code, buyer=BOB)


def _flipped(code: str) -> str:
    return code[:30] + ("A" if code[30] != "A" else "B") + code[31:]


@pytest.mark.parametrize(
    "spoil",
    [
        _flipped, str.upper, lambda code: code[:-1], lambda code: code + "A", lambda _: "",
    lambda _: "a1b2c3d4e5f6g7h8",
        lambda code: code.replace(".", ":"), lambda code: f" {code}", lambda code: f"{code}\n", lambda _: ".",
    ],
)  # fmt: skip
def test_a_spoilt_code_is_unknown(shop: Shop, spoil: object) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code=spoil(code), buyer=ALICE)  # type: ignore[operator]


def test_a_code_of_no_sale_is_unknown(shop: Shop) -> None:
    with shop.refuses(errors.HoldUnknown):
        services.purchase(code="AaH4cUWZdOOw0MsM06xBiQ.4bC07nEyVA5k-c5dGw179A", buyer=None)


def test_a_recorded_code_of_no_till_waits(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    recorder.record(sale.topic)
    shop.flush()
    with shop.refuses(WarmingUp):
        services.purchase(code=code, buyer=ALICE)


@pytest.mark.parametrize("name", ["meta", "journal", "sold", "deadlines", "held", "codes"])
def test_a_lost_key_is_warming_up(shop: Shop, name: str) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    shop.lose(sale, name)
    with shop.refuses(WarmingUp):
        services.purchase(code=code, buyer=ALICE)


def test_the_price_is_that_of_the_hold(shop: Shop) -> None:
    sale = shop.open(price=1_000)
    code = hold(sale, ALICE, 7).code
    door().command("HSET", Keys(sale.topic).meta, "price", 5)
    assert services.purchase(code=code, buyer=ALICE).price.minor == 1_000


@pytest.mark.parametrize("price", [0, 1, 10**15 - 1])
def test_no_digit_of_a_price_is_lost(shop: Shop, price: int) -> None:
    sale = shop.open(price=price)
    receipt = buy(sale, ALICE, 7)
    recorder.record(sale.topic)
    assert receipt.price.minor == Purchase.objects.get().price == price
