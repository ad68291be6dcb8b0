"""The kinds of values a setting can have, read from text."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

_UNITS = {"h": 3_600, "m": 60, "s": 1, "": 1}
_DURATION = re.compile(r"(?:\d+[hms])+\Z|\d+\Z")


def read_seconds(value: object) -> object:
    """`600`, `600s`, `10m` or `1h30m` (as Go writes lengths) as whole seconds."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if not _DURATION.match(text):
        raise ValueError("write whole seconds, or a length like 10m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([hms]?)", text))


def read_list(value: object) -> object:
    """`a, b` as ("a", "b")."""
    return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value


def check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Each is `*` or scheme://host[:port]."""
    for origin in origins:
        if origin != "*" and not re.match(r"https?://[A-Za-z0-9.-]+(:\d+)?\Z", origin):
            raise ValueError(f"{origin!r} is not an origin like https://shop.example")
    return origins


def check_database_url(url: str) -> str:
    """Empty, or a URL of PostgreSQL."""
    if url and (urlsplit(url).scheme not in ("postgres", "postgresql") or not urlsplit(url).path.strip("/")):
        raise ValueError("it must begin with postgres:// or postgresql:// and name a database")
    return url


def check_redis_url(url: str) -> str:
    """Empty, or a URL of Redis."""
    seen = urlsplit(url)
    if url and seen.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("it must begin with redis://, rediss:// or unix://")
    if url and seen.scheme != "unix" and not re.match(r"(/([0-9]|1[0-5])?)?\Z", seen.path):
        raise ValueError("the database index after the last slash must be 0 to 15")
    return url


Seconds = Annotated[int, BeforeValidator(read_seconds)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_list)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_list), AfterValidator(check_origins)]
DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]
RedisUrl = Annotated[str, AfterValidator(check_redis_url)]
