"""The supervisor: it brings back what dies, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from core.local.server import wait_until
from core.local.tests.alive import is_alive, listens

PATIENCE_SECONDS = 20
ROOT = Path(__file__).resolve().parents[3]


class Run:
    """A supervisor with dummies, as a process; what it says can be waited for."""

    def __init__(self, folder: Path, *dummies: str) -> None:
        self.folder = folder
        self.said = folder / "said"
        with open(self.said, "wb") as said:
            argv = [sys.executable, "-m", "core.local.tests.dummies", str(folder), *dummies]
            self.process = subprocess.Popen(argv, stdout=said, stderr=said, start_new_session=True, cwd=ROOT)

    def hear(self, pattern: str, *, times: int = 1) -> list[str]:
        """Waits until the pattern has been said so often, and returns its findings."""
        found: list[str] = []

        def heard() -> bool:
            found[:] = re.findall(pattern, self.said.read_text())
            return len(found) >= times

        assert wait_until(heard, seconds=PATIENCE_SECONDS), self.said.read_text()
        return found

    def pid(self, name: str) -> int:
        return int(json.loads((self.folder / "processes.json").read_text())[name])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Returns how long it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(PATIENCE_SECONDS) == 0, self.said.read_text()
        return time.monotonic() - began


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*dummies: str) -> Run:
        runs.append(Run(folder, *dummies))
        return runs[-1]

    yield begin
    for each in runs:
        each.process.kill()
        each.process.wait()


def test_it_prefixes_what_each_says(run: Callable[..., Run], folder: Path) -> None:
    it = run("one=sleeper", "another=sleeper")
    it.hear(r"one      \| hello")
    it.hear(r"another  \| hello")
    it.stop()
    assert re.search(r"^\d{4}-.*Z one +\| hello$", (folder / "logs" / "stampede.log").read_text(), re.MULTILINE)


def test_a_killed_one_comes_back(run: Callable[..., Run]) -> None:
    it = run("one=sleeper")
    it.hear(r"one +\| hello")
    first = it.pid("one")
    os.kill(first, signal.SIGKILL)
    it.hear(r"one ended by signal 9 \(SIGKILL\); starting again in 0.1 s")
    it.hear(r"one +\| hello", times=2)
    assert wait_until(lambda: it.pid("one") != first, seconds=5)
    it.stop()


def test_the_back_off_doubles(run: Callable[..., Run]) -> None:
    it = run("one=dier")
    delays = it.hear(r"one ended with code 3; starting again in ([\d.]+) s", times=4)
    assert delays[:4] == ["0.1", "0.2", "0.4", "0.8"]
    it.stop()


def test_a_killed_leader_takes_its_children_along(run: Callable[..., Run]) -> None:
    """Else granian's workers would go on answering beside those of the next granian."""
    it = run("one=deaf")
    child = int(it.hear(r"child (\d+)")[0])
    os.kill(it.pid("one"), signal.SIGKILL)
    it.hear(r"child (\d+)", times=2)
    assert not is_alive(child)
    it.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(run: Callable[..., Run], folder: Path, number: signal.Signals) -> None:
    it = run("store=sleeper", "one=deaf", "two=leaver", "three=listener")
    children = [int(pid) for pid in it.hear(r"child (\d+)", times=2)]
    port = int(it.hear(r"port (\d+)")[0])
    pids = [it.pid(name) for name in ("store", "one", "two", "three")]
    assert it.stop(number) < 10
    assert not [pid for pid in pids + children if is_alive(pid)]
    assert not listens(port)
    assert not (folder / "lock").exists()
    assert not (folder / "processes.json").exists()


def test_stores_stop_last(run: Callable[..., Run]) -> None:
    it = run("store=sleeper", "one=deaf")
    it.hear("child")
    it.stop()
    stopped = it.hear(r"(\w+) has stopped", times=2)
    assert stopped == ["one", "store"]


def test_a_second_ctrl_c_kills_at_once(run: Callable[..., Run]) -> None:
    it = run("one=deaf@30")
    it.hear("child")
    it.process.send_signal(signal.SIGINT)
    it.hear("stopping")  # two signals at the very same time are one to the kernel
    assert it.stop(signal.SIGINT) < PATIENCE_SECONDS


def test_a_paused_one_stops_politely(run: Callable[..., Run]) -> None:
    it = run("one=sleeper@30")
    it.hear(r"one +\| hello")
    os.kill(it.pid("one"), signal.SIGSTOP)
    assert it.stop() < PATIENCE_SECONDS


def test_make_stop_ends_it(run: Callable[..., Run], folder: Path) -> None:
    def stop() -> str:
        argv = [sys.executable, "-m", "core.local.stop", str(folder)]
        return subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT).stdout

    it = run("one=sleeper")
    it.hear("all started")
    assert stop() == f"Stopped (pid {it.process.pid}).\n"
    assert it.process.wait(PATIENCE_SECONDS) == 0
    assert stop() == f"Nothing runs on {folder}.\n"


def test_kill_9_leaves_nothing_either(run: Callable[..., Run]) -> None:
    it = run("one=deaf", "two=listener")
    child, port = int(it.hear(r"child (\d+)")[0]), int(it.hear(r"port (\d+)")[0])
    pids = [it.pid("one"), it.pid("two"), child]
    it.process.kill()
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids), seconds=5)
    assert not listens(port)
    again = run("one=sleeper")
    again.hear("all started")
    again.stop()


def test_two_on_one_folder_are_refused(run: Callable[..., Run], folder: Path) -> None:
    it = run("one=sleeper")
    it.hear("all started")
    argv = [sys.executable, "-m", "core.local.tests.dummies", str(folder), "one=sleeper"]
    second = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=ROOT)
    assert second.returncode == 1
    assert f"error: Stampede already runs on {folder} (pid {it.process.pid})" in second.stderr
    it.stop()


def test_a_killed_postgres_comes_back_with_its_data(run: Callable[..., Run], folder: Path) -> None:
    it = run("postgres=postgres")
    it.hear("ready to accept connections")
    facts = json.loads((folder / "postgres" / "address.json").read_text())
    url = f"postgresql://stampede:{facts['password']}@127.0.0.1:{facts['port']}/postgres"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    busy = psycopg.connect(url)
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
    os.kill(it.pid("postgres"), signal.SIGKILL)
    it.hear("ready to accept connections", times=2)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    busy.close()
    it.stop()


def test_a_line_without_an_end_is_not_lost(run: Callable[..., Run]) -> None:
    it = run("one=talker")
    it.hear("a line with an end")
    it.stop()
    it.hear(r"one +\| no end of line")
