"""Public ids: UUIDv7 (RFC 9562, section 5.7), so that rows made together lie together; texts of 22 characters.

uuid7           a new id, ordered by time
uuid7_of        the id of something that is named by an instant and a text: the same wherever it is asked
short / long    an id as 22 characters of base64url, and back
secret          128 random bits as 22 characters
"""

from __future__ import annotations

import hashlib
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from uuid import UUID


def uuid7() -> UUID:
    """A new id, ordered by the millisecond it was made in."""
    return _uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def uuid7_of(*, at_ms: int, name: str) -> UUID:
    """The one id of `name` at an instant: any process derives it, so that none has to look it up."""
    return _uuid7(at_ms, hashlib.sha256(name.encode()).digest()[:10])


@lru_cache(maxsize=1_024)
def short(value: UUID) -> str:
    """22 characters of base64url."""
    return urlsafe_b64encode(value.bytes)[:22].decode()


def long(text: str) -> UUID:
    """The id that `short` wrote. Raises `ValueError` for anything else, also for another spelling of the same bits."""
    try:
        value = UUID(bytes=urlsafe_b64decode(text.encode("ascii") + b"=="))
    except UnicodeEncodeError as error:
        raise ValueError(text) from error
    if short(value) != text:
        raise ValueError(text)
    return value


def secret() -> str:
    """128 random bits as 22 characters of base64url."""
    return urlsafe_b64encode(os.urandom(16))[:22].decode()


def _uuid7(at_ms: int, random: bytes) -> UUID:
    high = (at_ms & (2**48 - 1)) << 80
    low = int.from_bytes(random) & ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=high | 0x7 << 76 | 0x2 << 62 | low)
