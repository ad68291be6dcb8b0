"""A store is away for long: PostgreSQL stopped under load, the bus dead all along. Sales go on, the books catch up."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.local.ports import free_port
from core.local.server import wait_until
from tests.faults.history import Verb
from tests.faults.house import House
from tests.faults.pids import is_stopped, tell, tree
from tests.faults.proof import Run
from tests.faults.report import heard, refusals

pytestmark = pytest.mark.faults

WARM_SECONDS = 1.0
STOPPED_SECONDS = 3.0
STOPPED_SECONDS_LONG = 10.0
BUSLESS_SECONDS = 12.0
"""Twice the lag at which the keeper records by itself."""


def test_sales_go_on_while_postgres_is_stopped(run: Run, seed: int, long: float) -> None:
    postmaster = run.house.pid("postgres")
    assert postmaster
    with run.crowd(seed=seed):
        time.sleep(WARM_SECONDS)
        before = run.house.journals()
        victims = tree(postmaster)
        for victim in victims:
            tell(victim, signal.SIGSTOP)
        began = time.time()
        try:
            assert wait_until(lambda: all(is_stopped(v) or not v.lives for v in victims), seconds=5)
            time.sleep(STOPPED_SECONDS_LONG if long else STOPPED_SECONDS)
            head = max(int(run.house.ask_redis("HGET", f"{{{topic}}}:meta", "seq")) for topic in before)
        finally:
            for victim in reversed(victims):
                tell(victim, signal.SIGCONT)
        ended = time.time()

    meanwhile = [a for a in heard(run.attempts(), [(began, ended)]) if a.invoked_at > began and a.ended_at < ended]
    assert len(meanwhile) > 100
    refused = refusals(a for a in meanwhile if a.wish.verb in (Verb.HOLD, Verb.PURCHASE))
    assert set(refused) <= {"limit_reached", "item_taken", "sold_out"}, refused
    assert not [a for a in meanwhile if a.end == "unknown"]
    assert head > max(seq for _, seq in before.values()) + 100, "the lag did not grow"
    run.prove()


@pytest.fixture
def busless_house(long: float) -> Iterator[House]:
    """A house whose bus is an address that nobody listens on."""
    if not long:
        pytest.skip("only with --long: it needs a house of its own")
    house = House({"REDIS_BUS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    try:
        yield house.open()
    finally:
        assert not house.close()


@pytest.mark.slow
def test_the_keeper_records_while_the_bus_is_dead(busless_house: House, seed: int, tmp_path: Path) -> None:
    run = Run(busless_house, tmp_path, name="busless")
    before = run.house.journals()
    with run.crowd(seed=seed):
        time.sleep(BUSLESS_SECONDS)
        during = run.house.journals()
    verdict = run.prove()
    assert any(seq > before[topic][1] for topic, (_, seq) in during.items()), "nothing was recorded meanwhile"
    assert verdict.counts["purchases acknowledged"] > 100
