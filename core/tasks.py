"""What can wait. The task finds its work in the stores, so a lost or repeated one changes nothing."""

import structlog
from celery import shared_task
from django.db import OperationalError

from core.engine.recorder import record_all
from core.refusals import Unready

SECONDS_MAX = 0.9
"""A run of the recorder: beat sends the next one after a second."""

log = structlog.get_logger("recorder")


class Outage:
    """Whether a store was away at this process's last run: an outage is one warning, not one a second."""

    def __init__(self) -> None:
        self.on = False

    def begins(self) -> bool:
        """True the first time, until it ends."""
        before, self.on = self.on, True
        return not before

    def ends(self) -> bool:
        """True where there was one."""
        before, self.on = self.on, False
        return before


outage = Outage()


@shared_task  # type: ignore[untyped-decorator]
def record() -> None:
    """Record every journal that has unrecorded entries. A store that is away is no failure: the next run catches up."""
    try:
        record_all(seconds_max=SECONDS_MAX)
    except (Unready, OperationalError) as error:
        if outage.begins():
            log.warning("recorder.away", kind=type(error).__name__, error=str(error).strip())
    else:
        if outage.ends():
            log.info("recorder.back")
