"""Who claims what: the environment and `config.yaml`, read into parts, clashes refused.

    read_claims(environ) -> {part: Claim(key, value)}     environment over config.yaml over nothing

Two keys of one layer that state different values for one part are a clash: nobody can tell which one was meant, so we
do not start, and name both.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml

from config.names import NAMES, SPLIT, split_live_addr

DEFAULT_CONFIG_FILE = "config.yaml"


class ConfigError(Exception):
    """We do not start; the text names the key and says what to do."""


class Claim(NamedTuple):
    """A value and the key that stated it."""

    key: str
    value: str


Claims = dict[str, Claim]


def read_claims(environ: Mapping[str, str], root: Path) -> Claims:
    """All parts that somebody stated; raises ConfigError on a clash or an unreadable file."""
    from_yaml = _settle(_yaml_statements(environ, root))
    from_environment = _settle(_environment_statements(environ))
    claims = {**from_yaml, **from_environment}
    for part, compose, prefix in (
        ("database_url", _compose_database_url, "database_"),
        ("redis_url", _compose_redis_url, "redis_"),
    ):
        _place_url(claims, from_environment, part, compose(claims), prefix)
    return claims


def _environment_statements(environ: Mapping[str, str]) -> Iterable[tuple[str, Claim]]:
    is_live = environ.get("STAMPEDE_ROLE") == "live"
    for part, known in NAMES.items():
        for key in known.environment:
            if value := environ.get(key, "").strip():
                yield part, Claim(key, value)
    for key, split in SPLIT.items():
        if not key.isupper() or not (value := environ.get(key, "").strip()):
            continue
        if key == "SERVER_ADDR" and is_live:  # S3 gives each of its two services the same key
            if environ.get("LIVE_PORT") or environ.get("LIVE_ADDR"):
                continue
            split = split_live_addr  # noqa: PLW2901
        yield from _split(key, value, split)


def _yaml_statements(environ: Mapping[str, str], root: Path) -> Iterable[tuple[str, Claim]]:
    named = environ.get("CONFIG_FILE", "").strip()
    path = Path(named) if named else root / DEFAULT_CONFIG_FILE
    if not path.exists():
        if named:
            raise ConfigError(f"CONFIG_FILE names {named}, which does not exist. Correct the path, or unset it.")
        return
    by_key = {key: part for part, known in NAMES.items() for key in (*known.yaml, part)}
    for key, value in _flat(_load(path)):
        if key in SPLIT:
            yield from _split(key, value, SPLIT[key])
        elif key in by_key:
            yield by_key[key], Claim(key, value)
        else:
            near = difflib.get_close_matches(key, [*by_key, *SPLIT], n=1)
            hint = f" Did you mean {near[0]}?" if near else " Remove it."
            raise ConfigError(f"{path.name}: {key} is not a setting.{hint}")


def _load(path: Path) -> Mapping[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{path.name} must hold keys and values, like `server: {{port: 8080}}`.")
    return tree


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", ",".join(str(one) for one in value)
        elif value not in (None, ""):
            yield f"{prefix}{key}", str(value)


def _split(key: str, value: str, split: Any) -> Iterable[tuple[str, Claim]]:
    try:
        for part, piece in split(value):
            yield part, Claim(key, piece)
    except ValueError as error:
        raise ConfigError(f"{key} cannot be read as an address: {error}. Write host:port, or a full URL.") from error


def _settle(statements: Iterable[tuple[str, Claim]]) -> Claims:
    claims: Claims = {}
    for part, claim in statements:
        first = claims.setdefault(part, claim)
        if first.value != claim.value and not (part == "database_url" and _same_database(first.value, claim.value)):
            raise ConfigError(
                f"{first.key} and {claim.key} clash: they state different values for {part.replace('_', ' ')}. "
                f"Unset one of them, or make them equal."
            )
    return claims


def _same_database(one: str, other: str) -> bool:
    """`postgres://` and `postgresql://` are one scheme; the parts are compared on their own."""
    return one.partition("://")[2] == other.partition("://")[2]


def _place_url(claims: Claims, strong: Claims, part: str, composed: Claim | None, prefix: str) -> None:
    """A URL stands as it was written, unless the environment overrides one of its parts in the file."""
    overridden = any(
        name.startswith(prefix) and claims[name].key == strong[name].key for name in strong if name != part
    )
    if part in claims and (part in strong or not overridden):
        return
    if composed:
        claims[part] = composed


def _compose_database_url(claims: Claims) -> Claim | None:
    names = ("database_host", "database_port", "database_user", "database_password", "database_name")
    stated = [claims[name] for name in names if name in claims]
    if not stated:
        return None
    host, port, user, password, name = (
        claims[part].value if part in claims else default
        for part, default in zip(names, ("localhost", "5432", "postgres", "", "postgres"), strict=True)
    )
    sslmode = claims["database_sslmode"].value if "database_sslmode" in claims else "disable"
    who = f"{quote(user, safe='')}:{quote(password, safe='')}" if password else quote(user, safe="")
    url = f"postgresql://{who}@{host}:{port}/{quote(name, safe='')}?sslmode={sslmode}"
    return Claim(stated[0].key, url)


def _compose_redis_url(claims: Claims) -> Claim | None:
    names = ("redis_host", "redis_port", "redis_password", "redis_db")
    stated = [claims[name] for name in names if name in claims]
    if not stated:
        return None
    host, port, password, db = (
        claims[part].value if part in claims else default
        for part, default in zip(names, ("localhost", "6379", "", "0"), strict=True)
    )
    who = f":{quote(password, safe='')}@" if password else ""
    return Claim(stated[0].key, f"redis://{who}{host}:{port}/{db}")
