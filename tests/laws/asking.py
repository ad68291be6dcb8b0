"""How the walk asks the shop, and how it knows what must be answered.

WORDS      the refusals that each word of the model stands for
Asking     asks, compares the answer with the model's word, and sees that a refusal has changed nothing
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from core.models import Journal
from core.refusals import Refusal, WarmingUp
from sales import codes, errors, services
from sales.models import Sale, SaleEvent
from sales.tests.shop import Shop, secret_of
from tests.laws.model import Held, Model

ANY = 8
"""Codes among which a person chooses: the latest ones, or one that nobody was given."""

WORDS: dict[str, tuple[type[Refusal], ...]] = {
    "mismatch": (errors.IdempotencyMismatch,), "closed": (errors.Closed,), "paused": (errors.Paused,),
    "no_item": (errors.ItemUnknown,), "sold_out": (errors.SoldOut,), "sold_out_for_good": (errors.SoldOutForGood,),
    "bought": (errors.AlreadyBought,), "taken": (errors.ItemTaken,),
    "limit": (errors.LimitReached,), "expired": (errors.HoldExpired,),
    "unknown": (errors.HoldUnknown,), "sold": (errors.HoldSold,), "wait": (WarmingUp,),
    # A code that was given out, and lost with the tail or forgotten before it was recorded.
    "forgotten": (errors.HoldExpired, errors.HoldUnknown),
}  # fmt: skip


class Asking:
    """One sale and what is known of it."""

    shop: Shop
    sale: Sale
    model: Model
    history: dict[int, Model]
    codes: list[str]
    epoch: int
    sound: bool
    seen: Counter[str]

    @property
    def _now(self) -> int:
        return self.shop.clock.ms

    @property
    def _journal(self) -> Journal:
        return Journal.objects.get(topic=self.sale.topic)

    @property
    def _books(self) -> Model:
        """The model as the rows have it."""
        recorded = self._journal.recorded_seq
        return self.history[max(seq for seq in self.history if seq <= recorded)]

    def _code(self, which: int) -> str:
        if self.codes and which < ANY:
            return self.codes[-1 - which % len(self.codes)]
        return codes.write(sale_id=self.sale.id, secret="4bC07nEyVA5k-c5dGw179A")

    def _hold(self, buyer: str, item: int | None, key: str | None) -> None:
        word = self.model.hold(buyer=buyer, item=item, key=key, now=self._now) if self.sound else "wait"
        services._sold_out_until.clear()
        receipt = self._answered(
            word, lambda: services.hold_item(sale_id=self.sale.id, buyer=buyer, item=item, key=key)
        )
        if receipt is None:
            return
        assert receipt.again == (word == "again")
        if word == "new":
            assert receipt.item in self.model.free(self._now)
            assert item in (None, receipt.item)
            assert receipt.expires_ms == self._now + self.model.hold_ms
            self.model.held(Held(receipt.item, buyer, receipt.code, receipt.expires_ms), wanted=item, key=key)
            self.codes.append(receipt.code)

    def _purchase(self, code: str, buyer: str) -> None:
        word = (
            self.model.purchase(code=code, buyer=buyer, now=self._now)
            if self.sound
            else self._of_the_books(code, buyer, "again")
        )
        receipt = self._answered(self._forgotten(word, code), lambda: services.purchase(code=code, buyer=buyer))
        if receipt:
            assert (receipt.code, receipt.buyer) == (code, buyer)

    def _of_the_books(self, code: str, buyer: str, word: str) -> str:
        """What is answered while Redis cannot: `word` for what is sold and recorded, else to wait."""
        bought = self._books.of(code, self._books.sold)
        return word if bought and bought.buyer == buyer else "wait"

    def _recorded(self, code: str) -> bool:
        return SaleEvent.objects.filter(kind="hold", secret=secret_of(code)).exists()

    def _forgotten(self, word: str, code: str) -> str:
        lost = code in self.codes and not self._recorded(code)
        strangers = word == "unknown" and code in self.model.over
        return "forgotten" if word in ("expired", "unknown") and (lost or strangers) else word

    def _answered(self, word: str, ask: Callable[[], Any]) -> Any:
        """The answer; where the word is a refusal, that it is this one and that nothing has changed."""
        self.seen[word] += 1
        if word not in WORDS:
            return ask()
        before = self.shop.all()
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.type in WORDS[word]
        assert self.shop.all() == before
        return None

    def _changes_nothing(self, ask: Callable[[], Any]) -> None:
        before = self.shop.all()
        with suppress(errors.HoldUnknown):
            ask()
        assert self.shop.all() == before

    def _is_sound_again(self) -> None:
        if self.sound:
            return
        journal = self._journal
        if journal.epoch != self.epoch:  # rebuilt: what was not recorded is gone, and so is what has expired
            self.model = self._books.kept()
            self.history = {seq: model for seq, model in self.history.items() if seq <= journal.recorded_seq}
            self.model.sweep(self._now)
        self.seen["adopted" if journal.epoch == self.epoch else "rebuilt"] += 1
        self.epoch, self.sound = journal.epoch, True
