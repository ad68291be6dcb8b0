"""`manage.py reconcile [--repair | --accept-loss TOPIC | --looked TOPIC]`: compare Redis with PostgreSQL."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.engine.guardian import Halted, accept_loss, looked, reconcile
from core.models import Journal
from core.refusals import Unready


class Command(BaseCommand):
    """Compare both stores, topic by topic, while everything goes on."""

    help = "Compare Redis with PostgreSQL, each topic at one sequence; exit code 1 if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="rebuild what differs from the rows, in a new epoch")
        parser.add_argument(
            "--accept-loss",
            metavar="TOPIC",
            help="a journal has stopped at a gap or an old backup: go on from the rows alone, in a new epoch",
        )

        parser.add_argument("--looked", metavar="TOPIC", help="you have looked at what PostgreSQL refused: go on")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["looked"]:
            self._looked(options["looked"])
            return
        if options["accept_loss"]:
            self._accept_loss(options["accept_loss"])
            return
        topics = Journal.objects.live().filter(epoch__gt=0).values_list("topic", flat=True)
        unsound = sum(self._compare(topic, repair=options["repair"]) for topic in topics)
        self.stdout.write(f"{len(topics)} topics, {unsound} not in order")
        if unsound:
            raise SystemExit(1)

    def _looked(self, topic: str) -> None:
        waited = looked(topic)
        if not waited:
            message = f"{topic} has no refused entry that waits for you."
            raise CommandError(message)
        self.stdout.write(f"{topic}: goes on; {waited} refused entries are kept in JournalConflict")

    def _compare(self, topic: str, *, repair: bool) -> bool:
        """Whether the topic is still not in order afterwards."""
        try:
            found = reconcile(topic, repair=repair)
            for difference in found:
                self.stdout.write(f"{topic}: {difference}")
            if not found or not repair:
                return bool(found)
            left = reconcile(topic, repair=False)
        except Halted as halted:
            self.stdout.write(f"{topic}: has stopped: {halted}. Nothing is repaired until you decide: --accept-loss")
            return True
        except Unready as refusal:
            self.stdout.write(f"{topic}: could not be compared: {refusal.detail}")
            return True
        self.stdout.write(f"{topic}: rebuilt from the rows" if not left else f"{topic}: still differs")
        return bool(left)

    def _accept_loss(self, topic: str) -> None:
        if not accept_loss(topic):
            message = f"{topic} has not stopped, or somebody else is at it."
            raise CommandError(message)
        self.stdout.write(f"{topic}: goes on from the rows")
