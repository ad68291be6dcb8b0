"""`manage.py up --check`: what runs here, how durable the live servers say they are, and what is promised on that."""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from urllib.parse import urlsplit

import psycopg

from core.local.resp import ask

PACKAGES = ("Django", "granian", "uvicorn", "celery", "channels", "redis", "psycopg")
POSTGRES_SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
CORE_SETTINGS = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "maxmemory": None}
BUS_SETTINGS = {"appendonly": None, "maxmemory-policy": None, "maxmemory": None}

PROMISES = """\
The promises, on these settings:
  hold          this item and one of your slots are yours until its deadline, by the Redis clock
  purchase      on disk before you hear of it; in PostgreSQL within seconds; kill -9 of anything loses none
  sold out, limit, expired: definite; the request did not and never will succeed
  503           nothing happened; outcome_unknown: ask again, it never happens twice
  size, limit   hold even if Redis forgets everything: PostgreSQL's constraints are the last line
With appendfsync everysec a kill -9 or power cut may lose the last two seconds of Redis; with fsync or
synchronous_commit off, PostgreSQL's last commits."""


def report(urls: Mapping[str, str], *, embedded: set[str]) -> Iterator[str]:
    """Line by line. Raises OSError, RedisSays or psycopg.Error where a server does not answer."""
    yield f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    yield ""
    yield from _postgres(urls["DATABASE_URL"], embedded="DATABASE_URL" in embedded)
    yield from _redis("Redis core", urls["REDIS_URL"], CORE_SETTINGS, embedded="REDIS_URL" in embedded)
    yield from _redis("Redis bus", urls["REDIS_BUS_URL"], BUS_SETTINGS, embedded="REDIS_BUS_URL" in embedded)
    yield ""
    yield PROMISES


def _postgres(url: str, *, embedded: bool) -> Iterator[str]:
    with psycopg.connect(url, connect_timeout=5) as connection:
        number = connection.info.server_version
        yield _headline("PostgreSQL", f"{number // 10_000}.{number % 10_000}", connection.info.port, embedded)
        for name, wanted in POSTGRES_SETTINGS.items():
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            yield _setting(name, str(row[0]) if row else "unknown", wanted)


def _redis(title: str, url: str, settings: Mapping[str, str | None], *, embedded: bool) -> Iterator[str]:
    facts = dict(line.split(":", 1) for line in str(ask(url, "INFO", "server")).splitlines() if ":" in line)
    yield _headline(title, facts["redis_version"], urlsplit(url).port or 6379, embedded)
    for name, wanted in settings.items():
        answer = ask(url, "CONFIG", "GET", name)
        yield _setting(name, answer[1] if len(answer) > 1 else "unknown", wanted)


def _headline(title: str, number: str, port: int, embedded: bool) -> str:
    return f"{title} {number} on port {port} ({'embedded' if embedded else 'yours'})"


def _setting(name: str, value: str, wanted: str | None) -> str:
    weaker = f"   <- weaker than {wanted}: see below" if wanted and value != wanted else ""
    return f"  {name:<20} {value}{weaker}"
