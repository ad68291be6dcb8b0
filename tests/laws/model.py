"""A sale in plain Python: what the house promises, with no store behind it. The laws compare the real thing with it.

Model.hold, purchase, release    what must be answered: a word, and the change where there is one
Model.kept                       a copy: what the books had at a sequence, to which a lost Redis goes back
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field


@dataclass
class Held:
    """A live hold, or one that has expired and that nobody has noticed yet."""

    item: int
    buyer: str
    code: str
    deadline: int


@dataclass
class Model:
    """What is true of a sale. Times in ms."""

    size: int
    limit: int
    hold_ms: int
    closes_at: int
    state: str = "open"
    holds: dict[int, Held] = field(default_factory=dict)
    sold: dict[int, Held] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[int | None, str]] = field(default_factory=dict)

    def live(self, now: int) -> dict[int, Held]:
        return {item: held for item, held in self.holds.items() if held.deadline > now}

    def has(self, buyer: str, now: int) -> int:
        """Items that count against a buyer's limit: held and sold together."""
        counted = [*self.live(now).values(), *self.sold.values()]
        return sum(1 for held in counted if held.buyer == buyer)

    def free(self, now: int) -> set[int]:
        return set(range(1, self.size + 1)) - set(self.live(now)) - set(self.sold)

    def hold(self, *, buyer: str, item: int | None, key: str | None, now: int) -> str:
        """The word that a request to hold deserves: new, again, or the reason of a refusal."""
        if key is not None and (buyer, key) in self.keys:
            return "again" if self.keys[buyer, key][0] == item else "mismatch"
        mine = self.live(now).get(item or 0)
        if mine and mine.buyer == buyer:
            return "again"
        free = self.free(now)
        refusals = {
            "closed": self.state == "closed" or now >= self.closes_at,
            "paused": self.state == "paused",
            "no_item": item is not None and item > self.size,
            "sold_out_for_good": len(self.sold) == self.size,
            "bought": item in self.sold and self.sold[item].buyer == buyer,
            "taken": item is not None and item not in free,
            "sold_out": not free,
            "limit": self.has(buyer, now) >= self.limit,
        }
        return next((word for word, holds in refusals.items() if holds), "new")

    def held(self, held: Held, *, wanted: int | None, key: str | None) -> None:
        """A new hold; an expired one on the same item gives way."""
        if gone := self.holds.pop(held.item, None):
            self.over[gone.code] = gone.buyer
        self.holds[held.item] = held
        if key is not None:
            self.keys[held.buyer, key] = (wanted, held.code)

    def of(self, code: str, holds: dict[int, Held]) -> Held | None:
        return next((held for held in holds.values() if held.code == code), None)

    def purchase(self, *, code: str, buyer: str, now: int) -> str:
        """The word that a purchase deserves; held becomes sold."""
        if bought := self.of(code, self.sold):
            return "again" if bought.buyer == buyer else "unknown"
        held = self.of(code, self.holds)
        if held is None:
            return "expired" if self.over.get(code) == buyer else "unknown"
        if held.buyer != buyer:
            return "unknown"
        if held.deadline <= now:
            return "expired"
        self.sold[held.item] = self.holds.pop(held.item)
        return "new"

    def release(self, *, code: str, buyer: str) -> str:
        """The word that a release deserves; the item is free."""
        if bought := self.of(code, self.sold):
            return "sold" if bought.buyer == buyer else "unknown"
        held = self.of(code, self.holds)
        if held is None:
            return "gone" if self.over.get(code) == buyer else "unknown"
        if held.buyer != buyer:
            return "unknown"
        del self.holds[held.item]
        self.over[code] = buyer
        return "new"

    def sweep(self, now: int) -> None:
        for item in set(self.holds) - set(self.live(now)):
            held = self.holds.pop(item)
            self.over[held.code] = held.buyer

    def kept(self) -> Model:
        """A copy that what comes later does not change."""
        return deepcopy(self)
