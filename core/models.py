"""The books that know no trade: how far each journal is recorded, and the entries that could not be.

Journal           one row a topic (`sale:<id>`); moved only by compare-and-swap on its epoch
JournalConflict   an entry that PostgreSQL refused: kept, alarmed about, never dropped
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class JournalQuerySet(models.QuerySet["Journal"]):
    """Named reads and the one row lock of the recorder and the guardian."""

    def live(self) -> JournalQuerySet:
        """The journals whose topic may still decide something."""
        return self.filter(retired_at=None).order_by("topic")

    def running(self) -> JournalQuerySet:
        """Those of them that have been opened and that the recorder goes on with."""
        return self.live().filter(epoch__gt=0, halted="")

    def locked(self, topic: str, *, wait: bool = False) -> Journal | None:
        """The caller's transaction holds this journal until it ends; None if there is none, or somebody else holds it
        and the caller does not want to `wait`."""
        return self.filter(topic=topic).select_for_update(skip_locked=not wait, no_key=True).first()

    def move(self, journal: Journal, *, recorded_seq: int) -> bool:
        """Move the offset by compare-and-swap. False: somebody was first."""
        moved = self.filter(topic=journal.topic, epoch=journal.epoch, recorded_seq=journal.recorded_seq).update(
            recorded_seq=recorded_seq
        )
        return moved == 1

    def halt(self, journal: Journal, why: str) -> None:
        """Record nothing more on this journal, and mend nothing, until a person has decided."""
        self.filter(topic=journal.topic).update(halted=why)
        journal.halted = why

    def open_epoch(self, journal: Journal) -> bool:
        """Claim the next epoch by compare-and-swap. False: somebody was first."""
        claimed = self.filter(topic=journal.topic, epoch=journal.epoch).update(epoch=journal.epoch + 1)
        return claimed == 1


class Journal(models.Model):
    """How far the journal of one topic is recorded. In no form; epoch 0 means never opened."""

    topic = models.CharField(primary_key=True, max_length=100)
    epoch = models.BigIntegerField(default=0)
    recorded_seq = models.BigIntegerField(default=0)
    halted = models.TextField(blank=True, default="", help_text="Why the recorder stopped here, if it did.")
    retired_at = models.DateTimeField(null=True, blank=True, help_text="When its Redis keys were let go.")

    objects: ClassVar[models.Manager[Journal]] = JournalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(epoch__gte=0, recorded_seq__gte=0), name="journal_counts_up"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} at {self.epoch}-{self.recorded_seq}"


class JournalConflict(models.Model):
    """An entry that a constraint refused. Its sale or lot is paused and an invariant is red until somebody looks."""

    topic = models.CharField(max_length=100)
    epoch = models.BigIntegerField()
    seq = models.BigIntegerField()
    entry = models.JSONField()
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="Until a person has looked, its topic is paused.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "epoch", "seq"], name="journal_conflict_once"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.epoch}-{self.seq}: {self.reason}"
