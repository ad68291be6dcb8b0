"""The house under test: its own stores and processes, as shipped, in a temporary folder and on free ports.

Stack(...)        a context manager; inside it everything runs
.port             where the web process answers
.meter            what the work from now on costs, by process
.manage           one command of `manage.py`, to its end
.python           the same for any program
.check            `manage.py check_invariants`, in words
.sql              one number from PostgreSQL
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from benchmarks.cpu import Meter
from benchmarks.house import CEILINGS, house
from benchmarks.limits import CALM_CORES, CALM_SECONDS_MAX, READY_SECONDS_MAX
from benchmarks.probe import answers
from core.local.errors import LocalError
from core.local.ports import free_port
from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis
from core.local.server import Server, wait_until
from core.local.spawn import Command, spawn

ROOT = Path(__file__).resolve().parent.parent
MANAGE = str(ROOT / "manage.py")
MAXMEMORY_MB = 2_048


class Stack:
    """Stores and processes that live as long as the `with` block."""

    def __init__(self, *, appendfsync: str, settings: Mapping[str, str]) -> None:
        """`settings` are environment variables of ours, such as SALE_ITEMS."""
        self.appendfsync = appendfsync
        self.settings = dict(settings)
        self.port, self.ceilings_port = free_port(), free_port()
        self.pids: dict[str, int] = {}
        self.urls: dict[str, str] = {}
        self.folder = Path()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as closing:
            self.folder = Path(tempfile.mkdtemp(prefix="stampede-bench-"))
            closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must get in
            self._start_stores(closing)
            self.manage("migrate", "-v", "0")
            self.manage("seed_demo")
            self._start_processes(closing)
            self._closing = closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def meter(self) -> Meter:
        """Read it after the work."""
        return Meter(self.pids)

    def manage(self, *words: str) -> str:
        """Run a command of `manage.py`; what it says. Raises `LocalError` with its last words."""
        return self.python(MANAGE, *words)

    def python(self, *words: str, said: str = "") -> str:
        """Run a program in this house with `said` as its input; what it says. Raises `LocalError`."""
        done = self._ask(*words, said=said)
        if done.returncode:
            raise LocalError(f"python {' '.join(words)} failed:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
        return done.stdout

    def check(self) -> str:
        """What `manage.py check_invariants` found: "12 checked, 0 violated", or what is violated."""
        done = self._ask(MANAGE, "check_invariants", "--json")
        try:
            found = json.loads(done.stdout.splitlines()[-1])  # log lines may come before it
        except (ValueError, IndexError):
            return f"could not be checked: {done.stderr.strip()[-300:]}"
        broken = {name: sentences[0] for name, sentences in found["invariants"].items() if sentences}
        return f"{len(found['invariants'])} checked, {found['violated']} violated" + (f": {broken}" if broken else "")

    def sql(self, query: str) -> int:
        """One number."""
        with psycopg.connect(self.urls["DATABASE_URL"], autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the house is told beside the stores' addresses."""
        ours = {"PYTHONPATH": str(ROOT), "TRUST_USER_ID": "true", "REDIS_APPENDFSYNC": self.appendfsync}
        return ours | self.settings

    def _ask(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            input=said,
            env=os.environ | self.urls | {"DATA_DIR": str(self.folder)} | self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def _start_stores(self, closing: ExitStack) -> None:
        postgres = EmbeddedPostgres(self.folder)
        closing.callback(postgres.remove)
        stores: dict[str, tuple[str, Server]] = {
            "postgres": ("DATABASE_URL", postgres),
            "redis": (
                "REDIS_URL",
                EmbeddedRedis(self.folder, name="redis", appendfsync=self.appendfsync, maxmemory_mb=MAXMEMORY_MB),
            ),
            "bus": ("REDIS_BUS_URL", EmbeddedRedis(self.folder, name="bus", appendonly=False)),
        }
        for name, (variable, server) in stores.items():
            self.urls[variable] = server.start()
            closing.callback(server.stop)
            self.pids[name] = server.pid

    def _start_processes(self, closing: ExitStack) -> None:
        commands = house(
            port=self.port,
            ceilings_port=self.ceilings_port,
            folder=self.folder,
            urls=self.urls,
            settings=self.environment,
        )
        for name, command in commands.items():
            self._start(name, command, closing)
        for name, port, target in (("web", self.port, "/sales/active"), (CEILINGS, self.ceilings_port, "/empty")):
            self._wait_for(name, port, target)
        self._wait_until_calm()

    def _start(self, name: str, command: Command, closing: ExitStack) -> None:
        log = closing.enter_context((self.folder / f"{name}.log").open("wb"))
        process = spawn(command, output=log)
        closing.callback(_end, process)
        self._processes[name] = process
        self.pids[name] = process.pid

    def _wait_for(self, name: str, port: int, target: str) -> None:
        process = self._processes[name]
        wait_until(lambda: process.poll() is not None or answers(port, target), seconds=READY_SECONDS_MAX)
        if not answers(port, target):
            words = (self.folder / f"{name}.log").read_text(errors="replace")[-2_000:]
            raise LocalError(f"{name} did not answer. Its last words:\n{words}")

    def _wait_until_calm(self) -> None:
        """Those that nobody waits for still load their modules, and would disturb the first figure."""
        until = time.monotonic() + CALM_SECONDS_MAX
        while time.monotonic() < until:
            meter = self.meter()
            time.sleep(0.5)
            if sum(meter.seconds().values()) / 0.5 < CALM_CORES:
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then make it and its children."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
