"""What the live stores say of themselves: `manage.py up --check`, and what `up` looks at before it starts.

report          what runs here, how durable the servers say they are, and what is promised on exactly that
refuse_absent   a store of yours that is not there, named by its key and address
warnings        what a start should say of a store of yours
"""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

import psycopg

from core.local.errors import LocalError
from core.local.resp import RedisSays, ask

PACKAGES = ("Django", "granian", "uvicorn", "celery", "channels", "redis", "psycopg")
POSTGRES_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")
CORE_SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy", "maxmemory")
BUS_SETTINGS = ("appendonly", "maxmemory-policy", "maxmemory")
UNKNOWN = "unknown"

FORGETS = "a restart of Redis loses the holds and purchases that PostgreSQL does not have yet: the last seconds"
WEAKER = {
    ("appendonly", "no"): FORGETS,
    ("appendfsync", "everysec"): "a kill -9 or power cut may lose the last two seconds of Redis",
    ("appendfsync", "no"): "a power cut may lose what the system had not written yet: half a minute of Redis or more",
    ("fsync", "off"): "a power cut may lose commits of PostgreSQL, or spoil it so that only a backup helps",
    ("synchronous_commit", "off"): "a kill -9 or power cut may lose PostgreSQL's last commits, for good",
    ("full_page_writes", "off"): "a power cut may spoil pages of PostgreSQL so that only a backup helps",
}
EVICTS = "Redis may drop decisions when its memory is full"
UNTOLD = "the server does not tell, so nothing is promised on it"
JUDGED = {name for name, _ in WEAKER} | {"maxmemory-policy"}

HOLD = "  hold          this item and one of your slots are yours until its deadline, by the Redis clock"
PURCHASE_FIRM = (
    "  purchase      on disk before you hear of it; in PostgreSQL within seconds; kill -9 of anything loses none"
)
PURCHASE_WEAK = "  purchase      in PostgreSQL within seconds; what may be lost stands below"
ALWAYS = """\
  sold out, limit, expired: definite; the request did not and never will succeed
  503           nothing happened; outcome_unknown: ask again, it never happens twice
  size, limit   hold even if Redis forgets everything: PostgreSQL's constraints are the last line"""


@dataclass(frozen=True)
class Store:
    """A server, and the settings of it that a promise rests on."""

    title: str
    version: str
    port: int
    settings: dict[str, str]


def report(urls: Mapping[str, str], *, embedded: set[str]) -> Iterator[str]:
    """Line by line. Raises OSError, RedisSays or psycopg.Error where a server does not answer."""
    yield f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    yield ""
    postgres = _postgres(urls["DATABASE_URL"])
    core = _redis("Redis core", urls["REDIS_URL"], CORE_SETTINGS)
    bus = _redis("Redis bus", urls["REDIS_BUS_URL"], BUS_SETTINGS)
    weak = weaknesses(core.settings | postgres.settings)
    yield from _shown(postgres, weak, embedded="DATABASE_URL" in embedded)
    yield from _shown(core, weak, embedded="REDIS_URL" in embedded)
    yield from _shown(bus, {}, embedded="REDIS_BUS_URL" in embedded)  # nothing that is promised stands there
    yield ""
    yield from promises(weak)


def weaknesses(settings: Mapping[str, str]) -> dict[str, str]:
    """What each weak setting may cost, by its name."""
    return {name: cost for name, value in settings.items() if (cost := _weakness(name, value, settings))}


def promises(weak: Mapping[str, str]) -> Iterator[str]:
    """What holds on settings with these weaknesses: never more than the servers themselves do."""
    yield "The promises, on these settings:"
    yield HOLD
    yield PURCHASE_WEAK if weak else PURCHASE_FIRM
    yield ALWAYS
    yield from (f"  but {name}: {cost}" for name, cost in weak.items())


def refuse_absent(urls: Mapping[str, str]) -> None:
    """Raises LocalError for a store that does not answer. The bus may be away: nothing that is promised needs it."""
    for key in ("DATABASE_URL", "REDIS_URL"):
        if why := _absent(key, urls.get(key, "")):
            raise LocalError(why)


def warnings(urls: Mapping[str, str]) -> Iterator[str]:
    """Of the stores of yours: the bus is away, the decisions are on no disk."""
    if why := _absent("REDIS_BUS_URL", urls.get("REDIS_BUS_URL", "")):
        yield f"warning: {why} Until it does, the keeper does the recorder's work."
    core = urls.get("REDIS_URL", "")
    if core and _may_be_asked(core) and "aof_enabled:0" in str(ask(core, "INFO", "persistence")):
        yield f"warning: REDIS_URL: {_address(core)} keeps no append-only file (appendonly no): {FORGETS}"


def _absent(key: str, url: str) -> str:
    """Why a store of yours cannot be reached, empty if it can or is none. Key, address and reason: no password."""
    try:
        if url and key == "DATABASE_URL":
            psycopg.connect(url, connect_timeout=5).close()
        elif url and _may_be_asked(url):
            ask(url, "PING")
    except (OSError, psycopg.OperationalError, RedisSays) as error:
        if not str(error).startswith("LOADING"):  # it is there, and reads its file
            return f"{key}: {_address(url)} does not answer ({_first_line(error)})."
    return ""


def _weakness(name: str, value: str, settings: Mapping[str, str]) -> str | None:
    if name == "appendfsync" and settings.get("appendonly") == "no":
        return None  # there is no file to flush, which is said already
    if value == UNKNOWN:
        return UNTOLD if name in JUDGED else None
    if name == "maxmemory-policy":
        return EVICTS if value != "noeviction" else None
    return WEAKER.get((name, value))


def _postgres(url: str) -> Store:
    with psycopg.connect(url, connect_timeout=5) as connection:
        rows = {name: connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in POSTGRES_SETTINGS}
        number = connection.info.server_version
        settings = {name: str(row[0]) if row else UNKNOWN for name, row in rows.items()}
        return Store("PostgreSQL", f"{number // 10_000}.{number % 10_000}", connection.info.port, settings)


def _redis(title: str, url: str, names: tuple[str, ...]) -> Store:
    facts = dict(line.split(":", 1) for line in str(ask(url, "INFO", "server")).splitlines() if ":" in line)
    settings = {name: _told(url, name) for name in names}
    return Store(title, facts["redis_version"], urlsplit(url).port or 6379, settings)


def _told(url: str, name: str) -> str:
    try:
        answer = ask(url, "CONFIG", "GET", name)
    except RedisSays:  # a managed server, which keeps its settings to itself
        return UNKNOWN
    return str(answer[1]) if len(answer) > 1 else UNKNOWN


def _shown(store: Store, weak: Mapping[str, str], *, embedded: bool) -> Iterator[str]:
    yield f"{store.title} {store.version} on port {store.port} ({'embedded' if embedded else 'yours'})"
    for name, value in store.settings.items():
        yield f"  {name:<20} {value}{'   <- weak: see below' if name in weak else ''}"


def _may_be_asked(url: str) -> bool:
    """`ask` speaks neither TLS nor a socket file."""
    return urlsplit(url).scheme == "redis"


def _address(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
