"""Celery's settings, and what beat does. Loaded by `config.celery` when the first one is asked for.

Tasks find their work in the stores, never in their arguments. Queue `record` copies journals into PostgreSQL and has
a worker of its own; queue `work` has everything else. No result is kept, nothing is scheduled by date, and a beat
entry that waited too long is dropped, so that nothing piles up while a worker is away.
"""

from typing import Any

from django.conf import settings
from kombu.entity import Queue

EXPIRES_SECONDS = 1

EVERY: dict[str, tuple[str, float, str]] = {
    # entry: (task, every so many seconds, queue)
    "record": ("core.tasks.record", 1.0, "record"),
    "prepare": ("sales.tasks.prepare", 60.0, "work"),
    "sweep": ("sales.tasks.sweep", 1.0, "work"),
}


def beat_entries(every: dict[str, tuple[str, float, str]]) -> dict[str, dict[str, Any]]:
    """Intervals only, each of them forgotten when no worker took it in time."""
    return {
        name: {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": EXPIRES_SECONDS}}
        for name, (task, seconds, queue) in every.items()
    }


# Without a bus (a command run alone) an address that cannot exist, rather than Celery's guess at a local broker.
broker_url = settings.REDIS_BUS_URL or "redis://bus-is-not-configured.invalid:6379/0"
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_connection_timeout = 5
# With kombu's defaults a worker stayed deaf for over 60 s after its broker went silent.
broker_transport_options = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "health_check_interval": 5,
}

task_acks_late = True
task_reject_on_worker_lost = True
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
task_default_queue = "work"
task_queues = tuple(Queue(name) for name in ("record", "work"))  # type: ignore[no-untyped-call]
task_create_missing_queues = False  # a misspelt queue is an error, not a queue that nobody reads
task_soft_time_limit = None
task_store_eager_result = False

worker_prefetch_multiplier = 1
worker_hijack_root_logger = False
worker_redirect_stdouts = False
worker_send_task_events = False
worker_cancel_long_running_tasks_on_connection_loss = False

enable_utc = True
timezone = "UTC"
beat_schedule = beat_entries(EVERY)
beat_max_loop_interval = 1
