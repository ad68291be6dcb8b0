"""`manage.py seed_demo`: something to buy on a fresh machine."""

from typing import Any

from django.core.management.base import BaseCommand

from sales.services import prepare_hourly


class Command(BaseCommand):
    """Make the hourly sale that is on, and the next ones."""

    help = "Make the demo data: the hourly sale that is on, and the next ones. Repeats change nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        made = prepare_hourly()
        self.stdout.write(f"{len(made)} sales made")
