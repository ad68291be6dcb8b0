"""The Redis side of a sale: key names, script calls, and the words of the scripts back into values and refusals.

    hold, purchase, release, look, counters, sweep, set_state     one script each
    snapshot                                                       the whole state, for comparing
    load, open_sale                                                the two steps of a rebuild
    forget                                                         let all keys go

Every call may raise `WarmingUp` (the store is being compared with the books), `Unavailable` (nothing happened) or
`OutcomeUnknown` (ask again).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from core.engine.books import Superseded
from core.engine.journal import Keys
from core.engine.redis import Argument, door
from core.engine.scripts import Script
from core.engine.scripts import load as script
from core.instants import iso
from core.refusals import RecorderBehind, WarmingUp
from sales import errors, limits
from sales.topics import topic_of

_LUA = Path(__file__).parent / "lua"

# The state of a sale, in the order that open.lua and load.lua take it.
STATE = ("taken", "sold", "deadlines", "held", "codes", "buyers", "requests")


class Hold(NamedTuple):
    """An item set aside for a buyer. `deadline` is in ms since 1970 by the Redis clock; `price` in minor units."""

    secret: str
    item: int
    deadline: int
    price: int
    currency: str
    again: bool


class Sold(NamedTuple):
    """An item that is sold. `at` is in ms since 1970 by the Redis clock; `price` in minor units."""

    item: int
    buyer: str
    slot: int
    price: int
    at: int
    currency: str
    again: bool


class Held(NamedTuple):
    """A live hold, looked at."""

    item: int
    buyer: str
    slot: int
    deadline: int
    price: int
    currency: str


@dataclass(frozen=True, slots=True)
class Counters:
    """How a sale stands: `free + held + sold = size`; `now` in ms by the Redis clock."""

    state: str
    size: int
    sold: int
    held: int
    now: int
    epoch: int
    seq: int

    @property
    def free(self) -> int:
        return self.size - self.sold - self.held


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state of a sale in Redis at `epoch`-`seq`. `now` in ms by its clock; texts as the scripts have them."""

    epoch: int
    seq: int
    now: int
    sold: int
    taken_items: set[int]
    sold_items: set[int]
    holds: dict[int, str]
    buyers: dict[str, str]


def deadline_of(hold_text: str) -> int:
    """The deadline, in ms, of a hold as the scripts write it."""
    return int(hold_text.split(" ")[3])


def keys_of(sale_id: UUID) -> Keys:
    """The key names of a sale."""
    return Keys(topic_of(sale_id))


def hold(*, sale_id: UUID, buyer: str, item: int | None, secret: str, request: str) -> Hold:
    """Hold `item`, or any; `request` is an idempotency key or empty. Raises the refusals of `sales.errors`."""
    args: list[Argument] = [buyer, item or 0, secret, request, limits.UNRECORDED_ENTRIES_MAX]
    _, code, number, deadline, price, currency, how = _ask("hold", keys=_hold_keys(sale_id), args=args)
    return Hold(code.decode(), int(number), int(deadline), int(price), currency.decode(), how == b"again")


def purchase(*, sale_id: UUID, secret: str, buyer: str | None) -> Sold:
    """Turn a hold into a purchase; a repeat gets the first answer. `buyer` None: the code alone is the authority."""
    _, *sold, how = _ask("purchase", keys=_purchase_keys(sale_id), args=[secret, buyer or ""])
    return _sold(sold, again=how == b"again")


def release(*, sale_id: UUID, secret: str, buyer: str | None) -> None:
    """Give a hold back. A hold that is gone already is given back already."""
    keys = _giving_back(keys_of(sale_id))
    _ask("release", keys=keys, args=[secret, buyer or ""], expected=(b"ok", b"gone"))


def look(*, sale_id: UUID, secret: str, buyer: str | None) -> Held | Sold:
    """What has become of a code."""
    k = keys_of(sale_id)
    keys = [k.meta, k("held"), k("codes"), k("gone")]
    word, *found = _ask("look", keys=keys, args=[secret, buyer or ""], expected=(b"held", b"sold"))
    if word == b"sold":
        return _sold(found, again=True)
    item, owner, slot, deadline, price, currency = found
    return Held(int(item), owner.decode(), int(slot), int(deadline), int(price), currency.decode())


def counters(*, sale_id: UUID) -> Counters:
    """How the sale stands now; live holds only."""
    k = keys_of(sale_id)
    _, state, *numbers = _ask("counters", keys=[k.meta, k("deadlines")])
    return Counters(state.decode(), *(int(number) for number in numbers))


def sweep(*, sale_id: UUID) -> int:
    """Tidy up after expired holds; returns how many. The holds were free before it."""
    _, swept = _ask("sweep", keys=_giving_back(keys_of(sale_id)), args=[limits.SWEEP_HOLDS_A_CALL])
    return int(swept)


def set_state(*, sale_id: UUID, state: str, reason: str) -> bool:
    """Pause, resume or close. Returns whether this call changed it. Raises `Closed`: a sale never reopens."""
    k = keys_of(sale_id)
    _, _, how = _ask("state", keys=[k.meta, k.journal], args=[state, reason])
    return bool(how == b"new")


