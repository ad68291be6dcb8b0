"""What is printed, and what counts."""

from array import array

import pytest

from benchmarks.__main__ import _arguments
from benchmarks.cpu import Meter
from benchmarks.figures import Outcome, figure
from benchmarks.house import house
from benchmarks.report import table
from benchmarks.tally import Tally
from benchmarks.windows import LENGTHS_SECONDS, longest


def outcome(*checks: str, **errors: int) -> Outcome:
    return Outcome("SIM", "always", checks=list(checks), errors=errors)


@pytest.mark.parametrize(
    ("checks", "errors", "counts"),
    [
        (["12 checked, 0 violated"], {}, True),
        (["12 checked, 10 violated"], {}, False),
        (["12 checked, 1 violated", "12 checked, 0 violated"], {}, False),
        ([], {}, False),
        (["12 checked, 0 violated"], {"http 500": 1}, False),
    ],
)
def test_what_counts(checks: list[str], errors: dict[str, int], counts: bool) -> None:
    one = outcome(*checks, **errors)
    assert one.counts is counts
    assert ("DO NOT COUNT" in table(["machine"], [one], command="x")) is not counts


def test_a_line_of_a_tally() -> None:
    tally = Tally(latencies={"a": array("d", [0.001] * 99 + [0.5])}, began=10.0, ended=12.0, cpu_seconds=0.5)
    line = figure("what", tally, cost={"web": 100.4, "live": 0.2})
    assert (line.count, line.rate, line.crowd_cores) == (100, 50.0, 0.25)
    assert line.quantiles_ms == (1.0, 1.0, 1.0)
    assert line.cost == {"web": 100.4}
    assert figure("nothing", tally, kind="b").count == 0


def test_must_says_by_how_much() -> None:
    one = outcome()
    one.must("flows", reached=900, least=1_800)
    one.must("flows", reached=1_900, least=1_800)
    one.most("recorded", reached=2.5, most=2.0, unit=" s")
    one.expect("items", found=9, wanted=10)
    assert [fact.split(":")[0] for fact in one.facts] == ["MISSED by 50%", "met", "MISSED", "WRONG"]


def test_the_window_lasts() -> None:
    for now in range(1_700_000_000, 1_700_000_000 + 7 * 86_400, 1_800):
        length = longest(float(now))
        assert length in LENGTHS_SECONDS
        assert length - now % length > 6 * 3_600


def test_the_meter_sees_work() -> None:
    import os

    meter = Meter({"me": os.getpid()})
    sum(n * n for n in range(2_000_000))
    assert meter.seconds()["me"] > 0
    assert meter.us_a_request(0)["me"] > 0


def test_the_ceilings_run_like_the_shop(tmp_path: object) -> None:
    from pathlib import Path

    commands = house(port=1111, ceilings_port=2222, folder=Path(str(tmp_path)), urls={}, settings={"SALE_ITEMS": "5"})
    web, bare = commands["web"], commands["ceilings"]
    assert {"web", "keeper", "recorder", "beat", "ceilings"} <= set(commands)
    assert [word for word in web.argv if word not in bare.argv] == ["config.wsgi:application", "1111"]
    assert web.env["SALE_ITEMS"] == "5"


def test_an_unknown_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "fulll"])
    with pytest.raises(SystemExit):
        _arguments()
