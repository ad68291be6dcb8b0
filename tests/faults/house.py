"""The whole house as real processes: `manage.py up` in a temporary folder, on free ports, supervised.

House.open / close      start it and wait until it is ready; stop it, and see that nothing is left
pid, workers            who runs now, by the supervisor's own list
answers                 a page says 200
settled                 every process runs, every store answers, every journal is open and recorded to its head
check_invariants        `manage.py check_invariants` is green
manage                  a command in a second shell
holding_its_breath      the supervisor is stopped, so that nobody brings back what dies
ask_redis, sale         what stands in the decision store
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

import psycopg

from core.local.leftovers import children_of
from core.local.ports import free_port
from core.local.resp import RedisSays, ask
from core.local.spawn import Command, spawn
from tests.faults.history import History
from tests.faults.pids import Identity, identify, tell, tree
from tests.faults.shop import Shop

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 20.0
SETTLE_SECONDS_MAX = 60.0
POLL_SECONDS = 0.02

STORES = ("postgres", "redis", "bus")
PROGRAMS = ("web", "recorder", "worker", "keeper", "beat", "live")

HOLD_SECONDS = 30
"""Long enough to be bought after any one fault, short enough that in a minute many run out."""

SETTINGS = {
    "TRUST_USER_ID": "true",
    "WEB_WORKERS": "2",
    "WEB_THREADS": "16",
    "SALE_SECONDS": "86400",  # no window ends in mid-run, but at midnight
    "SALE_ITEMS": "30000",
    "SALE_HOLD_SECONDS": str(HOLD_SECONDS),
    "SALE_BUYER_LIMIT": "10",
}


class House:
    """One running house. Its environment holds nothing of ours but PATH and HOME."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stampede-faults-"))
        if os.getuid() == 0:
            self.folder.chmod(0o711)  # PostgreSQL runs as another user then, and must get in
        self.port = free_port()
        self.seen: set[Identity] = set()
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment |= {"DATA_DIR": str(self.folder), "SERVER_PORT": str(self.port), "LIVE_PORT": str(free_port())}
        self.environment |= SETTINGS | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> Self:
        """Start everything. Raises `AssertionError` with its last words where it does not become ready."""
        command = Command(argv=[sys.executable, str(ROOT / "manage.py"), "up"], env=self.environment, cwd=ROOT)
        with (self.folder / "up.log").open("wb") as log:
            self._process = spawn(command, output=log)
        assert wait_for(lambda: self.answers("/health/ready") or not self._lives(), seconds=START_SECONDS_MAX), (
            self.last_words()
        )
        assert self._lives(), self.last_words()
        self.settle()
        self.sale_id = str(self._page("/api/v1/sales/current")["id"])
        return self

    def close(self) -> list[Identity]:
        """Stop everything. Returns the processes that are left, which should be none."""
        if self._process is not None:
            self.look()
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        wait_for(lambda: not self.left(), seconds=STOP_SECONDS_MAX)
        left = self.left()
        shutil.rmtree(self.folder, ignore_errors=True)
        return left

    def left(self) -> list[Identity]:
        """Of all the processes that were ever seen here, those that still live."""
        return [identity for identity in self.seen if identity.lives]

    def look(self) -> None:
        """Remember who runs now."""
        if self._process is not None:
            self.seen.update(tree(self._process.pid))

    def pid(self, name: str) -> int | None:
        """The process that runs under a name now; None between a death and a restart."""
        try:
            pid = json.loads((self.folder / "processes.json").read_text()).get(name)
        except (FileNotFoundError, ValueError):  # it is being written
            return None
        return pid if pid and identify(pid) else None

    def workers(self) -> list[int]:
        """The web's own workers."""
        master = self.pid("web")
        return sorted(pid for pid in children_of(master) if identify(pid)) if master else []

    @property
    def urls(self) -> dict[str, str]:
        return {**json.loads((self.folder / "urls.json").read_text()), **_stated(self.environment)}

    def shop(self, history: History) -> Shop:
        return Shop(self.port, sale_id=self.sale_id, history=history)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `manage.py` to its end."""
        argv = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(
            argv, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    def check_invariants(self) -> None:
        """Raises `AssertionError` with what `manage.py check_invariants` finds violated."""
        done = self.manage("check_invariants", "--json")
        assert done.stdout.startswith("{"), done.stdout + done.stderr
        found = json.loads(done.stdout)["invariants"]
        assert not any(found.values()), {name: sentences for name, sentences in found.items() if sentences}

    def ask_redis(self, *words: str) -> Any:
        """One command, to the decision store."""
        return ask(self.urls["REDIS_URL"], *words)

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.urls["DATABASE_URL"], autocommit=True, connect_timeout=5)

    def journals(self) -> dict[str, tuple[int, int]]:
        """Epoch and recorded sequence of each live journal, by topic."""
        with self.database() as connection:
            rows = connection.execute("SELECT topic, epoch, recorded_seq FROM core_journal WHERE retired_at IS NULL")
            return {topic: (epoch, seq) for topic, epoch, seq in rows}

    def heads(self) -> dict[str, tuple[int, int]]:
        """Epoch and last sequence in Redis of each live journal that is open to this very server."""
        info = self.ask_redis("INFO", "server")
        run_id = info.partition("run_id:")[2].partition("\r\n")[0]
        found = {}
        for topic in self.journals():
            meta = self.ask_redis("HMGET", f"{{{topic}}}:meta", "run_id", "epoch", "seq")
            if meta[0] == run_id:
                found[topic] = (int(meta[1]), int(meta[2]))
        return found

    def settled(self) -> bool:
        """Whether everything is healed and drained."""
        try:
            return (
                all(self.pid(name) for name in (*self._stores(), *PROGRAMS))
                and self._page("/health/ready").get("status") == "ready"
                and bool(self.journals())
                and self.heads() == self.journals()
            )
        except (psycopg.Error, OSError, HTTPException, RedisSays):
            return False

    def settle(self, *, seconds: float = SETTLE_SECONDS_MAX) -> None:
        """Wait for it. Raises `AssertionError` that says what is amiss."""
        assert wait_for(self.settled, seconds=seconds), f"not settled after {seconds} s: {self._amiss()}"
        self.look()

    @contextmanager
    def holding_its_breath(self) -> Iterator[None]:
        """Meanwhile what dies stays dead: the supervisor is stopped."""
        supervisor = identify(self.pid("supervisor") or 0)
        assert supervisor and tell(supervisor, signal.SIGSTOP)
        try:
            yield
        finally:
            tell(supervisor, signal.SIGCONT)

    def last_words(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")[-4_000:]

    def _stores(self) -> list[str]:
        return [name for name in STORES if self.pid(name) or not _stated(self.environment)]

    def _lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def answers(self, path: str = "/health") -> bool:
        """Whether a page says 200."""
        shop = Shop(self.port, sale_id="", history=_NOWHERE)
        try:
            return shop.get(path)[0] == 200
        except (OSError, HTTPException):
            return False
        finally:
            shop.close()

    def is_fenced(self) -> bool:
        """Whether the sale that is on refuses because its store has restarted."""
        shop = Shop(self.port, sale_id="", history=_NOWHERE)
        try:
            return bool(shop.get("/api/v1/sales/current")[1].get("code") == "warming_up")
        except (OSError, HTTPException):
            return False
        finally:
            shop.close()

    def _page(self, path: str) -> dict[str, Any]:
        return dict(Shop(self.port, sale_id="", history=_NOWHERE).get(path)[1])

    def _amiss(self) -> str:
        away = [name for name in (*self._stores(), *PROGRAMS) if not self.pid(name)]
        try:
            ready = self._page("/health/ready")
            return f"away {away}; {ready}; books {self.journals()}; redis {self.heads()}"
        except (psycopg.Error, OSError, RedisSays, HTTPException) as error:
            return f"away {away}; {error!r}\n{self.last_words()}"


_NOWHERE = History(Path(os.devnull))
"""For connections that look and never wish."""


def _stated(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in ("DATABASE_URL", "REDIS_URL", "REDIS_BUS_URL") if name in environment}


def wait_for(true: Callable[[], bool], *, seconds: float) -> bool:
    """Ask again and again until the answer is yes, or the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
