"""The guardian: after a restart, a loss or a FLUSHALL, nothing is decided until Redis and the books agree.

    guard            one look at every open topic; mend what is not sound
    pause_conflicts  stop what PostgreSQL has contradicted, until
    looked           a person has looked at it
    mend             one topic: adopt it as it is, or rebuild it from PostgreSQL into the next epoch
    accept_loss      a person's decision about a journal that has stopped
    reconcile        record to the head, compare both stores, say each difference, rebuild if there is one

Every script refuses with `warming_up` while meta is missing or names another server process, so the guardian never
races with a decision: what it compares stands still.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from django.db import transaction
from django.utils import timezone

from core.engine.books import Superseded, book_of, known
from core.engine.journal import Keys, Standing, look
from core.engine.recorder import record_locked
from core.engine.redis import door
from core.engine.rounds import each
from core.engine.scripts import load
from core.ids import secret
from core.models import Journal, JournalConflict


class Halted(RuntimeError):
    """The journal has stopped at something that only a person can decide; the text says at what."""


_LUA = Path(__file__).parent / "lua"
log = structlog.get_logger("guardian")


def guard() -> list[str]:
    """Look at every open topic once and mend what is not sound. Returns the topics that were mended."""
    journals = [journal for journal in Journal.objects.live().filter(halted="") if known(journal.topic)]
    topics = [journal.topic for journal in journals]
    standings = look(topics, vital=[book_of(topic).vital_keys(topic) for topic in topics])
    run_id = door().run_id()
    unsound = [j.topic for j, s in zip(journals, standings, strict=True) if not _sound(s, j, run_id)]
    return each(unsound, mend)


def pause_conflicts() -> list[str]:
    """Every topic with a refused entry stays paused until a person has looked at it. Asked again and again, so that a
    pause which could not be made at the moment of the conflict is made as soon as it can."""
    unseen = JournalConflict.objects.filter(looked_at=None, topic__in=Journal.objects.live().values("topic"))
    return each(list(unseen.order_by("topic").values_list("topic", flat=True).distinct()), _pause)


def looked(topic: str) -> int:
    """A person has looked at what PostgreSQL refused: go on. Returns the number of entries that waited for it."""
    waited = JournalConflict.objects.filter(topic=topic, looked_at=None).update(looked_at=timezone.now())
    if waited:
        log.warning("guardian.looked", topic=topic, entries=waited)
        book_of(topic).resume(topic, reason="a person has looked at the refused entries")
    return waited


def mend(topic: str) -> bool:
    """Bring one topic back. False: somebody else is at it, or it is sound already, or it must wait for a person."""
    with transaction.atomic():
        journal = Journal.objects.locked(topic)
        if journal is None or journal.halted or journal.retired_at:
            return False
        standing = _look(topic)
        if _sound(standing, journal, door().run_id()):
            return False
        if standing.epoch > journal.epoch:
            return _stop_for_a_person(journal, standing)
        if _adopt(journal, standing):
            return True
        claimed = _claim(journal, standing)
    return claimed and _rebuild(journal)


def reconcile(topic: str, *, repair: bool) -> list[str]:
    """Compare Redis with the rows, both at the same sequence. Repairs Redis from PostgreSQL, never the other way.

    Raises `Halted` for a journal that waits for a person, `Unready` while there is nothing to compare with.
    """
    with transaction.atomic():
        journal = Journal.objects.locked(topic, wait=True)
        if journal is None or journal.retired_at:
            return []
        if journal.halted:
            raise Halted(journal.halted)
        differences = book_of(topic).differences(journal)
        for difference in differences:
            log.error("reconcile.difference", topic=topic, difference=difference)
        claimed = bool(differences) and repair and _claim(journal, _look(topic))
    if claimed:
        _rebuild(journal)
    return differences


def accept_loss(topic: str) -> bool:
    """A person's decision about a journal that has stopped: go on from the rows alone, in a new epoch.

    What the journal holds beyond its gap, or in an epoch that the books never knew, is given up. The rows stay, and so
    does every promise that they keep. False: somebody else is at it.
    """
    with transaction.atomic():
        journal = Journal.objects.locked(topic, wait=True)
        if journal is None or not journal.halted:
            return False
        log.critical("guardian.loss_accepted", topic=topic, halted=journal.halted)
        _close(journal)
        # Above what Redis may have reached without the books.
        above = max(journal.epoch, _look(topic).epoch)
        Journal.objects.filter(topic=topic).update(epoch=above, halted="")
        journal.epoch, journal.halted = above, ""
        door().command("UNLINK", Keys(topic).journal)
        claimed = _open_epoch(journal)
    return claimed and _rebuild(journal)


def _pause(topic: str) -> bool:
    book_of(topic).pause(topic, reason="PostgreSQL refused an entry of the journal")
    return True


def _sound(standing: Standing, journal: Journal, run_id: str) -> bool:
    return standing.whole and standing.run_id == run_id and standing.epoch == journal.epoch > 0


def _look(topic: str) -> Standing:
    return look([topic], vital=[book_of(topic).vital_keys(topic)])[0]


def _adopt(journal: Journal, standing: Standing) -> bool:
    """Same epoch, nothing lost: only where every answer left after its flush, before the restart and now, and the
    server is no promoted replica. Elsewhere a lost tail cannot be seen.

    The caller holds the journal row: nobody reopens a till that somebody else has just closed to rebuild it.
    """
    if not standing.whole or standing.epoch != journal.epoch or not _durable():
        return False
    answer = door().call(
        load(_LUA / "adopt.lua"),
        keys=[Keys(journal.topic).meta],
        args=[journal.epoch, journal.recorded_seq, standing.run_id],
    )
    if answer[0] != b"ok":
        return False
    log.warning("guardian.adopted", topic=journal.topic, epoch=journal.epoch, seq=journal.recorded_seq)
    return True


def _durable() -> bool:
    return door().appendfsync() == "always" and not door().was_promoted()


def _claim(journal: Journal, standing: Standing) -> bool:
    """Close the till, take what it still holds into the books, and claim the next epoch: all in the caller's
    transaction, which holds the journal row. After its commit nobody can decide anything in the old epoch."""
    # Most of it while the till is still open, so that it is closed only shortly.
    record_locked(journal, upto=standing.head)
    if journal.halted:
        return False  # and the till stays as it is: a halted journal is not mended by shutting its sale
    record_locked(journal, upto=_close(journal))
    return _open_epoch(journal)


def _close(journal: Journal) -> int:
    """Close the till for good. Returns the journal's last sequence in the books' epoch."""
    keys = Keys(journal.topic)
    answer = door().call(
        load(_LUA / "close.lua"),
        keys=[keys.meta, keys.journal, keys.building],
        args=[journal.epoch, secret()],
    )
    return int(answer[1])


def _open_epoch(journal: Journal) -> bool:
    if journal.halted or not Journal.objects.open_epoch(journal):
        return False
    journal.epoch += 1
    return True


def _rebuild(journal: Journal) -> bool:
    """Rebuild in an epoch that is claimed and committed: were Redis opened before that commit, a crash in between
    would leave decisions in an epoch that the books do not know."""
    with transaction.atomic():
        held = Journal.objects.locked(journal.topic)
        if held is None or held.epoch != journal.epoch:
            return False
        try:
            _begin(held)
            book_of(held.topic).rebuild(held)
        except Superseded:
            return False
    tell, what = (log.info, "guardian.opened") if held.epoch == 1 else (log.warning, "guardian.rebuilt")
    tell(what, topic=held.topic, epoch=held.epoch, seq=held.recorded_seq)
    return True


def _begin(journal: Journal) -> None:
    keys = Keys(journal.topic)
    answer = door().call(
        load(_LUA / "begin.lua"),
        keys=[keys.building, keys.meta, keys.journal, *book_of(journal.topic).vital_keys(journal.topic)],
        args=[journal.epoch, journal.recorded_seq],
    )
    if answer[0] == b"unrecorded":
        # Cannot be, since the till was closed before the last entries were recorded. If it is, they are worth a person.
        Journal.objects.halt(journal, "the journal goes on beyond the books, in an epoch that was closed")
        log.critical("guardian.halted", topic=journal.topic, why=journal.halted, next="see docs/operations.md")
    if answer[0] != b"ok":
        raise Superseded


def _stop_for_a_person(journal: Journal, standing: Standing) -> bool:
    why = f"Redis is in epoch {standing.epoch}, the books only in {journal.epoch}: an old backup?"
    Journal.objects.halt(journal, why)
    log.critical("guardian.halted", topic=journal.topic, why=why, next="see docs/operations.md")
    return False
