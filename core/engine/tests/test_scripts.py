"""The loader: parts are pasted in, the clock may be another, a part that is missing is named."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

from core.engine import scripts
from core.engine.redis import door

ROOT = Path(scripts.__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(settings, "LUA_NOW_PART", None)
    scripts.load.cache_clear()
    yield
    scripts.load.cache_clear()


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "mine.lua").write_text("local function mine() return 7 end\n")
    (tmp_path / "verb.lua").write_text("-- @include mine\n-- @include now\nreturn {mine()}\n")
    script = scripts.load(tmp_path / "verb.lua")
    assert script.name == "verb"
    assert "local function mine()" in script.body
    assert "local function now_ms()" in script.body
    assert "@include" not in script.body
    assert script.sha == hashlib.sha1(script.body.encode(), usedforsecurity=False).hexdigest()
    assert door().call(script, keys=[]) == [7]


def test_a_part_beside_the_script_comes_first(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "now.lua").write_text("local function now_ms() return 1 end")
    (tmp_path / "verb.lua").write_text("-- @include now\nreturn {now_ms()}")
    assert door().call(scripts.load(tmp_path / "verb.lua"), keys=[]) == [1]


def test_the_clock_may_be_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.lua").write_text("local function now_ms() return 42 end")
    (tmp_path / "verb.lua").write_text("-- @include now\nreturn {now_ms()}")
    monkeypatch.setattr(settings, "LUA_NOW_PART", tmp_path / "other.lua")
    assert door().call(scripts.load(tmp_path / "verb.lua"), keys=[]) == [42]


def test_the_clock_is_that_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "verb.lua").write_text("-- @include now\nreturn {string.format('%d', now_ms())}")
    before = _time_ms()
    now = int(door().call(scripts.load(tmp_path / "verb.lua"), keys=[])[0])
    assert before <= now <= _time_ms()


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "verb.lua").write_text("-- @include nonsense\nreturn 1")
    with pytest.raises(FileNotFoundError, match=r"nonsense\.lua"):
        scripts.load(tmp_path / "verb.lua")


def test_a_script_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "verb.lua").write_text("return 1")
    first = scripts.load(tmp_path / "verb.lua")
    (tmp_path / "verb.lua").write_text("return 2")
    assert scripts.load(tmp_path / "verb.lua") is first


SCRIPTS = sorted(path for room in ("core", "sales") for path in (ROOT / room).glob("**/lua/*.lua"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_script_compiles(path: Path) -> None:
    script = scripts.load(path)
    assert door().command("SCRIPT", "LOAD", script.body).decode() == script.sha


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_script_names_its_arguments(path: Path) -> None:
    header, body = "", path.read_text()
    for line in body.splitlines():
        if not line.startswith("--"):
            break
        header += f"{line}\n"
    for used in re.findall(r"(?:KEYS|ARGV)\[\d+\]", body.removeprefix(header)):
        assert used in header, f"{path.name} does not name {used}"
    assert "-- Returns" in header
    assert "-- Cost" in header


def _time_ms() -> int:
    seconds, micros = door().command("TIME")
    return int(seconds) * 1_000 + int(micros) // 1_000
