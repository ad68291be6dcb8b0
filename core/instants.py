"""Instants as people and programs read them: UTC, ISO 8601, milliseconds, Z.

now_ms    this machine's clock; never compared with a deadline, that is Redis's
iso       milliseconds since 1970 as text
"""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Milliseconds since 1970 by this machine."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """`1763631130123` as `2025-11-20T09:32:10.123Z`."""
    return datetime.fromtimestamp(ms / 1_000, tz=UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
