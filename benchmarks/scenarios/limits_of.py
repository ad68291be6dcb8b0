"""CEILINGS: what the parts can do alone, with nothing of ours in between.

The views under granian; Redis alone, in pipelines so that the client is not the wall; PostgreSQL alone, inserting
purchases in bulk into a table like ours.
"""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from benchmarks import crowd
from benchmarks.figures import Figure, Outcome, figure
from benchmarks.generator import Script
from benchmarks.limits import BULK_BATCH, BULK_ROWS, CEILING_SECONDS, PIPELINE
from benchmarks.scenarios.ground import CEILING, STRICTER, ceiling, house
from benchmarks.stack import Stack
from benchmarks.wire import command, read_resp

VIEWS = {
    "empty": "empty view",
    "read": "view + EVALSHA that reads",
    CEILING: "view + EVALSHA with one write",
    STRICTER: "the same, our WSGI handler",
    "append": "view + EVALSHA, write and XADD",
}
LINES_AN_ANSWER = 3
"""`{"ok"}` on the wire: its length, the length of the word, the word."""

_LUA = Path(__file__).parent.parent / "ceilings" / "lua"

_BULK = """
    INSERT INTO bench_purchase
           (id, sale_id, epoch, seq, item, buyer, slot, buyer_limit, price, currency, code, purchased_at)
    SELECT n, '00000000-0000-7000-8000-000000000000', 1, n, n, 'demo:' || n / 10, n %% 10 + 1, 10, 1000, 'EUR',
           'a sale of twenty-two ch.' || n, now()
      FROM unnest(%s::bigint[]) AS n
"""


def run(appendfsync: str) -> Outcome:
    """Each alone."""
    outcome = Outcome("CEILINGS", appendfsync)
    with house(appendfsync, items=1) as stack:
        for view, what in VIEWS.items():
            meter = stack.meter()
            tally = ceiling(stack, view)
            outcome.figures.append(figure(what, tally, cost=meter.us_a_request(tally.requests)))
            outcome.heard(tally)
        outcome.figures += [_redis_alone(stack), _postgres_alone(stack)]
        outcome.facts.append(f'"the ceiling" elsewhere is: {VIEWS[CEILING]}')
        outcome.checks.append(stack.check())
    return outcome


def _redis_alone(stack: Stack) -> Figure:
    """EVALSHA with one write, 16 a round trip; the rate is of scripts, the latencies are of round trips."""
    url = urlsplit(stack.urls["REDIS_URL"])
    sign_in = command("AUTH", unquote(url.password or ""))
    body = (_LUA / f"{CEILING}.lua").read_text()
    script = command("EVAL", body, 1, "{bench}:fields", "-", "field", "value of 22 characters")
    many = script * PIPELINE

    def scripts() -> Script:
        until = time.monotonic() + CEILING_SECONDS
        while time.monotonic() < until:
            yield "round trip", many

    meter = stack.meter()
    tally = crowd.run(
        lambda _number, _processes: (scripts() for _ in range(64)),
        port=url.port or 6379,
        read=read_resp(PIPELINE * LINES_AN_ANSWER),
        greeting=sign_in,
    )
    line = figure("Redis alone, one write", tally)
    done = line.count * PIPELINE
    cost = {"redis": meter.us_a_request(done)["redis"]}
    return Figure(line.what, done, line.rate * PIPELINE, line.quantiles_ms, line.crowd_cores, cost)


def _postgres_alone(stack: Stack) -> Figure:
    """Purchases in batches, each batch a committed transaction."""
    with psycopg.connect(stack.urls["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_purchase (LIKE sales_purchase INCLUDING ALL)")
        began = time.monotonic()
        for first in range(0, BULK_ROWS, BULK_BATCH):
            connection.execute(_BULK, [list(range(first, first + BULK_BATCH))])
        seconds = time.monotonic() - began
        connection.execute("DROP TABLE bench_purchase")
    return Figure(f"PostgreSQL alone, {BULK_BATCH} a batch", BULK_ROWS, BULK_ROWS / seconds)
