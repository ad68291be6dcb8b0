"""What `up --check` promises is what the settings it has read can hold; what `up` asks of the stores that are yours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.local.check import promises, refuse_absent, report, warnings, weaknesses
from core.local.errors import LocalError
from core.local.ports import free_port
from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis

FIRM = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "maxmemory": "0",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
FIRM_WORDS = "on disk before you hear of it"


@pytest.fixture
def forgetful(folder: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(folder, appendonly=False) as server:
        yield server


def test_firm_settings_promise_everything() -> None:
    said = "\n".join(promises(weaknesses(FIRM)))
    assert FIRM_WORDS in said
    assert "but " not in said


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("appendonly", "no", "but appendonly: a restart of Redis loses the holds and purchases"),
        ("appendfsync", "everysec", "but appendfsync: a kill -9 or power cut may lose the last two seconds of Redis"),
        ("appendfsync", "no", "but appendfsync: a power cut may lose what the system had not written"),
        ("appendfsync", "unknown", "but appendfsync: the server does not tell"),
        ("maxmemory-policy", "allkeys-lru", "but maxmemory-policy: Redis may drop decisions"),
        ("fsync", "off", "but fsync: a power cut may lose commits of PostgreSQL"),
        ("synchronous_commit", "off", "but synchronous_commit: a kill -9 or power cut may lose PostgreSQL's last"),
        ("full_page_writes", "off", "but full_page_writes: a power cut may spoil pages"),
    ],
)
def test_each_weak_setting_has_its_own_sentence(name: str, value: str, sentence: str) -> None:
    said = "\n".join(promises(weaknesses(FIRM | {name: value})))
    assert sentence in said
    assert said.count("  but ") == 1
    assert FIRM_WORDS not in said


def test_without_a_file_nothing_is_said_of_its_flushing() -> None:
    assert set(weaknesses(FIRM | {"appendonly": "no", "appendfsync": "everysec"})) == {"appendonly"}


def test_the_report_and_the_start_speak_of_a_redis_without_a_file(
    forgetful: EmbeddedRedis, postgres: EmbeddedPostgres
) -> None:
    urls = {"DATABASE_URL": postgres.url, "REDIS_URL": forgetful.url, "REDIS_BUS_URL": forgetful.url}
    refuse_absent(urls)
    said = "\n".join(report(urls, embedded=set()))
    assert "  appendonly           no   <- weak: see below" in said
    assert "but appendonly: " in said
    assert FIRM_WORDS not in said
    (warning,) = warnings(urls)
    assert "appendonly no" in warning
    assert forgetful.address
    assert forgetful.address.password not in warning


@pytest.mark.parametrize(
    ("key", "scheme", "path"), [("DATABASE_URL", "postgresql", "/shop"), ("REDIS_URL", "redis", "/0")]
)
def test_a_store_that_is_not_there_is_named(key: str, scheme: str, path: str) -> None:
    port = free_port()
    with pytest.raises(LocalError, match=rf"^{key}: 127\.0\.0\.1:{port} does not answer") as refused:
        refuse_absent({key: f"{scheme}://user:hidden@127.0.0.1:{port}{path}"})
    assert "hidden" not in str(refused.value)


def test_a_bus_that_is_away_is_a_warning() -> None:
    urls = {"REDIS_BUS_URL": f"redis://user:hidden@127.0.0.1:{free_port()}/0"}
    refuse_absent(urls)
    (warning,) = warnings(urls)
    assert "REDIS_BUS_URL" in warning
    assert "hidden" not in warning
