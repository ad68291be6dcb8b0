"""The main proof: buyers buy, everything is killed, stopped and ended meanwhile, and nothing is missing."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest

from tests.faults.nemesis import ALL, Fault, Nemesis
from tests.faults.proof import Run
from tests.faults.report import heard, refusals, table

pytestmark = pytest.mark.faults

STOP_SECONDS = {"redis": 2.4, "web worker": 1.0}
"""Redis is stopped for longer than a door waits for it, so that answers are really lost."""

STOP_SECONDS_LONG = {"redis": 3.0, "web worker": 4.5, "postgres": 3.0}
"""A web worker for longer than a buyer waits: what it was asked happens after the buyer has asked somebody else."""

ROUNDS_MIN = 2


def test_nothing_acknowledged_is_lost_whatever_dies(
    run: Run, seed: int, long: float, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(seed)
    stops = STOP_SECONDS_LONG if long else STOP_SECONDS
    nemesis = Nemesis(run.house, dice, pause=(0.2, 0.8) if long else (0.05, 0.3), stop_seconds=stops)
    began = time.monotonic()
    with run.crowd(seed=seed):
        nemesis.round()
        rounds = 1
        while long and (time.monotonic() - began < long or rounds < ROUNDS_MIN):
            nemesis.round()
            rounds += 1
        nemesis.finish()
    seconds = time.monotonic() - began
    verdict = run.prove()
    run.house.check_invariants()
    attempts = run.attempts()

    with capsys.disabled():
        print(f"\nseed {seed}: {rounds} rounds of {len(ALL)} faults in {seconds:.0f} s")  # noqa: T201
        print("\n".join(table(nemesis.blows, attempts)))  # noqa: T201
        print(", ".join(f"{name} {count}" for name, count in verdict.counts.items()))  # noqa: T201

    seen = Counter(blow.fault for blow in nemesis.blows if blow.happened)
    assert not [str(fault) for fault in ALL if seen[fault] < rounds], "a fault that did not happen proves nothing"
    assert all(blow.over_at for blow in nemesis.blows)
    assert verdict.counts["purchases acknowledged"] > 100
    assert verdict.counts["unknown, then resolved"] > 0
    killed = [b for b in nemesis.blows if b.fault == Fault("redis", signal.SIGKILL)]
    after = heard(attempts, [(blow.struck_at, (blow.over_at or 0) + 3.0) for blow in killed])
    assert refusals(after)["warming_up"] > 0, "the fence was never seen to work"
    assert not [a for a in attempts if a.reason in ("http_500", "internal_error")]
