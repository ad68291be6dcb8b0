"""What is durable of a sale, and the constraints that are its last line.

    Sale          a timed offer of numbered items
    SaleEvent     append-only: every decided hold, purchase, release, expiry, change of state
    Purchase      an item that is sold, once, to one buyer, in one of their numbered slots

Rows of the last two are written by the recorder only, from the journal. Their sale is not checked by the database
when they are inserted (it cannot be missing: it is made in one transaction with its journal, and is protected).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from sales import limits
from sales.topics import topic_of


class SaleQuerySet(models.QuerySet["Sale"]):
    """Named reads of sales."""

    def newest_first(self) -> SaleQuerySet:
        return self.order_by("-opens_at", "-id")


class Sale(models.Model):
    """A timed offer of numbered items, open while `opens_at <= now < closes_at` by the Redis clock."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAUSED = "paused"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    series = models.CharField(max_length=50, null=True, blank=True, help_text="The cycle it belongs to, if any.")
    name = models.CharField(max_length=limits.NAME_CHARACTERS_MAX)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    size = models.IntegerField()
    buyer_limit = models.IntegerField()
    hold_seconds = models.IntegerField()
    price = models.BigIntegerField(help_text="Of one item, in minor units.")
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Sale]] = SaleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "opens_at"], name="sale_once_a_window"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="sale_window_is_a_time"),
            models.CheckConstraint(condition=Q(size__range=(1, limits.ITEMS_MAX)), name="sale_size_in_bounds"),
            models.CheckConstraint(
                condition=Q(buyer_limit__range=(1, limits.BUYER_LIMIT_MAX)), name="sale_limit_in_bounds"
            ),
            models.CheckConstraint(condition=Q(price__gte=0, price__lt=10**15), name="sale_price_in_bounds"),
            models.CheckConstraint(condition=Q(hold_seconds__gt=0), name="sale_hold_is_a_time"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="sale_currency_is_a_code"),
        ]
        indexes: ClassVar = [models.Index(fields=["-opens_at", "-id"], name="sale_newest_first")]

    def __str__(self) -> str:
        return self.name

    @property
    def topic(self) -> str:
        """The journal, and the Redis hash tag, of this sale."""
        return topic_of(self.id)


class SaleEvent(models.Model):
    """One decided fact of a sale, as its journal has it."""

    class Kind(models.TextChoices):
        OPEN = "open"
        HOLD = "hold"
        PURCHASE = "purchase"
        RELEASE = "release"
        EXPIRE = "expire"
        STATE = "state"

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    epoch = models.IntegerField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    item = models.IntegerField(null=True)
    buyer = models.CharField(max_length=100, null=True)
    slot = models.SmallIntegerField(null=True)
    secret = models.CharField(max_length=22, null=True)
    price = models.BigIntegerField(null=True)
    deadline = models.DateTimeField(null=True)
    request = models.CharField(max_length=300, null=True, help_text="Idempotency key, and what was asked for.")
    note = models.TextField(null=True, help_text="Of a change of state: the new state and the reason.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "epoch", "seq"], name="sale_event_once"),
            # A code is held once and, at most once, becomes one other thing: nothing may happen to it twice.
            models.UniqueConstraint(fields=["secret"], condition=Q(kind="hold"), name="sale_code_held_once"),
            models.UniqueConstraint(
                fields=["secret"], condition=Q(kind__in=["purchase", "release", "expire"]), name="sale_code_ends_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sale", "deadline"], condition=Q(kind="hold"), name="sale_holds_by_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.epoch}-{self.seq}"


class Purchase(models.Model):
    """An item that is sold. The constraints here make an oversell unwritable."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    epoch = models.IntegerField()
    seq = models.BigIntegerField()
    item = models.IntegerField()
    buyer = models.CharField(max_length=100)
    slot = models.SmallIntegerField()
    buyer_limit = models.SmallIntegerField()
    price = models.BigIntegerField(help_text="In minor units, as it stood when the item was held.")
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=45, help_text="The checkout code that was redeemed.")
    purchased_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "item"], name="purchase_item_once"),
            models.UniqueConstraint(fields=["sale", "buyer", "slot"], name="purchase_slot_once"),
            models.UniqueConstraint(fields=["code"], name="purchase_code_once"),
            models.CheckConstraint(
                condition=Q(slot__gte=1, slot__lte=F("buyer_limit")), name="purchase_within_the_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.item} to {self.buyer}"
