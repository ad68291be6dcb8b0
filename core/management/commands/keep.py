"""`manage.py keep`: the guardian's process; records by itself when the lag grows."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from core.engine.keeper import keep


class Command(BaseCommand):
    """Guard every topic until SIGINT or SIGTERM."""

    help = "Guard every topic, and record by itself when the recorder falls behind. Needs no broker."

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        keep(stop)
