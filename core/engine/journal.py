"""The journal of one topic: a Redis stream whose entry ids are `<epoch>-<seq>`, written by us, gap-free.

Keys(topic)     the key names that core knows; all keys of a topic share its hash tag
Entry           one decided fact
read            what comes after a sequence, in order
look            where the journal stands in Redis, and whether anything of it is lost
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.engine.redis import door


@dataclass(frozen=True, slots=True)
class Entry:
    """One decided fact. `fields["at"]` is the instant it was decided, in milliseconds by the Redis clock."""

    epoch: int
    seq: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of a topic that core itself uses."""

    topic: str

    def __call__(self, name: str) -> str:
        """The name of one of the trade's own keys, in the same hash slot."""
        return f"{{{self.topic}}}:{name}"

    @property
    def meta(self) -> str:
        return self("meta")

    @property
    def journal(self) -> str:
        return self("journal")

    @property
    def building(self) -> str:
        return self("building")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a topic stands in Redis. `head` is its last sequence; `epoch` is 0 where meta is missing."""

    run_id: str
    epoch: int
    head: int
    whole: bool


def read(topic: str, *, epoch: int, after: int, count: int) -> list[Entry]:
    """The entries `after + 1 …` of one epoch, at most `count`, in order. A gap is the reader's to notice."""
    # An epoch alone as the end of a range means its last possible sequence.
    answer = door().command("XRANGE", Keys(topic).journal, f"{epoch}-{after + 1}", str(epoch), "COUNT", count)
    return [_entry(row) for row in answer]


def look(topics: Sequence[str], *, vital: Sequence[Sequence[str]] | None = None) -> list[Standing]:
    """Where each topic stands, in one round trip. `vital[i]` are the keys, beside its journal, without which topic i
    is not whole. A meta that is no hash counts as missing."""
    vital = vital or [()] * len(topics)
    commands: list[Sequence[str]] = []
    for topic, keys in zip(topics, vital, strict=True):
        commands.append(("HMGET", Keys(topic).meta, "run_id", "epoch", "seq"))
        commands.append(("EXISTS", Keys(topic).journal, *keys))
    answers = door().pipeline(commands)
    return [
        _standing(meta or (None, None, None), whole=found == len(keys) + 1)
        for meta, found, keys in zip(answers[::2], answers[1::2], vital, strict=True)
    ]


def _standing(meta: Sequence[bytes | None], *, whole: bool) -> Standing:
    run_id, epoch, head = meta
    return Standing(run_id=(run_id or b"").decode(), epoch=int(epoch or 0), head=int(head or 0), whole=whole)


def _entry(row: tuple[bytes, list[bytes]]) -> Entry:
    epoch, _, seq = row[0].partition(b"-")
    words = [word.decode() for word in row[1]]
    return Entry(epoch=int(epoch), seq=int(seq), fields=dict(zip(words[::2], words[1::2], strict=True)))
