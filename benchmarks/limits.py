"""Every number of the benchmarks, with its unit and its reason."""

CONNECTIONS = 64
"""Connections of the crowd: what all figures of the design were taken with."""

GENERATORS = 2
"""Processes that the crowd is split over: so that one of them is never the wall, and two really race."""

ANSWER_SECONDS_MAX = 30.0
"""A crowd that hears nothing at all for so long gives up: the server hangs."""

READY_SECONDS_MAX = 60.0
"""From the start of the processes to the first answer."""

CALM_CORES = 0.3
CALM_SECONDS_MAX = 20.0
"""Before the first figure the processes of the house use less than so many cores, or we have waited so long."""

RECORDED_SECONDS_MAX = 60.0
"""How long we wait for the books after the last answer before we say that they never came."""

BUYERS = 1_000
BUYER_LIMIT = 10
ITEMS = 10_000
"""The crowd of the seeds: 1,000 buyers, ten items each, 10,000 items."""

MUST_FLOWS = 1_800
MUST_RECORDED_SECONDS = 2.0
MUST_REFUSALS = 5_500
MUST_OF_CEILING = 55
MUST_OF_SMALL = 90
"""What Stampede must reach: flows a second at `always`, refusals a second, percent of the ceiling, and percent of the
rate of a small house that a full one keeps."""

WARM_ITEMS = 2_000
"""Checkouts before the first that counts: every thread has its connection then."""

CHECKOUT_ROUNDS = 4
CHECKOUT_ITEMS = 20_000
"""Checkouts and their ceiling take turns, so many rounds: both feel the same neighbours on the machine."""

CEILING_SECONDS = 2.0
"""How long each ceiling is measured."""

SOLD_OUT_SECONDS = 6.0
SOLD_OUT_ITEMS = 1_000

GROWTH_ROUNDS = 8
GROWTH_HOLDS = 1_000
"""Holds a round: all items of the smallest sale. They are given back, untimed, before the next round."""

GROWTH_SALES = 100
GROWTH_SOLD = 1_000_000

BULK_ROWS = 10_000
BULK_BATCH = 500
"""Purchases inserted by the bare PostgreSQL ceiling, and how many a statement."""

PIPELINE = 16
"""Commands a round trip when Redis is measured alone: a Python client would be the wall otherwise."""
