"""The hourly sale: which one is on, who makes it, and the full hour to the millisecond."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings

from core.models import Journal
from core.refusals import WarmingUp
from sales import errors, selectors, services
from sales.hourly import Window, window_at
from sales.models import Sale
from sales.tests.shop import ALICE, BOB, NOON, Shop

HOUR = 3_600_000


@pytest.fixture
def hourly(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose hourly sale is small."""
    monkeypatch.setattr(settings, "SALE_ITEMS", 20)
    monkeypatch.setattr(settings, "SALE_SECONDS", 3_600)
    return shop


def test_it_works(hourly: Shop) -> None:
    services.prepare_hourly()
    receipt = services.checkout(buyer=ALICE, item=7)
    assert receipt.sale_id == selectors.current_sale().id == window_at(NOON, length_seconds=3_600).id


def test_a_window_is_cut_at_the_full_hour() -> None:
    window = window_at(NOON + 1, length_seconds=3_600)
    assert (window.opens_at_ms, window.closes_at_ms) == (NOON, NOON + HOUR)
    assert window_at(NOON + HOUR - 1, length_seconds=3_600) == window
    assert window_at(NOON + HOUR, length_seconds=3_600) == window.next()


def test_the_id_follows_from_the_window() -> None:
    window = Window(NOON, 3_600)
    assert window.id == Window(NOON, 3_600).id
    assert len({window.id, window.next().id, Window(NOON, 60).id}) == 3
    assert window.id.version == 7
    assert window.id.int >> 80 == NOON


def test_windows_of_two_lengths_are_two_series() -> None:
    assert Window(NOON, 60).series != Window(NOON, 3_600).series == "hourly"


def test_two_hours_are_prepared_ahead(hourly: Shop) -> None:
    services.prepare_hourly()
    opens = list(Sale.objects.order_by("opens_at").values_list("opens_at", flat=True))
    assert [round(at.timestamp() * 1_000) - NOON for at in opens] == [0, HOUR, 2 * HOUR]
    assert Journal.objects.filter(epoch=1).count() == 3


def test_preparing_again_changes_nothing(hourly: Shop) -> None:
    assert len(services.prepare_hourly()) == 3
    before = hourly.all()
    assert services.prepare_hourly() == []
    assert hourly.all() == before


def test_short_windows_are_prepared_in_bounds(hourly: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SALE_SECONDS", 60)
    assert len(services.prepare_hourly()) == 10


def test_the_first_request_makes_the_sale(hourly: Shop) -> None:
    assert services.checkout(buyer=ALICE, item=7).item == 7
    assert Sale.objects.count() == 1


def test_one_thread_makes_it(hourly: Shop) -> None:
    with services._preparing, hourly.refuses(WarmingUp):
        services.checkout(buyer=ALICE, item=7)


@pytest.mark.parametrize(("ms", "ahead"), [(HOUR - 1, 0), (HOUR, 1)])
def test_the_hour_turns_to_the_millisecond(hourly: Shop, ms: int, ahead: int) -> None:
    services.prepare_hourly()
    hourly.clock.pass_by(ms=ms)
    sale_id = services.checkout(buyer=ALICE, item=7).sale_id
    assert sale_id == Window(NOON + ahead * HOUR, 3_600).id == selectors.current_sale().id


def test_a_hold_is_bought_in_the_next_hour(hourly: Shop) -> None:
    services.prepare_hourly()
    hourly.clock.pass_by(ms=HOUR - 1)
    receipt = services.checkout(buyer=ALICE, item=7)
    hourly.clock.pass_by(ms=2)
    bought = services.purchase(code=receipt.code, buyer=None)
    assert bought.sale_id == receipt.sale_id != services.checkout(buyer=BOB, item=7).sale_id


def _local_clock(monkeypatch: pytest.MonkeyPatch, now_ms: Callable[[], int]) -> None:
    monkeypatch.setattr(services, "now_ms", now_ms)


@pytest.mark.parametrize(("at", "off_by"), [(HOUR, -1), (HOUR - 1, +1)])
def test_the_clock_of_redis_decides(hourly: Shop, monkeypatch: pytest.MonkeyPatch, at: int, off_by: int) -> None:
    services.prepare_hourly()
    hourly.clock.pass_by(ms=at)
    _local_clock(monkeypatch, lambda: hourly.clock.ms + off_by)
    sale_id = services.checkout(buyer=ALICE, item=7).sale_id
    assert sale_id == window_at(hourly.clock.ms, length_seconds=3_600).id


@pytest.mark.parametrize(("at", "off_by"), [(HOUR, -1), (HOUR - 1, +1)])
def test_the_hour_of_redis_is_made(hourly: Shop, monkeypatch: pytest.MonkeyPatch, at: int, off_by: int) -> None:
    hourly.clock.pass_by(ms=at)
    _local_clock(monkeypatch, lambda: hourly.clock.ms + off_by)
    sale_id = services.checkout(buyer=ALICE, item=7).sale_id
    assert sale_id == window_at(hourly.clock.ms, length_seconds=3_600).id


def test_a_paused_hour_refuses(hourly: Shop) -> None:
    services.prepare_hourly()
    services.set_state(sale_id=selectors.current_sale().id, state=Sale.State.PAUSED, reason="a test")
    with hourly.refuses(errors.Paused):
        services.checkout(buyer=ALICE, item=7)


def test_a_closed_hour_refuses(hourly: Shop) -> None:
    services.prepare_hourly()
    services.set_state(sale_id=selectors.current_sale().id, state=Sale.State.CLOSED, reason="a test")
    with hourly.refuses(errors.Closed):
        services.checkout(buyer=ALICE, item=7)


def test_no_sale_is_said_so(hourly: Shop) -> None:
    with hourly.refuses(errors.NoActiveSale):
        selectors.current_sale()
