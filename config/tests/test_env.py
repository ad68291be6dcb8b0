"""Settings: every key of the seeds, the environment over the file, clashes and wrong values told by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.claims import ConfigError
from config.env import Env, load_env

BY_ENVIRONMENT: list[tuple[dict[str, str], str, Any]] = [
    ({"DATABASE_URL": "postgresql://u:p@h:5/n"}, "database_url", "postgresql://u:p@h:5/n"),
    ({"REDIS_URL": "redis://h:5/2"}, "redis_url", "redis://h:5/2"),
    ({"REDIS_BUS_URL": "redis://h:6/0"}, "redis_bus_url", "redis://h:6/0"),
    ({"REDIS_ADDR": "localhost:6390"}, "redis_url", "redis://localhost:6390/0"),  # CF1
    ({"SERVER_PORT": "8090"}, "server_port", 8090),  # CF2, CF23
    ({"CORS_ALLOWED_ORIGINS": "https://a.example,https://b.example"}, "cors_allowed_origins",
     ("https://a.example", "https://b.example")),  # CF3
    ({"MAZE_SERVICE_URL": "http://localhost:8000"}, "maze_service_url", "http://localhost:8000"),  # CF4
    ({"REDIS_HOST": "redis"}, "redis_url", "redis://redis:6379/0"),  # CF6
    ({"REDIS_PORT": "6380"}, "redis_url", "redis://localhost:6380/0"),  # CF7
    ({"REDIS_PASSWORD": "a/b@c"}, "redis_url", "redis://:a%2Fb%40c@localhost:6379/0"),  # CF8
    ({"REDIS_DB": "15"}, "redis_url", "redis://localhost:6379/15"),  # CF9
    ({"POSTGRES_HOST": "pg"}, "database_url", "postgresql://postgres@pg:5432/postgres?sslmode=disable"),  # CF10
    ({"POSTGRES_PORT": "5433"}, "database_url",
     "postgresql://postgres@localhost:5433/postgres?sslmode=disable"),  # CF11
    ({"POSTGRES_USER": "al"}, "database_url", "postgresql://al@localhost:5432/postgres?sslmode=disable"),  # CF12
    ({"POSTGRES_PASSWORD": "p@ss"}, "database_url",
     "postgresql://postgres:p%40ss@localhost:5432/postgres?sslmode=disable"),  # CF13
    ({"POSTGRES_DB": "shop"}, "database_url", "postgresql://postgres@localhost:5432/shop?sslmode=disable"),  # CF14
    ({"POSTGRES_HOST": "pg", "POSTGRES_SSL_MODE": "verify-full"}, "database_url",
     "postgresql://postgres@pg:5432/postgres?sslmode=verify-full"),  # CF15
    ({"POSTGRES_MAX_CONNECTIONS": "33"}, "postgres_max_connections", 33),  # CF16
    ({"DB_HOST": "db", "DB_PORT": "1", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "w"}, "database_url",
     "postgresql://u:w@db:1/n?sslmode=disable"),  # CF17 to CF21
    ({"SERVER_HOST": "0.0.0.0"}, "server_host", "0.0.0.0"),  # CF22
    ({"ENVIRONMENT": "test"}, "environment", "test"),  # CF24
    ({"LOG_LEVEL": "debug"}, "log_level", "debug"),  # CF25
    ({"QUEUE_COUNT": "5"}, "lane_count", 5),  # CF26
    ({"queueCount": "5"}, "lane_count", 5),
    ({"BUFFER_SIZE": "7"}, "lane_buffer", 7),  # CF27
    ({"bufferSize": "7"}, "lane_buffer", 7),
    ({"TICKET_LOCK_TTL": "5m"}, "ticket_hold_seconds", 300),  # CF28
    ({"EVENT_LOCK_TTL": "1h"}, "event_lock_seconds", 3_600),  # CF29
    ({"MAX_IDLE_TIME": "1m30s"}, "lane_idle_seconds", 90),  # CF30
    ({"METRICS_LOG_INTERVAL": "15"}, "metrics_log_seconds", 15),  # CF31
    ({"SERVER_ADDR": ":9000"}, "server_port", 9_000),  # CF32
    ({"SERVER_ADDR": "127.0.0.2:9000"}, "server_host", "127.0.0.2"),
    ({"SERVER_ADDR": ":9001", "STAMPEDE_ROLE": "live"}, "live_port", 9_001),  # CF33
    ({"SERVER_ADDR": ":9001", "STAMPEDE_ROLE": "live", "LIVE_PORT": "9002"}, "live_port", 9_002),
    ({"LIVE_ADDR": ":9001"}, "live_port", 9_001),
    ({"REDIS_STRATEGY": "optimistic"}, "redis_strategy", "optimistic"),  # CF34
    ({"POSTGRES_URL": "postgres://bidding:password@localhost:5432/bidding?sslmode=disable"}, "database_url",
     "postgres://bidding:password@localhost:5432/bidding?sslmode=disable"),  # CF36
    ({"LIVE_PORT": "8091"}, "live_port", 8_091),  # CF37
    ({"APPLICATION_PORT": "8032"}, "server_port", 8_032),  # CF38
    ({"ITEMS_PER_SALE": "500"}, "sale_items", 500),  # CF39
    ({"SALE_LENGTH": "30m"}, "sale_seconds", 1_800),  # CF40
    ({"ITEMS_PER_USER": "4"}, "sale_buyer_limit", 4),  # CF41
    ({"CODE_TTL": "90s"}, "sale_hold_seconds", 90),  # CF42
]  # fmt: skip


@pytest.mark.parametrize(("environ", "field", "value"), BY_ENVIRONMENT, ids=lambda one: str(one)[:60])
def test_a_key_of_the_environment_is_read(environ: dict[str, str], field: str, value: Any, tmp_path: Path) -> None:
    assert getattr(load(environ, tmp_path), field) == value


BY_FILE: list[tuple[str, str, Any]] = [
    ("redis: {addr: 'r:1'}", "redis_url", "redis://r:1/0"),
    ("redis: {url: 'redis://r:1/3'}", "redis_url", "redis://r:1/3"),
    ("redis: {strategy: optimistic}", "redis_strategy", "optimistic"),
    ("postgres: {host: pg, password: x}", "database_url", "postgresql://postgres:x@pg:5432/postgres?sslmode=disable"),
    ("server: {port: 8090}", "server_port", 8_090),
    ("server: {addr: ':8090'}", "server_port", 8_090),
    ("server.port: 8090", "server_port", 8_090),
    ("cors: {allowed_origins: ['https://a.example']}", "cors_allowed_origins", ("https://a.example",)),
    ("cors: {allowed_origins: '*'}", "cors_allowed_origins", ("*",)),
    ("maze_service_url: http://localhost:8000", "maze_service_url", "http://localhost:8000"),
    ("queueCount: 9", "lane_count", 9),
    ("ticketLockTTL: 5m", "ticket_hold_seconds", 300),
    ("sale_items: 12", "sale_items", 12),
]


@pytest.mark.parametrize(("text", "field", "value"), BY_FILE, ids=lambda one: str(one)[:60])
def test_a_key_of_the_file_is_read(text: str, field: str, value: Any, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert getattr(load({}, tmp_path), field) == value


def test_nothing_stated_gives_the_printed_defaults(tmp_path: Path) -> None:
    env = load({}, tmp_path)
    assert (env.server_port, env.live_port, env.postgres_max_connections) == (8_080, 8_081, 20)
    assert (env.sale_items, env.sale_seconds, env.sale_buyer_limit, env.sale_hold_seconds) == (10_000, 3_600, 10, 600)
    assert (env.lane_count, env.lane_buffer, env.log_level, env.redis_strategy) == (3, 100, "info", "lua")
    assert (env.database_url, env.redis_url, env.redis_bus_url) == ("", "", "")
    assert env.trusts_user_id


def test_an_empty_value_is_unset(tmp_path: Path) -> None:
    assert load({"REDIS_PASSWORD": "", "SERVER_PORT": " "}, tmp_path).redis_url == ""


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text("server: {port: 1111}\nredis: {url: 'redis://:pw@file:1/2'}\nlive: {port: 2222}")
    env = load({"CONFIG_FILE": str(file), "SERVER_PORT": "3333", "REDIS_HOST": "fromenv"}, tmp_path)
    assert (env.server_port, env.live_port) == (3_333, 2_222)
    assert env.redis_url == "redis://:pw@fromenv:1/2"


CLASHES = [
    ({"REDIS_ADDR": "a:1", "REDIS_HOST": "b"}, "REDIS_HOST", "REDIS_ADDR"),
    ({"REDIS_ADDR": "a:1", "REDIS_PORT": "2"}, "REDIS_PORT", "REDIS_ADDR"),
    ({"REDIS_URL": "redis://a:1/2", "REDIS_DB": "3"}, "REDIS_DB", "REDIS_URL"),
    ({"REDIS_URL": "redis://:x@a:1/2", "REDIS_PASSWORD": "y"}, "REDIS_PASSWORD", "REDIS_URL"),
    ({"POSTGRES_HOST": "a", "DB_HOST": "b"}, "POSTGRES_HOST", "DB_HOST"),
    ({"POSTGRES_PASSWORD": "a", "DB_PASSWORD": "b"}, "POSTGRES_PASSWORD", "DB_PASSWORD"),
    ({"DATABASE_URL": "postgres://u:p@a/n", "POSTGRES_URL": "postgres://u:p@b/n"}, "DATABASE_URL", "POSTGRES_URL"),
    ({"DATABASE_URL": "postgres://u:p@a/n", "DB_NAME": "m"}, "DATABASE_URL", "DB_NAME"),
    ({"SERVER_ADDR": ":1", "SERVER_PORT": "2"}, "SERVER_ADDR", "SERVER_PORT"),
    ({"SALE_HOLD_SECONDS": "1", "CODE_TTL": "2"}, "SALE_HOLD_SECONDS", "CODE_TTL"),
    ({"QUEUE_COUNT": "1", "queueCount": "2"}, "QUEUE_COUNT", "queueCount"),
]


@pytest.mark.parametrize(("environ", "one", "other"), CLASHES)
def test_a_clash_names_both_keys(environ: dict[str, str], one: str, other: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="clash") as caught:
        load(environ, tmp_path)
    assert one in str(caught.value)
    assert other in str(caught.value)


def test_two_names_for_one_value_agree(tmp_path: Path) -> None:
    same = {"DATABASE_URL": "postgresql://u:p@a:1/n", "POSTGRES_URL": "postgres://u:p@a:1/n", "DB_HOST": "a"}
    assert load(same, tmp_path).database_url == "postgresql://u:p@a:1/n"


WRONG = [
    {"SERVER_PORT": "abc"}, {"SERVER_PORT": "70000"}, {"LIVE_PORT": "0"}, {"REDIS_DB": "16"}, {"REDIS_DB": "-1"},
    {"POSTGRES_SSL_MODE": "maybe"}, {"POSTGRES_MAX_CONNECTIONS": "1"}, {"REDIS_STRATEGY": "hope"}, {"CODE_TTL": "1 d"},
    {"SALE_ITEMS": "0"}, {"SALE_ITEMS": "10000001"}, {"LOG_LEVEL": "loud"}, {"ENVIRONMENT": "prod"},
    {"TRUST_USER_ID": "perhaps"}, {"DATABASE_URL": "mysql://x/y"}, {"REDIS_URL": "http://x"}, {"REDIS_BUS_URL": "x"},
    {"REDIS_APPENDFSYNC": "no"}, {"WEB_THREADS": "1"}, {"CORS_ALLOWED_ORIGINS": "ftp://x"}, {"CONFIG_FILE": "no.yaml"},
    {"DATABASE_URL": "postgres://u:p@h:x/n"}, {"queueCount": "0"},
]  # fmt: skip


@pytest.mark.parametrize("environ", WRONG, ids=str)
def test_a_wrong_value_names_its_key(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=next(iter(environ))):
        load(environ, tmp_path)


@pytest.mark.parametrize("text", ["server: {prt: 1}", "- a list", "a: [", "unknown: 1"])
def test_a_wrong_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        load({}, tmp_path)


SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "a-key-that-nobody-knows-and-that-is-long-enough",
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgresql://stampede:unusual@db/stampede",
}


def test_production_starts_with_safe_values(tmp_path: Path) -> None:
    env = load(SAFE, tmp_path)
    assert env.is_production
    assert not env.trusts_user_id


@pytest.mark.parametrize(
    "unsafe",
    [
        {"SECRET_KEY": ""},
        {"SECRET_KEY": "too-short"},
        {"DATABASE_URL": "postgresql://stampede:password@db/stampede"},
        {"DATABASE_URL": "", "POSTGRES_PASSWORD": "postgres"},
        {"DATABASE_URL": "", "DB_PASSWORD": "password"},
        {"TRUST_USER_ID": "true"},
        {"ALLOWED_HOSTS": ""},
    ],
    ids=str,
)
def test_production_refuses_what_is_unsafe(unsafe: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=list(unsafe)[-1]):
        load({**SAFE, **unsafe}, tmp_path)


def test_running_servers_are_found_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "urls.json").write_text(
        json.dumps({"REDIS_URL": "redis://found:1/0", "DATABASE_URL": "postgresql://x/y"})
    )
    env = load({"REDIS_URL": "redis://mine:2/0"}, tmp_path)
    assert (env.redis_url, env.database_url, env.redis_bus_url) == ("redis://mine:2/0", "postgresql://x/y", "")


def load(environ: dict[str, str], folder: Path) -> Env:
    """The settings of a checkout that holds nothing but `folder`."""
    return load_env({"DATA_DIR": str(folder), **environ}, root=folder)
