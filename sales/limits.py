"""Every number of the trade, with its unit and its reason. What a deployment may choose is in `config.env`."""

ITEMS_MAX = 10_000_000
"""Items in a sale: 1.25 MB a bitmap, and a scan for a free one still takes 0.1 ms."""

BUYER_LIMIT_MAX = 100
"""Slots of a buyer: the script walks them, so there must be few."""

PREPARED_AHEAD_SECONDS = 2 * 3_600
"""The hourly sale is made this long before it opens, so that two missed hours of a worker are not noticed."""

UNRECORDED_ENTRIES_MAX = 1_000_000
"""Entries that the books may be behind before new holds are refused: about 300 MB of journal."""

SWEEP_HOLDS_A_CALL = 200
"""Expired holds a script call tidies up: under a millisecond, so that no buyer waits for it."""

SOLD_OUT_REMEMBERED_SECONDS = 1.0
"""How long a process answers "sold out" by itself once all items are sold. Sold is final; only a destroyed disk can
undo it, and then buyers wait a second longer."""

REBUILD_ROWS_A_CHUNK = 1_000
"""Rows a script call loads: a few milliseconds, so that other sales on the server are not held up."""

RETIRE_AFTER_SECONDS = 3_600
"""A closed sale's Redis keys stay this long after the last hold, for repeats of the same request."""

NAME_CHARACTERS_MAX = 200

PREPARED_WINDOWS_MAX = 10
"""Sales prepared at once: with very short windows, two hours would be hundreds."""

HOURLY_PRICE_MINOR = 1_000
HOURLY_CURRENCY = "EUR"
"""What an item of the hourly sale costs: the seeds name no price, and a demo should be cheap."""

CHECKOUT_TRIES = 4
"""Our window, made; the server's window, made: each at most once. Nothing is held before the last of them."""

MEMORY_SHARE_MAX = 0.8
"""How full Redis may be before new holds are refused. The rest is for purchases: what was promised must have room."""
