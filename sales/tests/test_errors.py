"""Refusals have stable codes and statuses; what is unexpected carries its verb and its cause, never a code."""

from __future__ import annotations

from typing import Any

import pytest

from core import refusals
from sales import engine, errors, services
from sales.tests.http import post
from sales.tests.shop import ALICE, Shop, hold

TABLE = {
    errors.SaleUnknown: ("not_found", 404),
    errors.ItemUnknown: ("not_found", 404),
    errors.NotOpen: ("not_open", 409),
    errors.NoActiveSale: ("not_open", 409),
    errors.Closed: ("closed", 409),
    errors.Paused: ("paused", 409),
    errors.AlreadyBought: ("item_taken", 409),
    errors.ItemTaken: ("item_taken", 409),
    errors.SoldOut: ("sold_out", 409),
    errors.SoldOutForGood: ("sold_out", 409),
    errors.LimitReached: ("limit_reached", 409),
    errors.HoldUnknown: ("hold_unknown", 404),
    errors.HoldExpired: ("hold_expired", 410),
    errors.HoldSold: ("item_taken", 409),
    errors.IdempotencyMismatch: ("idempotency_mismatch", 422),
    errors.KeyRequired: ("key_required", 422),
    errors.NoRoom: ("unavailable", 503),
    refusals.WarmingUp: ("warming_up", 503),
    refusals.Unavailable: ("unavailable", 503),
    refusals.OutcomeUnknown: ("outcome_unknown", 503),
    refusals.RecorderBehind: ("recorder_behind", 503),
}


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_a_refusal_is_in_the_table(kind: type[refusals.Refusal]) -> None:
    assert (kind.code, kind.status) == TABLE[kind]
    assert kind.detail
    assert (kind.retry_after is not None) == (kind.status == 503)


def test_every_refusal_of_a_sale_is_listed() -> None:
    ours = {one for one in vars(errors).values() if isinstance(one, type) and one.__module__ == errors.__name__}
    assert ours - {errors.OutsideWindow} == set(TABLE) & ours


def _breaks(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("the cause")


def test_an_error_carries_its_verb(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code = hold(shop.open(), ALICE, 1).code
    monkeypatch.setattr(engine, "purchase", _breaks)
    with pytest.raises(ZeroDivisionError, match="the cause") as caught:
        services.purchase(code=code, buyer=ALICE)
    note = caught.value.__notes__[0]
    assert note.startswith("purchase(")
    assert "buyer='demo:alice'" in note
    assert code not in note
    assert code[-22:] not in note


def test_an_error_tells_the_client_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code = hold(shop.open(), ALICE, 1).code
    monkeypatch.setattr(engine, "purchase", _breaks)
    answer = post("/api/v1/purchases", {"user_id": "alice", "code": code})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "the cause" not in answer.content.decode()
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_a_refusal_keeps_its_cause(shop: Shop) -> None:
    sale = shop.open()
    shop.strange(sale)
    with pytest.raises(refusals.WarmingUp) as caught:
        hold(sale, ALICE, 1)
    assert isinstance(caught.value.__cause__ or caught.value, refusals.WarmingUp)
