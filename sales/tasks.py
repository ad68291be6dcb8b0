"""What can wait. Every task finds its work in the stores, so a lost or repeated one changes nothing."""

from celery import shared_task

from sales import services


@shared_task  # type: ignore[untyped-decorator]
def prepare() -> None:
    """Make the hourly sales ahead of their time, and let finished ones go."""
    services.prepare_hourly()
    services.retire()


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Tidy up after expired holds. They were free before."""
    services.sweep_all()
