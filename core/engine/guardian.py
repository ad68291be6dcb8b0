"""The guardian: after a restart, a loss or a FLUSHALL, nothing is decided until Redis and the books agree.

    guard            one look at every open topic; mend what is not sound
    pause_conflicts  stop what PostgreSQL has contradicted
    mend             one topic: adopt it as it is, or rebuild it from PostgreSQL into the next epoch
    reconcile        record to the head, compare both stores, say each difference, rebuild if there is one

Every script refuses with `warming_up` while meta is missing or names another server process, so the guardian never
races with a decision: what it compares stands still.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from django.db import transaction

from core.engine.books import Superseded, book_of
from core.engine.journal import Keys, Standing, look
from core.engine.recorder import record_locked
from core.engine.redis import door
from core.engine.rounds import each
from core.engine.scripts import load
from core.models import Journal, JournalConflict

_LUA = Path(__file__).parent / "lua"
log = structlog.get_logger("guardian")


def guard() -> list[str]:
    """Look at every open topic once and mend what is not sound. Returns the topics that were mended."""
    journals = list(Journal.objects.live().filter(halted=""))
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
        claimed = _claim(journal)
    return claimed and _rebuild(journal)


def reconcile(topic: str, *, repair: bool) -> list[str]:
    """Compare Redis with the rows, both at the same sequence. Repairs Redis from PostgreSQL, never the other way."""
    with transaction.atomic():
        journal = Journal.objects.locked(topic, wait=True)
        if journal is None or journal.retired_at:
            return []
        differences = book_of(topic).differences(journal)
        for difference in differences:
            log.error("reconcile.difference", topic=topic, difference=difference)
        claimed = bool(differences) and repair and _claim(journal)
    if claimed:
        _rebuild(journal)
    return differences


def _pause(topic: str) -> bool:
    book_of(topic).pause(topic, reason="PostgreSQL refused an entry of the journal")
    return True


def _sound(standing: Standing, journal: Journal, run_id: str) -> bool:
    return standing.whole and standing.run_id == run_id and standing.epoch == journal.epoch > 0


def _look(topic: str) -> Standing:
    return look([topic], vital=[book_of(topic).vital_keys(topic)])[0]


def _adopt(journal: Journal, standing: Standing) -> bool:
    """Same epoch, nothing lost: only where every answer left after its fsync. Elsewhere a lost tail cannot be seen.

    The caller holds the journal row: nobody reopens a till that somebody else has just closed to rebuild it.
    """
    if not standing.whole or standing.epoch != journal.epoch or door().appendfsync() != "always":
        return False
    answer = door().call(
        load(_LUA / "adopt.lua"), keys=[Keys(journal.topic).meta], args=[journal.epoch, journal.recorded_seq]
    )
    if answer[0] != b"ok":
        return False
    log.warning("guardian.adopted", topic=journal.topic, epoch=journal.epoch, seq=journal.recorded_seq)
    return True


def _claim(journal: Journal) -> bool:
    """Close the till, take what it still holds into the books, and claim the next epoch: all in the caller's
    transaction, which holds the journal row. After its commit nobody can decide anything in the old epoch."""
    door().call(load(_LUA / "close.lua"), keys=[Keys(journal.topic).meta])
    record_locked(journal)
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
    if answer[0] != b"ok":
        raise Superseded


def _stop_for_a_person(journal: Journal, standing: Standing) -> bool:
    journal.halted = f"Redis is in epoch {standing.epoch}, the books only in {journal.epoch}: an old backup?"
    Journal.objects.filter(topic=journal.topic).update(halted=journal.halted)
    log.critical("guardian.books_are_older", topic=journal.topic, halted=journal.halted)
    return False
