"""Redis forgets: FLUSHALL in mid-sale, its files deleted, its file cut by a power cut. Nothing is ever sold twice.

What was decided but not yet recorded is gone then; each test says how much may be, and the next epoch announces it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.history import Attempt, End, Verb
from tests.faults.house import House, wait_for
from tests.faults.oracle import Verdict
from tests.faults.pids import identify, tell
from tests.faults.proof import Run
from tests.faults.report import refusals

pytestmark = pytest.mark.faults

BUYING_SECONDS = 1.5
TAIL_SECONDS_MAX = 4.0
"""What was acknowledged this shortly before Redis forgot may not be recorded: beat's second, and a busy machine."""

OF_THE_TAIL = {
    "lost",
    "lost_holds",
    "lost_releases",
    "live_hold_refused",
    "held_by_two",
    "acknowledged_twice",
    "promised_over_the_limit",
}
"""What a lost tail looks like in the histories. Never among it: rows that are there twice, over the limit, or of
somebody who heard no."""


def test_flushall_in_mid_sale_oversells_nothing(run: Run, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    with run.crowd(seed=seed):
        time.sleep(BUYING_SECONDS)
    run.house.settle()
    recorded = _bought(run)
    before = run.house.journals()

    with run.crowd(seed=seed + 1):
        time.sleep(BUYING_SECONDS / 2)
        flushed_at = time.time()
        run.house.ask_redis("FLUSHALL")
        assert wait_for(lambda: _epoch(run.house) > min(e for e, _ in before.values()), seconds=20)
        time.sleep(BUYING_SECONDS / 2)
    verdict = run.judge()

    assert refusals(run.attempts())["warming_up"] > 0
    assert all(epoch == before[topic][0] + 1 for topic, (epoch, _) in run.house.journals().items())
    assert _answers_again(run, recorded)
    lost = _only_the_tail(run, verdict, forgot_at=flushed_at)
    with capsys.disabled():
        print(f"\nFLUSHALL: {lost} of {verdict.counts['purchases acknowledged']} purchases were not recorded yet")  # noqa: T201


def test_a_recorded_hold_can_be_bought_after_redis_forgot_everything(run: Run) -> None:
    shop = run.shop()
    holds = [shop.insist(run.wish(Verb.HOLD, f"b{n}", key=f"k{n}"), seconds=10) for n in range(20)]
    bought = [shop.insist(run.wish(Verb.PURCHASE, f"b{n}", code=holds[n].code), seconds=10) for n in range(10)]
    run.house.settle()
    before = run.house.journals()

    with run.house.holding_its_breath():
        _kill_redis(run.house)
        for file in (run.house.folder / "redis" / "data").iterdir():
            file.unlink()
    run.house.settle()

    assert all(epoch > before[topic][0] for topic, (epoch, _) in run.house.journals().items())
    assert _answers_again(run, bought)
    late = [shop.insist(run.wish(Verb.PURCHASE, f"b{n}", code=holds[n].code), seconds=10) for n in range(10, 20)]
    assert [attempt.item for attempt in late] == [hold.item for hold in holds[10:]]
    shop.close()
    run.prove()


@pytest.fixture
def everysec_house(long: float) -> Iterator[House]:
    """A house that flushes once a second: the documented faster profile."""
    if not long:
        pytest.skip("only with --long: it needs a house of its own")
    house = House({"REDIS_APPENDFSYNC": "everysec"})
    try:
        yield house.open()
    finally:
        assert not house.close()


@pytest.mark.slow
def test_a_power_cut_under_everysec_oversells_nothing(
    everysec_house: House, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(everysec_house, tmp_path, name="cut")
    file = run.house.folder / "redis" / "data" / "appendonly.aof"
    before = run.house.journals()
    with run.crowd(seed=seed):
        time.sleep(BUYING_SECONDS)
        size = file.stat().st_size
        time.sleep(1.0)  # what a disk may not have when the power goes
        with run.house.holding_its_breath():
            cut_at = time.time()
            _kill_redis(run.house)
            gone = file.stat().st_size - size
            with file.open("r+b") as stream:
                stream.truncate(size)
        assert wait_for(lambda: _epoch(run.house) > min(e for e, _ in before.values()), seconds=20)
        time.sleep(BUYING_SECONDS)
    verdict = run.judge()

    assert gone > 0, "the cut cut nothing"
    assert all(epoch > before[topic][0] for topic, (epoch, _) in run.house.journals().items())
    lost = _only_the_tail(run, verdict, forgot_at=cut_at)
    with capsys.disabled():
        told = verdict.counts["purchases acknowledged"]
        print(f"\neverysec: the cut took {gone} bytes and {lost} of {told} acknowledged purchases")  # noqa: T201


def _kill_redis(house: House) -> None:
    victim = identify(house.pid("redis") or 0)
    assert victim and tell(victim, signal.SIGKILL)
    assert wait_for(lambda: not victim.lives, seconds=5)


def _epoch(house: House) -> int:
    """The epoch of this house's sale, or of the one that lags behind."""
    return min(epoch for epoch, _ in house.journals().values())


def _bought(run: Run) -> list[Attempt]:
    return [a for a in run.attempts() if a.wish.verb == Verb.PURCHASE and a.end == End.OK]


def _answers_again(run: Run, bought: list[Attempt]) -> bool:
    """Whether every one of these purchases still answers its code with its item."""
    shop = run.shop()
    again = [shop.insist(attempt.wish, seconds=10) for attempt in bought]
    shop.close()
    assert bought
    return [attempt.item for attempt in again] == [attempt.item for attempt in bought]


def _only_the_tail(run: Run, verdict: Verdict, *, forgot_at: float) -> int:
    """Nothing but what was acknowledged just before is missing, and the rows are sound. Returns the lost purchases."""
    run.house.check_invariants()
    assert set(verdict.breaches) <= OF_THE_TAIL, verdict.breaches
    old = {a.wish.code for a in run.attempts() if a.end == End.OK and a.ended_at < forgot_at - TAIL_SECONDS_MAX}
    lost = verdict.of("lost")
    assert not [sentence for sentence in lost for code in old if code and code in sentence]
    return len(lost)
