"""Which stores are embedded, and what the commands in a second shell learn of them."""

import json
import socket
from pathlib import Path

import pytest

from core.local.postgres import EmbeddedPostgres
from core.local.redis import EmbeddedRedis
from core.local.stores import Stores

YOURS = {
    "DATABASE_URL": "postgresql://you:secret@db.example:5432/shop",
    "REDIS_URL": "redis://redis.example:6379/0",
    "REDIS_BUS_URL": "redis://bus.example:6379/0",
}


def stores(folder: Path, **stated: str) -> Stores:
    return Stores(dict.fromkeys(YOURS, "") | stated, data_dir=folder, appendfsync="always")


def test_unset_means_embedded(folder: Path) -> None:
    assert set(stores(folder).embedded) == set(YOURS)


def test_yours_are_left_alone(folder: Path) -> None:
    it = stores(folder, **YOURS)
    assert not it.embedded
    assert it.all_urls == YOURS
    assert it.answer()


def test_one_of_yours_is_enough(folder: Path) -> None:
    it = stores(folder, DATABASE_URL=YOURS["DATABASE_URL"])
    assert set(it.embedded) == {"REDIS_URL", "REDIS_BUS_URL"}


def test_urls_of_a_killed_run_are_ours(folder: Path) -> None:
    """They are still in the file, so the settings take them for yours."""
    (folder / "urls.json").write_text(json.dumps(YOURS))
    assert set(stores(folder, **YOURS).embedded) == set(YOURS)


def test_the_file_of_urls_is_private_and_goes(folder: Path) -> None:
    it = stores(folder, DATABASE_URL=YOURS["DATABASE_URL"], REDIS_BUS_URL=YOURS["REDIS_BUS_URL"])
    with EmbeddedRedis(folder) as redis:
        it.write_urls()
        path = folder / "urls.json"
        assert json.loads(path.read_text()) == {"REDIS_URL": redis.url}
        assert path.stat().st_mode & 0o077 == 0
        assert it.answer()
        it.release()
        assert not path.exists()


def test_looking_at_a_running_one_changes_nothing(folder: Path) -> None:
    """Its port is taken, by itself: a second look must not choose another."""
    with EmbeddedRedis(folder) as redis:
        before = (redis.base / "address.json").read_text()
        assert EmbeddedRedis(folder).url == redis.url
        assert (redis.base / "address.json").read_text() == before


def test_a_remembered_port_that_is_taken_is_exchanged(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis:
        port = int(redis.place.split(":")[1])
    with socket.create_server(("127.0.0.1", port)), EmbeddedRedis(folder) as redis:
        assert redis.place != f"127.0.0.1:{port}"


def test_lost_data_elsewhere_is_not_begun_anew(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "elsewhere").write_text(str(folder / "gone"))
    with pytest.raises(Exception, match="which is gone"):
        EmbeddedPostgres(folder)
