"""What the engine shows under `/health/ready`.

check_redis       the decision store answers, and flushes as promised
check_recorder    how far the books are behind; a lag is shown, and red only where the recorder has stopped
"""

from __future__ import annotations

from typing import Any

from core.engine.keeper import lags
from core.engine.redis import door
from core.models import Journal
from core.refusals import Unavailable


def check_redis() -> dict[str, Any]:
    """Raises `Unavailable` while the decision store is away."""
    return {"appendfsync": door().appendfsync()}


def check_recorder() -> dict[str, Any]:
    """The lag over all topics. Red where a gap or an old backup has stopped a journal: that needs a person, while a lag
    mends itself and taking the site away would not make it shorter."""
    halted = list(Journal.objects.exclude(halted="").values_list("topic", flat=True))
    if halted:
        raise Unavailable("The recorder has stopped. Run `manage.py reconcile`.", halted=halted)
    late = lags()
    return {
        "lag_entries": sum(lag.entries for lag in late),
        "lag_seconds": round(max((lag.seconds for lag in late), default=0.0), 1),
    }
