"""`manage.py check_invariants [--json]`: exit code 1 on any breach."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.engine.invariants import check


class Command(BaseCommand):
    """Check everything that must always hold."""

    help = "Check everything that must always hold; exit code 1 on any breach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = check()
        violated = sum(1 for sentences in found.values() if sentences)
        if options["json"]:
            self.stdout.write(json.dumps({"violated": violated, "invariants": found}))
        else:
            for name, sentences in found.items():
                self.stdout.write(f"{'holds   ' if not sentences else 'VIOLATED'}  {name}")
                for sentence in sentences:
                    self.stdout.write(f"            {sentence}")
            self.stdout.write(f"{len(found)} invariants, {violated} violated")
        if violated:
            raise SystemExit(1)
