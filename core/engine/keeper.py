"""The keeper: a process that needs no broker. It guards every topic, and records by itself when the lag grows.

keep    until told to stop
lag     how far the books are behind, in entries and seconds
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from core.engine.guardian import guard, pause_conflicts
from core.engine.journal import look, read
from core.engine.recorder import record
from core.engine.rounds import each
from core.instants import now_ms
from core.models import Journal
from core.refusals import Refusal

LOOK_SECONDS = 0.25
"""Between two looks: how long buyers hear `warming_up` after a restart that lost nothing."""

LAG_SECONDS_MAX = 5
"""Age of the oldest unrecorded entry at which the keeper records by itself: the worker, or its broker, is away."""

STRANGE_SECONDS = 5
"""Between two looks while something fails that neither store is the cause of: so that the log stays readable."""

BATCHES_A_LOOK = 10
"""Batches of a late topic before the next look: under load it must not stop guarding."""

START_SECONDS = 15
"""After a start, while the recorder's worker is coming up, recording for it is no reason to worry anybody."""

_began = time.monotonic()
log = structlog.get_logger("keeper")


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the books of one topic are behind its journal."""

    topic: str
    entries: int
    seconds: float


def keep(stop: threading.Event, *, look_seconds: float = LOOK_SECONDS) -> None:
    """Guard and record until `stop` is set. A store that is away is said once, and looked for again."""
    away = ""
    while not stop.is_set():
        try:
            round_once()
            if away:
                log.info("keeper.back")
            away = ""
        except (DatabaseError, Refusal) as error:
            connection.close()
            if type(error).__name__ != away:
                log.warning("keeper.store_away", error=str(error), kind=type(error).__name__)
            away = type(error).__name__
        except Exception:  # a topic of a strange kind: said, and the others guarded on
            log.exception("keeper.strange")
            stop.wait(STRANGE_SECONDS)
        stop.wait(look_seconds)


def round_once() -> None:
    """One look at everything: mend what is not sound, pause what is contradicted, record what is late. What fails in
    one of the three, or for one topic, holds up no other; it is raised at the end."""
    each((guard, pause_conflicts, record_late), lambda part: part())


def record_late() -> list[str]:
    """Record every topic whose oldest unrecorded entry is older than the bound. Returns those topics."""
    late = {lag.topic: lag for lag in lags() if lag.seconds > LAG_SECONDS_MAX}
    for lag in late.values():
        tell = log.info if time.monotonic() - _began < START_SECONDS else log.warning
        tell("keeper.records", topic=lag.topic, entries=lag.entries, seconds=round(lag.seconds, 1))
    return each(list(late), lambda topic: record(topic, batches_max=BATCHES_A_LOOK))


def lags() -> list[Lag]:
    """Every topic whose journal goes on beyond the books."""
    journals = list(Journal.objects.live().filter(epoch__gt=0, halted=""))
    standings = look([j.topic for j in journals], vital=[() for _ in journals])
    return [
        Lag(topic=j.topic, entries=s.head - j.recorded_seq, seconds=_age(j))
        for j, s in zip(journals, standings, strict=True)
        if s.head > j.recorded_seq
    ]


def _age(journal: Journal) -> float:
    """Seconds since the oldest unrecorded entry was decided. A journal whose entry is lost is as late as can be."""
    oldest = read(journal.topic, epoch=journal.epoch, after=journal.recorded_seq, count=1)
    return max(0.0, (now_ms() - int(oldest[0].fields["at"])) / 1_000) if oldest else float("inf")
