"""Fault tests: the whole house as real processes, buyers, and a nemesis.

--long              (of tests.servers) a minute of buying, FAULT_SECONDS, each fault several times; more slow tests
--fault-seed N      repeat a run; the seed of every run is printed
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import House
from tests.faults.proof import Run

LONG_SECONDS = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--fault-seed", type=int, default=None, help="repeat a run of the fault tests")


def pytest_report_header(config: pytest.Config) -> str:
    return f"fault seed: {_seed(config)} (repeat with --fault-seed)"


def _seed(config: pytest.Config) -> int:
    """Chosen once a session, so that the header and the tests agree."""
    given: int | None = config.getoption("fault_seed", default=None)
    if given is None:
        given = config.option.fault_seed = random.randrange(1_000_000)
    return given


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return _seed(request.config)


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> float:
    """Seconds of buying asked for; 0 in the short form."""
    if not request.config.getoption("long", default=False):
        return 0.0
    return float(os.environ.get("FAULT_SECONDS", LONG_SECONDS))


@pytest.fixture(scope="package")
def the_house() -> Iterator[House]:
    """One house for all tests that leave it well, gone when the last of them is done."""
    house = House()
    try:
        yield house.open()
        house.settle()
        house.check_invariants()
    finally:
        left = house.close()
        assert not left, f"processes are left: {left}"


@pytest.fixture
def house(the_house: House) -> House:
    """The house, healed and drained."""
    the_house.settle()
    return the_house


@pytest.fixture
def run(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    """A run of this test's own."""
    return Run(house, tmp_path, name=request.node.name.removeprefix("test_")[:12].replace("[", "-").rstrip("]"))
