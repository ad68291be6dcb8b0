"""Real servers for the tests, as a pytest plugin: `-p tests.servers`, run as `python -m pytest`.

Before Django reads its settings, it starts PostgreSQL and two Redis (core, bus) in a folder of their own for this
process, and sets DATABASE_URL, REDIS_URL, REDIS_BUS_URL and DATA_DIR. URLs that are set already are left alone, so that

    DATABASE_URL=... REDIS_URL=... REDIS_BUS_URL=... python -m pytest

tries the suite on other versions (without -n then: the workers would share one Redis). Under xdist each worker has
servers of its own, and the controlling process has none. Redis flushes before each answer, as in earnest; PostgreSQL
does not wait for the disk, which changes nothing that a kill -9 can show.
"""

import atexit
import os
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis
from core.local.server import Server
from tests.folders import reachable_folder

MAXMEMORY_MB = 512

_running: list[Server] = []
_folders = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """`tryfirst`: before pytest-django's hook of this name, which reads the settings."""
    known = early_config.known_args_namespace
    if not (known.help or known.version or _only_hands_out(early_config)):
        start_servers()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="laws and faults for as long as they deserve")


def pytest_report_header() -> list[str]:
    return [f"{server.what} {server.program} (pid {server.pid})" for server in _running]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    stop_servers()


def start_servers() -> None:
    """Starts what no URL is set for. Children die with this process, whatever ends it."""
    atexit.register(stop_servers)
    folder = _folders.enter_context(reachable_folder("stampede-tests-"))
    os.environ.setdefault("DATA_DIR", str(folder))
    servers: dict[str, Callable[[], Server]] = {
        "DATABASE_URL": lambda: EmbeddedPostgres(folder, fsync=False),
        "REDIS_URL": lambda: EmbeddedRedis(folder, name="redis", maxmemory_mb=MAXMEMORY_MB),
        "REDIS_BUS_URL": lambda: EmbeddedRedis(folder, name="bus", appendonly=False, maxmemory_mb=MAXMEMORY_MB),
    }
    for variable, make in servers.items():
        if not os.environ.get(variable):
            server = make()
            os.environ[variable] = server.start()
            _running.append(server)


def stop_servers() -> None:
    """Stops what we started, newest first, and removes its folder."""
    while _running:
        _running.pop().stop()
    _folders.close()


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether this is the xdist controller, which runs no test itself."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return False
    known = config.known_args_namespace
    return bool(getattr(known, "numprocesses", None) or getattr(known, "tx", None))
