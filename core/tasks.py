"""What can wait. The task finds its work in the stores, so a lost or repeated one changes nothing."""

from celery import shared_task

from core.engine.recorder import record_all

SECONDS_MAX = 0.9
"""A run of the recorder: beat sends the next one after a second."""


@shared_task  # type: ignore[untyped-decorator]
def record() -> None:
    """Record every journal that has unrecorded entries."""
    record_all(seconds_max=SECONDS_MAX)
