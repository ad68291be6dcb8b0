"""The recorder: copies journals into PostgreSQL, each entry exactly once, whatever dies when.

    record_all       every topic that has something unrecorded (`behind`), in turns
    record           one topic
    record_locked    the same inside a transaction that already holds the journal row
    settle           after the commit: tell Redis how far, and trim

The offset lives in PostgreSQL and moves in the same transaction as the rows, so a recorder may die between any two
steps. A gap stops the journal and is never jumped over.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path

import structlog
from django.db import DataError, IntegrityError, transaction

from core.engine.books import Book, book_of
from core.engine.journal import Entry, Keys, look, read
from core.engine.redis import door
from core.engine.rounds import each
from core.engine.scripts import load
from core.models import Journal, JournalConflict
from core.refusals import Unready

ENTRIES_A_BATCH = 1_000
"""Entries a transaction: large enough that the commit costs nothing each, small enough to stay under 100 ms."""

TAIL_ENTRIES = 1_000
"""Recorded entries that stay in Redis for viewers who come back."""

_LUA = Path(__file__).parent / "lua"
log = structlog.get_logger("recorder")


def record_all(*, seconds_max: float) -> int:
    """Record every journal that has unrecorded entries, a batch of each in turn, so that a busy one keeps no other
    waiting. Starts no batch after `seconds_max`. Returns the number of entries."""
    until = time.monotonic() + seconds_max
    done = 0

    def one_batch(topic: str) -> bool:
        """Whether there may be more."""
        nonlocal done
        entries = record(topic, batches_max=1)
        done += entries
        return entries == ENTRIES_A_BATCH

    topics = behind()
    while topics and time.monotonic() < until:
        topics = each(topics, one_batch)
    return done


def behind() -> list[str]:
    """The topics whose head is beyond what is recorded."""
    journals = list(Journal.objects.running())
    standings = look([j.topic for j in journals])
    return [j.topic for j, s in zip(journals, standings, strict=True) if s.head > j.recorded_seq]


def record(topic: str, *, batches_max: int | None = None) -> int:
    """Record one topic to its head, or as many batches of it. Returns the number of entries; 0 if another recorder is
    at it."""
    done = 0
    for _ in islice(count(), batches_max):
        with transaction.atomic():
            journal = Journal.objects.locked(topic)
            batch = _record_batch(journal) if journal else 0
        done += batch
        if journal and batch:
            settle(journal)
        if batch < ENTRIES_A_BATCH:
            break
    return done


def record_locked(journal: Journal, *, upto: int) -> None:
    """Record up to a sequence within the caller's transaction, which holds `journal`. A bound, since a head that is
    read while the crowd goes on would never be reached. Stops short where the journal is halted."""
    while journal.recorded_seq < upto and _record_batch(journal):
        pass


def settle(journal: Journal) -> None:
    """Tell Redis how far the books are, after the commit, and trim what no viewer will ask for. What is trimmed is
    recorded, so nothing can be lost by it; and a Redis that is away just now is told by the next batch."""
    keys = Keys(journal.topic)
    keep_from = max(journal.recorded_seq - TAIL_ENTRIES, 0)
    try:
        door().call(
            load(_LUA / "settle.lua"),
            keys=[keys.meta, keys.journal],
            args=[journal.epoch, journal.recorded_seq, keep_from],
        )
    except Unready as refusal:
        log.warning("recorder.not_settled", topic=journal.topic, kind=type(refusal).__name__)


def _record_batch(journal: Journal) -> int:
    """One batch into the caller's transaction; `journal` is moved along, in the database and in memory."""
    if journal.halted or journal.epoch == 0:
        return 0
    entries = read(journal.topic, epoch=journal.epoch, after=journal.recorded_seq, count=ENTRIES_A_BATCH)
    sound = _contiguous(entries, after=journal.recorded_seq)
    if sound:
        book = book_of(journal.topic)
        conflicts = _apply(book, journal.topic, sound)
        if not Journal.objects.move(journal, recorded_seq=sound[-1].seq):
            message = f"{journal.topic} moved under its lock"
            raise RuntimeError(message)
        journal.recorded_seq = sound[-1].seq
        if conflicts:
            seqs = [entry.seq for entry in conflicts]
            log.critical("recorder.conflict", topic=journal.topic, seqs=seqs, next="look at JournalConflict")
    if len(sound) < len(entries):
        found = entries[len(sound)].seq
        gap = f"expected {journal.epoch}-{journal.recorded_seq + 1}, found {journal.epoch}-{found}"
        Journal.objects.halt(journal, gap)
        log.critical("recorder.gap", topic=journal.topic, gap=gap, next="see docs/operations.md")
    return len(sound)


def _contiguous(entries: Sequence[Entry], *, after: int) -> Sequence[Entry]:
    """The entries up to the first gap."""
    for index, entry in enumerate(entries):
        if entry.seq != after + 1 + index:
            return entries[:index]
    return entries


def _apply(book: Book, topic: str, entries: Sequence[Entry]) -> list[Entry]:
    """Apply a batch; halve it around what a constraint refuses, so that one bad entry stops no good one.

    The refused entries are kept as `JournalConflict`; the keeper pauses their topic until a person has looked.
    """
    try:
        with transaction.atomic():
            book.apply(topic, entries)
    except (IntegrityError, DataError) as error:
        if len(entries) > 1:
            middle = len(entries) // 2
            return _apply(book, topic, entries[:middle]) + _apply(book, topic, entries[middle:])
        entry = entries[0]
        JournalConflict.objects.get_or_create(
            topic=topic,
            epoch=entry.epoch,
            seq=entry.seq,
            defaults={"entry": {k: _writable(v) for k, v in entry.fields.items()}, "reason": _writable(str(error))},
        )
        return [entry]
    return []


def _writable(text: str) -> str:
    """PostgreSQL keeps no NUL; the entry itself may be refused for having one, its copy must not."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
