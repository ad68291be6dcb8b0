"""`manage.py record`: copy the journals into PostgreSQL, once or for ever."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.engine.recorder import record_all

PAUSE_SECONDS = 0.2
ROUND_SECONDS_MAX = 60.0


class Command(BaseCommand):
    """Record what every journal has unrecorded."""

    help = "Record every journal, for a minute at most; with --forever, again and again until SIGINT or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="go on until told to stop")

    def handle(self, *_args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        done = record_all(seconds_max=ROUND_SECONDS_MAX)
        while options["forever"] and not stop.wait(PAUSE_SECONDS):
            done += record_all(seconds_max=ROUND_SECONDS_MAX)
        self.stdout.write(f"{done} entries recorded")
