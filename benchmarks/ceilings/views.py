"""Plain views: what Django under granian can do at most, alone and with one EVALSHA through the project's own door.

empty     nothing
read      one script that reads one field: nothing waits for the disk
write     one script that writes one field: THE ceiling, "plain view with one EVALSHA"
append    one script that writes one field and appends one entry to a stream, as each decision does
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from core.engine.redis import door
from core.engine.scripts import Script, load

_LUA = Path(__file__).parent / "lua"
_FIELDS, _STREAM, _VALUE = "{bench}:fields", "{bench}:stream", "value of 22 characters"


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse(b"{}", content_type="application/json")


def read(request: HttpRequest) -> HttpResponse:
    """One EVALSHA that reads."""
    return _answer("read", keys=(_FIELDS,), args=("field",))


def write(request: HttpRequest) -> HttpResponse:
    """One EVALSHA that does one write."""
    return _answer("write", keys=(_FIELDS,), args=("field", _VALUE))


def append(request: HttpRequest) -> HttpResponse:
    """One EVALSHA that writes a field and a journal entry."""
    return _answer("append", keys=(_FIELDS, _STREAM), args=("field", _VALUE))


def _answer(verb: str, *, keys: tuple[str, ...], args: tuple[str, ...]) -> HttpResponse:
    words = door().call(_script(verb), keys=keys, args=args)
    return HttpResponse(b'{"said":"%b"}' % words[0], content_type="application/json")


@cache
def _script(verb: str) -> Script:
    return load(_LUA / f"{verb}.lua")
