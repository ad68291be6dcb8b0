"""`manage.py reconcile [--repair]`: compare Redis with PostgreSQL; repair Redis, never the other way round."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.engine.guardian import reconcile
from core.models import Journal


class Command(BaseCommand):
    """Compare both stores, topic by topic, while everything goes on."""

    help = "Compare Redis with PostgreSQL, each topic at one sequence; exit code 1 if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair", action="store_true", help="rebuild what differs from PostgreSQL, in a new epoch"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        topics = Journal.objects.live().filter(epoch__gt=0).values_list("topic", flat=True)
        differing = 0
        for topic in topics:
            for difference in (found := reconcile(topic, repair=options["repair"])):
                self.stdout.write(f"{topic}: {difference}")
            differing += bool(found)
        self.stdout.write(f"{len(topics)} topics, {differing} differ{' and were rebuilt' * options['repair']}")
        if differing and not options["repair"]:
            raise SystemExit(1)
