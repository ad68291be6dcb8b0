"""A sale in this very process, with planted bugs: the mutants are tried here, where a script can be altered.

Desk            one sale; each request is an `Attempt`, as a robot would have written it
Desk.record     copy the journal into PostgreSQL, as the recorder does
Desk.verdict    the oracle's, over all attempts and this sale's rows
Scripts         the sale's Lua with a text replaced; and with a clock that can be put forward, so that nothing sleeps
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.engine import scripts
from core.engine.recorder import record
from core.engine.scripts import Script
from core.ids import short
from core.refusals import OutcomeUnknown, Refusal, Unready
from sales import engine, services
from sales.models import Sale
from tests.faults.books import read_books
from tests.faults.history import Attempt, End, Verb, Wish
from tests.faults.oracle import Verdict, compare

LUA = Path(engine.__file__).parent / "lua"
CLOCK = "return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)"
HOLD_SECONDS = 60
LIMIT = 3


@dataclass
class Scripts:
    """Stands in for the sale's loader. `changes` are (verb, old, new); an old text that is not there is an error."""

    changes: list[tuple[str, str, str]] = field(default_factory=list)
    ahead_ms: int = 0

    def __call__(self, verb: str) -> Script:
        body = scripts.load(LUA / f"{verb}.lua").body.replace(CLOCK, f"{CLOCK} + {self.ahead_ms}")
        for changed, old, new in self.changes:
            if changed == verb:
                assert old in body, f"{verb}.lua no longer says: {old}"
                body = body.replace(old, new)
        return Script(verb, body, hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest())


class Desk:
    """One sale of ten items, three a buyer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str, str]) -> None:
        self._scripts = Scripts(list(changes))
        monkeypatch.setattr(engine, "_script", self._scripts)
        now = timezone.now()
        self.sale = Sale(
            name="mutants",
            state=Sale.State.OPEN,
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=1),
            size=10,
            buyer_limit=LIMIT,
            hold_seconds=HOLD_SECONDS,
            price=100,
            currency="EUR",
        )
        services.prepare_sale(self.sale)
        self.attempts: list[Attempt] = []
        self._numbers = itertools.count(1)

    def put_clock_forward(self, seconds: float) -> None:
        """For the scripts and for the buyers: it is later now."""
        self._scripts.ahead_ms += round(seconds * 1_000)

    def hold(self, buyer: str, *, item: int | None = None) -> Attempt:
        """Hold an item, or any by a key of its own."""
        number = next(self._numbers)
        wish = Wish(number, Verb.HOLD, buyer, item=item, key=None if item else f"key-{number}")

        def ask() -> dict[str, Any]:
            held = services.hold_item(sale_id=self.sale.id, buyer=f"demo:{buyer}", item=item, key=wish.key)
            return {"item": held.item, "code": held.code, "deadline": held.expires_ms / 1_000}

        return self._asked(wish, ask)

    def purchase(self, hold: Attempt) -> Attempt:
        """Buy what a hold of this desk holds."""
        wish = Wish(next(self._numbers), Verb.PURCHASE, hold.wish.buyer, code=hold.code)

        def ask() -> dict[str, Any]:
            return {"item": services.purchase(code=str(hold.code), buyer=f"demo:{hold.wish.buyer}").item}

        return self._asked(wish, ask)

    def record(self) -> int:
        return record(self.sale.topic)

    def verdict(self) -> Verdict:
        connection.ensure_connection()
        books = read_books(connection.connection, sale=short(self.sale.id), prefix="")
        return compare(self.attempts, books, limit=LIMIT)

    def close(self) -> None:
        engine.forget(sale_id=self.sale.id)

    def _asked(self, wish: Wish, ask: Callable[[], dict[str, Any]]) -> Attempt:
        began = self._now()
        end, reason, facts = End.OK, "ok", {}
        try:
            facts = ask()
        except OutcomeUnknown as refusal:
            end, reason = End.UNKNOWN, refusal.code
        except Unready as refusal:
            end, reason = End.NOT_NOW, refusal.code
        except Refusal as refusal:
            end, reason = End.NO, refusal.code
        self.attempts.append(Attempt(wish, began, ended_at=self._now(), end=end, reason=reason, **facts))
        return self.attempts[-1]

    def _now(self) -> float:
        return time.time() + self._scripts.ahead_ms / 1_000
