"""The house under test: its own stores and processes, as shipped, in a temporary folder and on free ports.

    Stack(...)        a context manager; inside it everything runs
    .port             where the web process answers
    .manage           one command of `manage.py`
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

from benchmarks.house import CEILINGS, Program, house
from benchmarks.limits import READY_SECONDS_MAX
from core.local.errors import LocalError
from core.local.ports import free_port
from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis
from core.local.server import wait_until
from core.local.spawn import Command, spawn

ROOT = Path(__file__).resolve().parent.parent


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
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as closing:
            self.folder = Path(tempfile.mkdtemp(prefix="stampede-bench-"))
            closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must get in
            self._start_stores(closing)
            self.manage("migrate", "-v", "0")
            self.manage("seed_demo")
            for program in house(port=self.port, folder=self.folder, root=ROOT):
                self._start(program, closing)
            self._start(CEILINGS(port=self.ceilings_port), closing)
            self._wait_until_ready()
            self._closing = closing.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.close()

    def manage(self, *words: str) -> str:
        """Run a command of `manage.py`; what it says. Raises `CalledProcessError`."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words], env=self.environment, cwd=ROOT, capture_output=True,
            text=True, check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
        return done.stdout

    def check(self) -> str:
        """The last line of `manage.py check_invariants`, or what is violated."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "check_invariants", "--json"],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )
        try:
            found = json.loads(done.stdout)
        except ValueError:
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
        """What every process of the house is told."""
        ours = {"DATA_DIR": str(self.folder), "TRUST_USER_ID": "true", "REDIS_APPENDFSYNC": self.appendfsync}
        return os.environ | {"PYTHONPATH": str(ROOT)} | self.urls | ours | self.settings

    def _start_stores(self, closing: ExitStack) -> None:
        postgres = EmbeddedPostgres(self.folder)
        redis = EmbeddedRedis(self.folder, name="redis", appendfsync=self.appendfsync, maxmemory_mb=2_048)
        bus = EmbeddedRedis(self.folder, name="bus", appendonly=False)
        for name, server in {"DATABASE_URL": postgres, "REDIS_URL": redis, "REDIS_BUS_URL": bus}.items():
            self.urls[name] = server.start()
            closing.callback(server.stop)
            self.pids[name.lower().removesuffix("_url")] = server.pid
        closing.callback(_remove, postgres)

    def _start(self, program: Program, closing: ExitStack) -> None:
        log = closing.enter_context((self.folder / f"{program.name}.log").open("wb"))
        command = Command(argv=[sys.executable, *program.argv], env=self.environment | program.env, cwd=ROOT)
        process = spawn(command, output=log)
        closing.callback(_end, process)
        self.pids[program.name] = process.pid

    def _wait_until_ready(self) -> None:
        from benchmarks.probe import answers

        for name, port, target in (("web", self.port, "/sales/active"), ("ceilings", self.ceilings_port, "/empty")):
            if not wait_until(lambda: answers(port, target), seconds=READY_SECONDS_MAX):  # noqa: B023 - asked at once
                words = (self.folder / f"{name}.log").read_text(errors="replace")[-2_000:]
                raise LocalError(f"{name} did not answer. Its last words:\n{words}")
        time.sleep(1.0)  # imports of the processes that nobody waits for: they would disturb the first figure


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then make it and its children."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _remove(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    postgres.remove()
