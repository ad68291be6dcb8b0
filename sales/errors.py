"""Refusals of a sale: one class a reason."""

from typing import Self

from core.refusals import NotFound, Refusal, Unavailable


class SaleUnknown(NotFound):
    detail = "There is no such sale."


class ItemUnknown(NotFound):
    detail = "This sale has no item with that number. Items are numbered from 1 to the size of the sale."


class OutsideWindow(Refusal):
    """The sale is not on at the instant that the server decided by: `server_ms`, None where it did not say."""

    server_ms: int | None = None

    def by(self, server_ms: int) -> Self:
        """The same refusal, knowing the server's clock."""
        self.server_ms = server_ms
        return self


class NotOpen(OutsideWindow):
    code = "not_open"
    detail = "The sale has not opened yet."


class Closed(OutsideWindow):
    code = "closed"
    detail = "The sale is over. The next one may be on already: see /api/v1/sales/current."


class Paused(Refusal):
    code = "paused"
    detail = "The sale is paused. Holds that you have stay yours until their deadline."


class NoActiveSale(NotOpen):
    detail = "No sale is active now."


class AlreadyBought(Refusal):
    code = "item_taken"
    detail = "You have bought this item already."


class ItemTaken(Refusal):
    code = "item_taken"
    detail = "Somebody else has this item. Choose another one."


class SoldOut(Refusal):
    code = "sold_out"
    detail = "Nothing is free now. A hold that is not paid for may still come back."


class SoldOutForGood(SoldOut):
    detail = "All items are sold."


class LimitReached(Refusal):
    code = "limit_reached"
    detail = "User has reached the purchase limit for this sale"


class NoRoom(Unavailable):
    detail = "The store is nearly full, so nothing new is held for the moment. What you hold you can buy. Try again."


class HoldUnknown(NotFound):
    code = "hold_unknown"
    detail = "There is no hold of yours with this code. Compare it letter by letter with the one you were given."


class HoldExpired(Refusal):
    code, status = "hold_expired", 410
    detail = "This hold has expired. Hold the item again, if it is still free."


class HoldSold(Refusal):
    code = "item_taken"
    detail = "This item is bought already; a purchase is not given back this way."


class IdempotencyMismatch(Refusal):
    code, status = "idempotency_mismatch", 422
    detail = "This Idempotency-Key was used for another request. Use a new key for a new intention."


class KeyRequired(Refusal):
    code, status = "key_required", 422
    detail = "Send an Idempotency-Key, or name the item: a repeat must not hold a second item."
