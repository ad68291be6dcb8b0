"""The Celery application. Its settings, queues and beat are in `config.queue`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stampede")
app.config_from_object("config.queue")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_our_logs(**_: Any) -> None:
    """A receiver here is what tells Celery to leave logging alone; `config.logs` has configured it."""
