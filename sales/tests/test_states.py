"""States of a sale: paused, resumed, closed, and let go an hour after it ended."""

from __future__ import annotations

import pytest

from core.engine import guardian, recorder
from core.engine.redis import door
from core.models import Journal
from core.refusals import WarmingUp
from sales import errors, limits, selectors, services
from sales.models import Sale
from sales.tests.shop import ALICE, BOB, NOON, Shop, buy, hold


def test_it_works(shop: Shop) -> None:
    sale = shop.open()
    assert services.set_state(sale_id=sale.id, state=Sale.State.PAUSED, reason="a leak") is True
    assert services.set_state(sale_id=sale.id, state=Sale.State.OPEN, reason="mended") is True
    assert hold(sale, ALICE, 1).item == 1


def test_a_state_is_one_journal_entry(shop: Shop) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State.PAUSED, reason='a leak: "it\'s" wet')
    assert shop.last(sale) == {"kind": "state", "at": str(NOON), "state": "paused", "reason": 'a leak: "it\'s" wet'}


def test_the_books_follow(shop: Shop) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State.PAUSED, reason="a leak")
    recorder.record(sale.topic)
    assert Sale.objects.get().state == "paused"


@pytest.mark.parametrize("state", ["open", "paused", "closed"])
def test_the_same_state_changes_nothing(shop: Shop, state: str) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State(state), reason="a test")
    before = shop.all()
    assert services.set_state(sale_id=sale.id, state=Sale.State(state), reason="again") is False
    assert shop.all() == before


@pytest.mark.parametrize("state", ["open", "paused"])
def test_a_sale_never_reopens(shop: Shop, state: str) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State.CLOSED, reason="a test")
    with shop.refuses(errors.Closed):
        services.set_state(sale_id=sale.id, state=Sale.State(state), reason="a test")


def test_a_strange_server_changes_no_state(shop: Shop) -> None:
    sale = shop.open()
    shop.strange(sale)
    with shop.refuses(WarmingUp):
        services.set_state(sale_id=sale.id, state=Sale.State.CLOSED, reason="a test")


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_state_outlives_a_lost_redis(shop: Shop, state: str) -> None:
    sale = shop.open()
    services.set_state(sale_id=sale.id, state=Sale.State(state), reason="a test")
    recorder.record(sale.topic)
    shop.flush()
    guardian.guard()
    assert selectors.counters(sale).state == state


def test_a_sale_is_prepared_once(shop: Shop) -> None:
    sale = shop.open()
    hold(sale, ALICE, 1)
    before = shop.all()
    services.prepare_sale(sale)
    assert shop.all() == before


def _over(shop: Shop) -> Sale:
    sale = shop.open(opens_in=0, open_for=60, hold_seconds=10)
    buy(sale, ALICE, 1)
    hold(sale, BOB, 2)
    return sale


def _retired(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("sales.services.timezone.now", lambda: shop.clock.instant)
    return services.retire()


def test_a_finished_sale_is_let_go(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = _over(shop)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)
    recorder.record(sale.topic)
    assert _retired(shop, monkeypatch) == [sale.topic]
    assert door().command("KEYS", "{sale:*") == []
    assert _retired(shop, monkeypatch) == []
    assert guardian.guard() == []


def test_a_sale_let_go_still_answers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(opens_in=0, open_for=60)
    bought = buy(sale, ALICE, 1)
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)
    _retired(shop, monkeypatch)
    assert services.purchase(code=bought.code, buyer=ALICE) == bought
    counters = selectors.counters(sale)
    assert (counters.state, counters.sold, counters.held, counters.free) == ("closed", 1, 0, 9)
    with shop.refuses(errors.Closed):
        hold(sale, BOB, 3)


def test_an_expired_code_let_go_is_expired(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(opens_in=0, open_for=60, hold_seconds=10)
    code = hold(sale, ALICE, 1).code
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)
    assert _retired(shop, monkeypatch) == [sale.topic]
    with shop.refuses(errors.HoldExpired):
        services.purchase(code=code, buyer=ALICE)
    with shop.refuses(errors.HoldExpired):
        selectors.look(code=code, buyer=ALICE)


def test_a_sale_is_kept_for_an_hour(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = _over(shop)
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=60 + limits.RETIRE_AFTER_SECONDS)
    before = shop.all()
    assert _retired(shop, monkeypatch) == []
    assert shop.all() == before


def test_an_unrecorded_sale_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _over(shop)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)
    before = shop.all()
    assert _retired(shop, monkeypatch) == []
    assert shop.all() == before


def test_a_live_hold_keeps_its_sale(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = shop.open(opens_in=0, open_for=60, hold_seconds=2 * limits.RETIRE_AFTER_SECONDS)
    code = hold(sale, ALICE, 1).code
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)
    assert _retired(shop, monkeypatch) == []
    assert services.purchase(code=code, buyer=ALICE).item == 1


def test_a_crash_while_letting_go_loses_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = _over(shop)
    recorder.record(sale.topic)
    shop.clock.pass_by(seconds=61 + limits.RETIRE_AFTER_SECONDS)

    def forget_and_die(**_: object) -> None:
        door().command("DEL", *door().command("KEYS", "{sale:*"))
        raise KeyboardInterrupt

    monkeypatch.setattr("sales.engine.forget", forget_and_die)
    with pytest.raises(KeyboardInterrupt):
        _retired(shop, monkeypatch)
    assert Journal.objects.get().retired_at is None
    assert guardian.guard() == [sale.topic]
    assert selectors.counters(sale).sold == 1
