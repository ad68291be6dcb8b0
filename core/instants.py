"""Instants as people and programs read them: UTC, ISO 8601, milliseconds, Z.

now_ms          this machine's clock; never compared with a deadline, that is Redis's
ms / instant    an instant as the milliseconds since 1970 that the scripts count, and back
iso             those milliseconds as text
"""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Milliseconds since 1970 by this machine."""
    return time.time_ns() // 1_000_000


def ms(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return round(instant.timestamp() * 1_000)


def instant(ms: int) -> datetime:
    """The instant that so many milliseconds since 1970 mean."""
    return datetime.fromtimestamp(ms / 1_000, tz=UTC)


def iso(ms: int) -> str:
    """`1763631130123` as `2025-11-20T09:32:10.123Z`."""
    return instant(ms).isoformat(timespec="milliseconds")[:-6] + "Z"
