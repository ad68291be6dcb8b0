"""`manage.py up`, the whole house: it comes up, is refused twice, and goes without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.local.ports import free_port
from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis
from core.local.server import wait_until
from core.local.tests.alive import is_alive, listens

ROOT = Path(__file__).resolve().parents[3]
READY_SECONDS = 60  # 3 s on two idle cores
NAMES = {"supervisor", "postgres", "redis", "bus", "web", "live", "recorder", "worker", "beat", "keeper"}

Environment = dict[str, str]


@pytest.fixture
def environment(folder: Path) -> Environment:
    """Ports and a data folder of its own, and no URL: the tests' own servers are not meant."""
    ours = {"DATABASE_URL", "REDIS_URL", "REDIS_BUS_URL"}
    ports = {"SERVER_PORT": str(free_port()), "LIVE_PORT": str(free_port())}
    return {name: value for name, value in os.environ.items() if name not in ours} | ports | {"DATA_DIR": str(folder)}


@pytest.fixture
def house(environment: Environment, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with open(folder / "said", "wb") as said:
        argv = [sys.executable, "manage.py", "up"]
        process = subprocess.Popen(argv, stdout=said, stderr=said, cwd=ROOT, env=environment, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def up(environment: Environment, *options: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "manage.py", "up", *options]
    return subprocess.run(argv, check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60)


def health(port: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return int(answer.status)
    except OSError:
        return 0


@pytest.mark.slow
def test_the_house_comes_and_goes(house: "subprocess.Popen[bytes]", environment: Environment, folder: Path) -> None:
    said = folder / "said"
    assert wait_until(lambda: "make stop" in said.read_text(), seconds=READY_SECONDS), said.read_text()
    assert health(environment["SERVER_PORT"]) == 200
    assert f"ws://localhost:{environment['LIVE_PORT']}/ws" in said.read_text()
    pids: dict[str, int] = json.loads((folder / "processes.json").read_text())
    assert set(pids) == NAMES

    second = up(environment)
    assert second.returncode == 1
    assert f"Stampede already runs on {folder} (pid {house.pid})" in second.stderr
    check = up(environment, "--check")
    assert "appendfsync          always" in check.stdout, check.stderr
    assert "synchronous_commit   on" in check.stdout

    began = time.monotonic()
    house.send_signal(signal.SIGINT)
    assert house.wait(15) == 0, said.read_text()
    assert time.monotonic() - began < 10
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert not listens(int(environment["SERVER_PORT"]))
    assert not listens(int(environment["LIVE_PORT"]))
    assert not {"lock", "urls.json", "processes.json"} & {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("variable", ["SERVER_PORT", "LIVE_PORT"])
def test_a_taken_port_is_named(environment: Environment, folder: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", int(environment[variable]))):
        refused = up(environment)
    assert refused.returncode == 1
    assert f"Port {environment[variable]} on 127.0.0.1 is taken" in refused.stderr
    assert variable in refused.stderr
    assert not (folder / "postgres").exists()


def test_one_port_for_two_doors_is_refused(environment: Environment, folder: Path) -> None:
    refused = up(environment | {"LIVE_PORT": environment["SERVER_PORT"]})
    assert refused.returncode == 1
    assert f"SERVER_PORT and LIVE_PORT are both {environment['SERVER_PORT']}." in refused.stderr
    assert not (folder / "postgres").exists()


def test_stores_of_yours_that_are_not_there_are_named(environment: Environment, folder: Path) -> None:
    port = free_port()
    redis = f"redis://127.0.0.1:{port}/0"
    urls = {"DATABASE_URL": f"postgresql://u:hidden@127.0.0.1:{port}/shop", "REDIS_URL": redis, "REDIS_BUS_URL": redis}
    refused = up(environment | urls)
    assert refused.returncode == 1
    assert f"DATABASE_URL: 127.0.0.1:{port} does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hidden" not in refused.stderr


@pytest.mark.slow
def test_a_house_on_stores_of_yours_alone(environment: Environment, folder: Path, postgres: EmbeddedPostgres) -> None:
    """All three URLs: nothing embedded, and a warning of the Redis that keeps no file."""
    with EmbeddedRedis(folder / "yours", appendonly=False) as redis, open(folder / "said", "wb") as out:
        env = environment | {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "REDIS_BUS_URL": redis.url}
        argv = [sys.executable, "manage.py", "up"]
        with subprocess.Popen(argv, stdout=out, stderr=out, cwd=ROOT, env=env, start_new_session=True) as process:
            said = folder / "said"
            try:
                assert wait_until(lambda: "make stop" in said.read_text(), seconds=READY_SECONDS), said.read_text()
                pids: dict[str, int] = json.loads((folder / "processes.json").read_text())
                assert set(pids) == NAMES - {"postgres", "redis", "bus"}
                assert "keeps no append-only file" in said.read_text()
                process.send_signal(signal.SIGINT)
                assert process.wait(15) == 0, said.read_text()
            finally:
                process.kill()


def test_a_data_folder_that_cannot_be_made_is_named(environment: Environment) -> None:
    refused = up(environment | {"DATA_DIR": "/proc/nowhere"})
    assert refused.returncode == 1
    assert "The folder /proc/nowhere cannot be made" in refused.stderr
    assert "DATA_DIR" in refused.stderr
    assert "Traceback" not in refused.stderr
