"""The Lua loader: a script is a file, its shared parts are pasted in, its name is its digest.

A line `-- @include now` is replaced by `parts/now.lua`, looked for beside the script first, then in this room. Tests
swap the clock by `LUA_NOW_PART`, so that nothing sleeps for a time to live.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

_INCLUDE = re.compile(r"^-- @include (\w+)$", re.MULTILINE)
_OWN_PARTS = Path(__file__).parent / "lua" / "parts"


@dataclass(frozen=True)
class Script:
    """One Lua script, ready for EVALSHA."""

    name: str
    body: str = field(repr=False)
    sha: str


@cache
def load(path: Path) -> Script:
    """Read a script and paste its parts in. Raises `FileNotFoundError` naming a part that is not there."""
    body = _INCLUDE.sub(lambda found: _part(found[1], beside=path.parent), path.read_text())
    return Script(name=path.stem, body=body, sha=hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest())


def _part(name: str, *, beside: Path) -> str:
    if name == "now" and settings.LUA_NOW_PART:
        return Path(settings.LUA_NOW_PART).read_text().rstrip()
    own = beside / "parts" / f"{name}.lua"
    return (own if own.exists() else _OWN_PARTS / f"{name}.lua").read_text().rstrip()