def snapshot(*, sale_id: UUID) -> Snapshot:
    """The whole state of a sale at one sequence. For staff and invariants: it costs with the size of the sale."""
    k = keys_of(sale_id)
    answer = _ask("snapshot", keys=[k.meta, k("taken"), k("sold"), k("held"), k("buyers")])
    epoch, seq, now, sold = (int(number) for number in answer[1:5])
    taken_items, sold_items = _items(answer[5]), _items(answer[6])
    holds = {int(item): text for item, text in _pairs(answer[7]) if item != "-"}
    buyers = {buyer: slots for buyer, slots in _pairs(answer[8]) if buyer != "-"}
    return Snapshot(epoch, seq, now, sold, taken_items, sold_items, holds, buyers)


def load(*, sale_id: UUID, epoch: int, chunk: bytes) -> None:
    """Load one chunk of a rebuild: JSON as load.lua has it. Raises `Superseded`."""
    k = keys_of(sale_id)
    answer = door().call(_script("load"), keys=[k.building, *_state(k)], args=[epoch, chunk])
    if answer[0] != b"ok":
        raise Superseded


def open_sale(*, sale_id: UUID, epoch: int, recorded_seq: int, size: int, meta: Sequence[str | int]) -> None:
    """The last step of a rebuild: write meta, as name and value in turn. Raises `Superseded`."""
    k = keys_of(sale_id)
    answer = door().call(
        _script("open"),
        keys=[k.building, k.meta, k.journal, *_state(k)],
        args=[epoch, recorded_seq, size, *meta],
    )
    if answer[0] != b"ok":
        raise Superseded


def forget(*, sale_id: UUID) -> None:
    """Let all keys of a sale go. The caller holds the journal row and has marked it retired."""
    k = keys_of(sale_id)
    door().command("UNLINK", k.meta, k.journal, k.building, k("gone"), *_state(k))


def _ask(
    verb: str, *, keys: Sequence[str], args: Sequence[Argument] = (), expected: Sequence[bytes] = (b"ok",)
) -> list[Any]:
    """The words of a script. Raises the refusal that they mean where the first is none of the `expected`."""
    answer = door().call(_script(verb), keys=keys, args=args)
    if answer[0] not in expected:
        raise _refusal(answer)
    return answer


def _sold(words: Sequence[bytes], *, again: bool) -> Sold:
    item, owner, slot, price, at, currency = words
    return Sold(int(item), owner.decode(), int(slot), int(price), int(at), currency.decode(), again)


def _items(bits: bytes) -> set[int]:
    """The item numbers whose bit is set; Redis counts bits from the high end of each byte."""
    return {
        index * 8 + place + 1 for index, byte in enumerate(bits) if byte for place in range(8) if byte & (0x80 >> place)
    }


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    words = (word.decode() for word in flat)
    return zip(words, words, strict=True)


@cache
def _script(verb: str) -> Script:
    return script(_LUA / f"{verb}.lua")


# A crowd is at few sales at once, and names their keys again for every request.
@lru_cache(maxsize=256)
def _hold_keys(sale_id: UUID) -> list[str]:
    k = keys_of(sale_id)
    return [k.meta, k.journal, *_state(k), k("gone")]


@lru_cache(maxsize=256)
def _purchase_keys(sale_id: UUID) -> list[str]:
    k = keys_of(sale_id)
    return [k.meta, k.journal, k("sold"), k("deadlines"), k("held"), k("codes"), k("gone")]


def _state(k: Keys) -> list[str]:
    return [k(name) for name in STATE]


def _giving_back(k: Keys) -> list[str]:
    return [k.meta, k.journal, *(k(name) for name in ("taken", "deadlines", "held", "codes", "buyers", "gone"))]


def _refusal(answer: Sequence[Any]) -> Exception:
    """The refusal that a script's words mean. The numbers it gives stay beside it as facts."""
    word, facts = answer[0], answer[1:]
    match word:
        case b"warming_up":
            return WarmingUp(why=facts[0].decode())
        case b"not_open":
            opens_at = iso(int(facts[0]))
            sentence = f"The sale has not opened yet. It opens at {opens_at}."
            return errors.NotOpen(sentence, opens_at=opens_at, server_time=iso(int(facts[1]))).by(int(facts[1]))
        case b"closed" if facts:
            return errors.Closed(closes_at=iso(int(facts[0])), server_time=iso(int(facts[1]))).by(int(facts[1]))
        case b"sold_out":
            return errors.SoldOutForGood(final=True) if facts[0] == b"for_good" else errors.SoldOut(final=False)
        case b"limit_reached":
            return errors.LimitReached(limit=int(facts[0]))
        case _:
            return _PLAIN[word]()


_PLAIN: dict[bytes, type[Exception]] = {
    b"recorder_behind": RecorderBehind,
    b"paused": errors.Paused,
    b"closed": errors.Closed,
    b"no_such_item": errors.ItemUnknown,
    b"idempotency_mismatch": errors.IdempotencyMismatch,
    b"item_taken": errors.ItemTaken,
    b"already_bought": errors.AlreadyBought,
    b"hold_expired": errors.HoldExpired,
    b"unknown": errors.HoldUnknown,
    b"sold": errors.HoldSold,
}
