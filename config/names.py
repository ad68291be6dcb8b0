"""Every name a setting can be given by: ours first, then those of the five seeds.

A *part* is one fact ("the port of Redis"). `NAMES` lists, for each part, the keys of the environment and the dotted
paths of `config.yaml` that state it; `SPLIT` lists keys that state several parts at once (`REDIS_ADDR`, a URL).
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

Parts = Iterable[tuple[str, str]]


class Known(NamedTuple):
    """The keys that state one part."""

    environment: tuple[str, ...]
    yaml: tuple[str, ...] = ()


NAMES: dict[str, Known] = {
    # where we are
    "environment": Known(("ENVIRONMENT",)),
    "stampede_role": Known(("STAMPEDE_ROLE",)),
    "data_dir": Known(("DATA_DIR",)),
    "log_level": Known(("LOG_LEVEL",), ("log.level",)),
    "secret_key": Known(("SECRET_KEY",)),
    "allowed_hosts": Known(("ALLOWED_HOSTS",), ("server.allowed_hosts",)),
    "trust_user_id": Known(("TRUST_USER_ID",)),
    "behind_tls_proxy": Known(("BEHIND_TLS_PROXY",)),
    # PostgreSQL, by parts (S1: POSTGRES_*, S2: DB_*)
    "database_host": Known(("POSTGRES_HOST", "DB_HOST"), ("postgres.host",)),
    "database_port": Known(("POSTGRES_PORT", "DB_PORT"), ("postgres.port",)),
    "database_user": Known(("POSTGRES_USER", "DB_USER"), ("postgres.user",)),
    "database_password": Known(("POSTGRES_PASSWORD", "DB_PASSWORD"), ("postgres.password",)),
    "database_name": Known(("POSTGRES_DB", "DB_NAME"), ("postgres.db",)),
    "database_sslmode": Known(("POSTGRES_SSL_MODE",), ("postgres.ssl_mode",)),
    "postgres_max_connections": Known(("POSTGRES_MAX_CONNECTIONS",), ("postgres.max_connections",)),
    # Redis, by parts (S0, S3: the address; S1, S2: host and port)
    "redis_host": Known(("REDIS_HOST",), ("redis.host",)),
    "redis_port": Known(("REDIS_PORT",), ("redis.port",)),
    "redis_password": Known(("REDIS_PASSWORD",), ("redis.password",)),
    "redis_db": Known(("REDIS_DB",), ("redis.db",)),
    "redis_bus_url": Known(("REDIS_BUS_URL",), ("redis.bus_url",)),
    "redis_appendfsync": Known(("REDIS_APPENDFSYNC",), ("redis.appendfsync",)),
    "redis_strategy": Known(("REDIS_STRATEGY",), ("redis.strategy",)),
    # the two servers
    "server_host": Known(("SERVER_HOST",), ("server.host",)),
    "server_port": Known(("SERVER_PORT", "APPLICATION_PORT"), ("server.port",)),
    "live_port": Known(("LIVE_PORT",), ("live.port",)),
    "web_workers": Known(("WEB_WORKERS",), ("server.workers",)),
    "web_threads": Known(("WEB_THREADS",), ("server.threads",)),
    "cors_allowed_origins": Known(("CORS_ALLOWED_ORIGINS",), ("cors.allowed_origins",)),
    "maze_service_url": Known(("MAZE_SERVICE_URL",), ("maze_service_url",)),
    # what S4 states
    "sale_items": Known(("SALE_ITEMS", "ITEMS_PER_SALE")),
    "sale_seconds": Known(("SALE_SECONDS", "SALE_LENGTH")),
    "sale_buyer_limit": Known(("SALE_BUYER_LIMIT", "ITEMS_PER_USER")),
    "sale_hold_seconds": Known(("SALE_HOLD_SECONDS", "CODE_TTL")),
    # what S2 states as constants of its code
    "lane_count": Known(("LANE_COUNT", "QUEUE_COUNT", "queueCount"), ("queueCount",)),
    "lane_buffer": Known(("LANE_BUFFER", "BUFFER_SIZE", "bufferSize"), ("bufferSize",)),
    "ticket_hold_seconds": Known(("TICKET_HOLD_SECONDS", "TICKET_LOCK_TTL", "ticketLockTTL"), ("ticketLockTTL",)),
    "event_lock_seconds": Known(("EVENT_LOCK_SECONDS", "EVENT_LOCK_TTL", "eventLockTTL"), ("eventLockTTL",)),
    "lane_idle_seconds": Known(("LANE_IDLE_SECONDS", "MAX_IDLE_TIME", "maxIdleTime"), ("maxIdleTime",)),
    "metrics_log_seconds": Known(("METRICS_LOG_SECONDS", "METRICS_LOG_INTERVAL"), ("metricsInterval",)),
    # tests only
    "lua_now_part": Known(("LUA_NOW_PART",)),
}  # fmt: skip


def split_database_url(url: str) -> Parts:
    """`postgres://user:password@host:port/name?sslmode=…`, as parts."""
    yield "database_url", url
    seen = urlsplit(url)
    query = parse_qs(seen.query)
    for part, value in (
        ("database_host", seen.hostname or query.get("host", [""])[0]),
        ("database_port", str(seen.port or query.get("port", [""])[0])),
        ("database_user", unquote(seen.username or "")),
        ("database_password", unquote(seen.password or "")),
        ("database_name", unquote(seen.path.lstrip("/"))),
        ("database_sslmode", query.get("sslmode", [""])[0]),
    ):
        if value:
            yield part, value


def split_redis_url(url: str) -> Parts:
    """`redis://:password@host:port/db`, as parts."""
    yield "redis_url", url
    seen = urlsplit(url)
    if seen.scheme == "unix":
        return
    for part, value in (
        ("redis_host", seen.hostname or ""),
        ("redis_port", str(seen.port or "")),
        ("redis_password", unquote(seen.password or "")),
        ("redis_db", seen.path.lstrip("/")),
    ):
        if value:
            yield part, value


def split_redis_addr(address: str) -> Parts:
    """S0's and S3's `host:port`."""
    return _split_address(address, "redis_host", "redis_port")


def split_server_addr(address: str) -> Parts:
    """S3's `:8080` of the API."""
    return _split_address(address, "server_host", "server_port")


def split_live_addr(address: str) -> Parts:
    """S3's `:8081` of the broadcast service; only the port is ours to choose."""
    return [(part, value) for part, value in _split_address(address, "live_host", "live_port") if part == "live_port"]


def _split_address(address: str, host_part: str, port_part: str) -> Parts:
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, ""
    if host:
        yield host_part, host.strip("[]")
    if port:
        yield port_part, port


SPLIT: dict[str, Callable[[str], Parts]] = {
    "DATABASE_URL": split_database_url,
    "POSTGRES_URL": split_database_url,
    "postgres.url": split_database_url,
    "REDIS_URL": split_redis_url,
    "redis.url": split_redis_url,
    "REDIS_ADDR": split_redis_addr,
    "redis.addr": split_redis_addr,
    "SERVER_ADDR": split_server_addr,
    "server.addr": split_server_addr,
    "LIVE_ADDR": split_live_addr,
    "live.addr": split_live_addr,
}
