"""Who runs when `manage.py up` runs: every process but the stores, as data.

    web         pages and API: WSGI under granian
    live        sockets: ASGI under uvicorn
    recorder    Celery, the queue `record`, one at a time: copies journals into PostgreSQL
    worker      Celery, the queue `work`: sweeps, preparations
    beat        Celery's clock
    keeper      the guardian; needs no broker

Each hears who it is by STAMPEDE_ROLE.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.local.process import Spec
from core.local.spawn import Command

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = ROOT / "manage.py"

BACKLOG = 4_096  # connections that wait; a crowd arrives within a second
BACKPRESSURE = 2_048  # connections that one web worker holds at once
WORKER_GRACE_SECONDS = 3  # a worker that is just starting is deaf to SIGTERM; below the supervisor's own grace
HEAD_BYTES_MAX = 32_768  # a longer head is answered 431; bodies have a bound of their own
HEADER_READ_MS = 15_000  # a client that has sent no whole head by then is let go; it occupies no thread until then
RESPAWN_SECONDS = 0.2  # granian's own 3.5 s would halve the shop for that long after one worker dies
THREAD_IDLE_SECONDS = 600  # a thread keeps its Redis connection; granian's default gives both up after 30 s of quiet
LIVE_GRACE_SECONDS = 3
WORK_THREADS = 4
ROOT_WARNING = "You're running the worker with superuser privileges"


@dataclass(frozen=True, kw_only=True)
class Doors:
    """Where the house listens, and with how many hands."""

    host: str
    server_port: int
    live_port: int
    web_workers: int
    web_threads: int
    data_dir: Path


URGENT = ("web", "keeper")  # what /health/ready waits for; two cores load one Django after the other


def roster(doors: Doors, *, urls: Mapping[str, str]) -> list[Spec]:
    """All processes, the URGENT ones first."""
    programs = {
        "web": _web(doors),
        "keeper": [str(MANAGE), "keep"],
        "recorder": _celery("worker", "-Q", "record", "--pool", "solo", "-n", "recorder@%h"),
        "live": _live(doors),
        "worker": _celery("worker", "-Q", "work", "--pool", "threads", "-c", str(WORK_THREADS), "-n", "worker@%h"),
        "beat": _celery("beat", "-s", str(doors.data_dir / "beat-schedule")),
    }
    return [
        Spec(name=name, command=command(argv, role=name, doors=doors, urls=urls)) for name, argv in programs.items()
    ]


def prepare(doors: Doors, *, urls: Mapping[str, str]) -> Spec:
    """Migrations and demo data, in one process of their own: `up` itself keeps no connection."""
    return Spec(
        name="prepare", command=command([str(MANAGE), "up", "--prepare"], role="command", doors=doors, urls=urls)
    )


def command(argv: list[str], *, role: str, doors: Doors, urls: Mapping[str, str]) -> partial[Command]:
    """A Python program of ours, with the stores' URLs and its role in its environment."""
    ours = {"STAMPEDE_ROLE": role, "DATA_DIR": str(doors.data_dir), "PYTHONUNBUFFERED": "1"}
    # Said outright: S3's SERVER_ADDR, which one of them may come from, means another port in another role.
    ours |= {"SERVER_PORT": str(doors.server_port), "LIVE_PORT": str(doors.live_port)}
    theirs = {name: value for name, value in os.environ.items() if name != "SERVER_ADDR"}
    return partial(Command, argv=[sys.executable, *argv], env=theirs | dict(urls) | ours, cwd=ROOT)


def _web(doors: Doors) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": doors.host,
        "--port": doors.server_port,
        "--workers": doors.web_workers,
        "--blocking-threads": doors.web_threads,
        "--blocking-threads-idle-timeout": THREAD_IDLE_SECONDS,
        "--runtime-mode": "st",
        "--http": "1",
        "--http1-header-read-timeout": HEADER_READ_MS,
        "--http1-buffer-size": HEAD_BYTES_MAX,
        "--backlog": BACKLOG,
        "--backpressure": BACKPRESSURE,
        "--respawn-interval": RESPAWN_SECONDS,
        "--workers-kill-timeout": WORKER_GRACE_SECONDS,
        "--log-level": "error",
    }
    words = [str(word) for pair in options.items() for word in pair]
    return ["-m", "granian", "config.wsgi:application", *words, "--respawn-failed-workers", "--no-ws"]


def _live(doors: Doors) -> list[str]:
    return [
        *("-m", "uvicorn", "config.asgi:application", "--host", doors.host, "--port", str(doors.live_port)),
        *("--timeout-graceful-shutdown", str(LIVE_GRACE_SECONDS), "--no-access-log", "--lifespan", "off"),
    ]


def _celery(kind: str, *options: str) -> list[str]:
    """Without banners, and without its warning about root: in a container that is who we are."""
    quiet = ["--without-gossip", "--without-mingle"] if kind == "worker" else []
    return [
        "-W",
        f"ignore:{ROOT_WARNING}",
        "-m",
        "celery",
        "-q",
        "-A",
        "config",
        kind,
        *options,
        *quiet,
        "-l",
        "WARNING",
    ]
