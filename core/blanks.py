"""Secrets never reach a log line, a note or a page: one rule, used by every writer.

`blank_mapping` blanks by key, `blank_text` blanks inside free text (query strings, store addresses, checkout codes).
"""

import re
from collections.abc import Mapping
from typing import Any

BLANK = "***"

_SECRET_KEYS = frozenset({"code", "token", "password", "passwd", "secret", "authorization", "cookie", "set-cookie"})
_SECRET_ENDINGS = ("_token", "_password", "_secret", "secret_key", "checkout_code")
_PAIR = re.compile(r"\b((?:[\w-]*_)?(?:code|token|password|secret)|authorization)=([^&\s'\",;)]+)", re.IGNORECASE)
_USERINFO = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
# A code reads `<sale>.<22 characters>`; the sale may be shown, the rest is the secret.
_CODE = re.compile(r"\b([\w-]{1,64})\.[A-Za-z0-9_-]{22}(?![\w-])")


def is_secret(key: str) -> bool:
    """True where a value under this key must not be shown."""
    key = key.lower()
    return key in _SECRET_KEYS or key.endswith(_SECRET_ENDINGS)


def blank_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same keys, with secret values blanked and texts cleaned."""
    return {key: BLANK if is_secret(key) and value else blank_value(value) for key, value in values.items()}


def blank_value(value: Any) -> Any:
    """A text cleaned, a mapping or list blanked inside; anything else as it is."""
    if isinstance(value, str):
        return blank_text(value)
    if isinstance(value, Mapping):
        return blank_mapping(value)
    if isinstance(value, list | tuple):
        return [blank_value(one) for one in value]
    return value


def blank_text(text: str) -> str:
    """The text without `code=…`, passwords of store addresses, and checkout codes."""
    if "=" in text:
        text = _PAIR.sub(rf"\1={BLANK}", text)
    if "://" in text:
        text = _USERINFO.sub(rf"\1:{BLANK}@", text)
    if "." in text:
        text = _CODE.sub(rf"\1.{BLANK}", text)
    return text
