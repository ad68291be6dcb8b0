"""Logs: one event a line, structured; on stdout, but for commands.

JSON by orjson; in development on a terminal a readable renderer. The standard library's loggers (Django, Celery,
granian's Python side, psycopg's pool) go through the same processors, so every line has a time, a level, the
process's role and the request id, and no secret: `core.blanks` goes over each.
"""

import logging
import logging.config
import os
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.blanks import blank_mapping
from core.telling import request_id

QUIET = {"django.request": "CRITICAL", "django.server": "WARNING", "psycopg.pool": "ERROR", "urllib3": "WARNING",
         "asyncio": "WARNING", "celery.beat": "WARNING", "celery.app.trace": "WARNING", "amqp": "WARNING",
         "celery.worker.strategy": "WARNING"}  # fmt: skip


_chain: list[Processor] = []  # one list for good: loggers remember the one they began with


def configure_logs(*, level: str, environment: str, role: str) -> None:
    """Sets up structlog and the standard library's root; called once, by the settings."""
    # A command's own answer goes to stdout, where a program may read it.
    stream = "ext://sys.stderr" if role == "command" else "ext://sys.stdout"
    readable = environment != "production" and sys.stdout.isatty()
    last: Processor = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(_dumps)
    _chain[:] = [
        structlog.stdlib.filter_by_level,
        *_shared(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=_chain,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _shared(),
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *([] if readable else [structlog.processors.format_exc_info]),
                        _without_secrets,
                        last,
                    ],
                }
            },
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": stream, "formatter": "structured"}},
            "root": {"handlers": ["out"], "level": level.upper()},
            "loggers": {name: {"level": least} for name, least in QUIET.items()} if level != "debug" else {},
        }
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _with_place,
    ]


def _with_place(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["role"] = os.environ.get("STAMPEDE_ROLE", "command")
    if one := request_id.get():
        event.setdefault("request_id", one)
    return event


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return blank_mapping(event)


def _dumps(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()
