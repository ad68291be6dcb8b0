"""Races: many buyers held at a barrier and let go at once. Each with a control: the same harness, the guard switched
off, shows the race that the guard prevents."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings

from core.engine import recorder
from core.engine.journal import Keys
from core.engine.redis import door
from core.ids import secret
from sales import engine, errors, selectors, services
from sales.models import Purchase, Sale
from sales.tests.shop import ALICE, NOON, Shop, answers, hold, refusals, together

Hold = Callable[..., engine.Hold]


def _checked_apart(parties: int, looks: Callable[[Keys, str, int | None, str], bool]) -> Hold:
    """A hold that first looks and then writes, as it is done without a script: all look before the first one writes."""
    looked = threading.Barrier(parties)

    def naive(*, sale_id: object, buyer: str, item: int | None, secret: str, request: str) -> engine.Hold:
        keys = engine.keys_of(sale_id)  # type: ignore[arg-type]
        free = looks(keys, buyer, item, request)
        looked.wait(30)
        if not free:
            raise errors.ItemTaken
        number = item or int(door().command("INCR", keys("next")))
        door().command("SETBIT", keys("taken"), number - 1, 1)
        door().command("RPUSH", keys(f"naive {buyer}"), number)
        door().command("HSET", keys("naive requests"), request, secret)
        return engine.Hold(secret, number, NOON, 1_000, "EUR", again=False)

    return naive


def _buyers(sale: Sale, number: int, item: int) -> list[Callable[[], services.HoldReceipt]]:
    return [partial(hold, sale, f"demo:b{n}", item) for n in range(number)]


# --- the last item ---------------------------------------------------------------------------------------------------


def test_the_last_item_has_one_winner(shop: Shop) -> None:
    sale = shop.open(size=3, limit=3)
    hold(sale, ALICE, 1)
    hold(sale, ALICE, 2)
    outcomes = together(_buyers(sale, 200, item=3))
    assert len(answers(outcomes)) == 1
    assert Counter(refusals(outcomes)) == {errors.ItemTaken: 199}
    assert selectors.counters(sale).held == 3


def test_any_last_item_has_one_winner(shop: Shop) -> None:
    sale = shop.open(size=1)
    outcomes = together([partial(hold, sale, f"demo:b{n}", key="k1") for n in range(200)])
    assert len(answers(outcomes)) == 1
    assert Counter(refusals(outcomes)) == {errors.SoldOut: 199}


def test_looking_first_sells_it_many_times(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(size=1)
    naive = _checked_apart(20, lambda k, _b, item, _r: door().command("GETBIT", k("taken"), (item or 1) - 1) == 0)
    monkeypatch.setattr(engine, "hold", naive)
    assert len(answers(together(_buyers(sale, 20, item=1)))) == 20


# --- the limit -------------------------------------------------------------------------------------------------------


def test_fifty_hands_hold_ten(shop: Shop) -> None:
    sale = shop.open(size=100, limit=10)
    outcomes = together([partial(hold, sale, ALICE, item) for item in range(1, 51)])
    assert len(answers(outcomes)) == 10
    assert Counter(refusals(outcomes)) == {errors.LimitReached: 40}
    bought = together([partial(services.purchase, code=one.code, buyer=ALICE) for one in answers(outcomes)])
    assert refusals(bought) == []
    recorder.record(sale.topic)
    assert sorted(Purchase.objects.values_list("slot", flat=True)) == list(range(1, 11))


def test_holding_and_buying_at_once_keep_the_limit(shop: Shop) -> None:
    sale = shop.open(size=100, limit=10)
    codes = [hold(sale, ALICE, item).code for item in range(1, 9)]
    doers: list[Callable[[], object]] = [partial(services.purchase, code=code, buyer=ALICE) for code in codes]
    doers += [partial(hold, sale, ALICE, item) for item in range(20, 60)]
    outcomes = together(doers)
    assert Counter(refusals(outcomes)) == {errors.LimitReached: 38}
    counters = selectors.counters(sale)
    assert (counters.sold, counters.held) == (8, 2)


def test_counting_first_passes_the_limit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(size=100, limit=10)
    naive = _checked_apart(50, lambda k, buyer, _i, _r: door().command("LLEN", k(f"naive {buyer}")) < 10)
    monkeypatch.setattr(engine, "hold", naive)
    assert len(answers(together([partial(hold, sale, ALICE, item) for item in range(1, 51)]))) == 50


# --- one code --------------------------------------------------------------------------------------------------------


def test_one_code_is_one_purchase(shop: Shop) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    outcomes = together([partial(services.purchase, code=code, buyer=ALICE)] * 100)
    assert refusals(outcomes) == []
    assert len(set(answers(outcomes))) == 1
    assert shop.kinds(sale) == ["open", "hold", "purchase"]
    recorder.record(sale.topic)
    assert Purchase.objects.count() == 1


def test_looking_first_buys_it_many_times(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open()
    code = hold(sale, ALICE, 7).code
    looked = threading.Barrier(20)

    def naive(*, sale_id: object, secret: str, buyer: str) -> engine.Sold:
        keys = engine.keys_of(sale_id)  # type: ignore[arg-type]
        held = door().command("HGET", keys("codes"), secret)
        looked.wait(30)
        door().command("RPUSH", keys("naive sold"), held)
        return engine.Sold(int(held), buyer, 1, 1_000, NOON, "EUR", again=False)

    monkeypatch.setattr(engine, "purchase", naive)
    together([partial(services.purchase, code=code, buyer=ALICE)] * 20)
    assert door().command("LLEN", Keys(sale.topic)("naive sold")) == 20


def test_buying_or_giving_back_not_both(shop: Shop) -> None:
    for item in range(1, 11):
        sale = shop.open(limit=100)
        code = hold(sale, ALICE, item).code
        doers: list[Callable[[], object]] = [partial(services.purchase, code=code, buyer=ALICE)] * 10
        doers += [partial(services.release_hold, code=code, buyer=ALICE)] * 10
        found = Counter(refusals(together(doers)))
        assert found in ({errors.HoldSold: 10}, {errors.HoldExpired: 10})
        assert selectors.counters(sale).sold == (1 if errors.HoldSold in found else 0)


# --- one key ---------------------------------------------------------------------------------------------------------


def test_one_key_is_one_hold(shop: Shop) -> None:
    sale = shop.open(size=100, limit=100)
    outcomes = together([partial(hold, sale, ALICE, key="k1")] * 50)
    assert refusals(outcomes) == []
    assert len({one.code for one in answers(outcomes)}) == 1
    assert [one.again for one in answers(outcomes)].count(False) == 1
    assert selectors.counters(sale).held == 1


def test_looking_first_holds_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(size=100, limit=100)
    naive = _checked_apart(50, lambda k, _b, _i, key: door().command("HGET", k("naive requests"), key) is None)
    monkeypatch.setattr(engine, "hold", naive)
    outcomes = together([partial(hold, sale, ALICE, key="k1")] * 50)
    assert len({one.item for one in answers(outcomes)}) == 50


# --- the clock turns -------------------------------------------------------------------------------------------------


def test_an_expiring_item_changes_hands_once(shop: Shop) -> None:
    sale = shop.open(hold_seconds=10)
    old = hold(sale, ALICE, 7).code
    shop.clock.pass_by(seconds=10)
    doers: list[Callable[[], object]] = [*_buyers(sale, 50, item=7)]
    doers += [partial(services.purchase, code=old, buyer=ALICE)] * 50
    doers += [services.sweep_all] * 10
    outcomes = together(doers)
    assert Counter(refusals(outcomes)) == {errors.ItemTaken: 49, errors.HoldExpired: 50}
    assert shop.kinds(sale).count("expire") == 1


def test_the_hour_turns_while_all_buy(shop: Shop) -> None:
    """Holds are taken up to the last millisecond; purchases of them go on after it, new holds do not."""
    sale = shop.open(size=200, limit=100, opens_in=0, open_for=60)
    shop.clock.pass_by(seconds=60, ms=-1)
    codes = [hold(sale, f"demo:b{item}", item).code for item in range(1, 51)]
    turn = threading.Barrier(101, action=lambda: shop.clock.pass_by(ms=1))

    def buy_over_the_hour(code: str) -> services.PurchaseReceipt:
        turn.wait(30)
        return services.purchase(code=code, buyer=None)

    def hold_over_the_hour(item: int) -> services.HoldReceipt:
        turn.wait(30)
        return hold(sale, f"demo:b{item}", item)

    doers: list[Callable[[], object]] = [partial(buy_over_the_hour, code) for code in codes]
    doers += [partial(hold_over_the_hour, item) for item in range(51, 101)]
    outcomes = together([*doers, lambda: turn.wait(30)])
    assert Counter(refusals(outcomes)) == {errors.Closed: 50}
    assert selectors.counters(sale).sold == 50


def test_a_crowd_opens_one_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SALE_ITEMS", 100)
    outcomes = together([partial(services.checkout, buyer=f"demo:b{n}", item=n) for n in range(1, 21)])
    again = [services.checkout(buyer=f"demo:b{n}", item=n) for n in range(1, 21)]
    assert len({one.sale_id for one in [*answers(outcomes), *again]}) == 1
    assert Sale.objects.count() == 1
    assert selectors.counters(Sale.objects.get()).held == 20


def test_secrets_never_meet(shop: Shop) -> None:
    outcomes = together([lambda: [secret() for _ in range(200)]] * 20)
    assert len({one for made in answers(outcomes) for one in made}) == 4_000
