"""Who runs in the house under test, with the very arguments that are shipped.

    house       web, keeper, and the recorder: Celery with its clock where the project has it
    CEILINGS    the bench's own web process, for the bare views, under the same granian settings
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

GRANIAN = (
    *("--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "16"),
    *("--runtime-mode", "st", "--http", "1", "--backlog", "4096", "--backpressure", "2048", "--no-ws"),
    *("--blocking-threads-idle-timeout", "600"),
)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A Python program of ours: the arguments after `python`."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def _granian(*, name: str, application: str, port: int, env: Mapping[str, str]) -> Program:
    return Program(name=name, argv=("-m", "granian", application, *GRANIAN, "--port", str(port)), env=env)


def house(*, port: int, folder: Path, root: Path) -> list[Program]:
    """All processes but the stores."""
    web = _granian(name="web", application="config.wsgi:application", port=port, env={"STAMPEDE_ROLE": "web"})
    keeper = Program(name="keeper", argv=("manage.py", "keep"), env={"STAMPEDE_ROLE": "keeper"})
    return [web, keeper, *_recorders(folder, has_celery=(root / "config" / "celery.py").exists())]


CEILINGS = partial(
    _granian,
    name="ceilings",
    application="benchmarks.ceilings.wsgi:application",
    env={"DJANGO_SETTINGS_MODULE": "benchmarks.ceilings.settings", "STAMPEDE_ROLE": "web"},
)


def _recorders(folder: Path, *, has_celery: bool) -> list[Program]:
    role = {"STAMPEDE_ROLE": "recorder"}
    if not has_celery:
        return [Program(name="recorder", argv=("manage.py", "record", "--forever"), env=role)]
    celery = ("-m", "celery", "-A", "config")
    worker = (*celery, "worker", "-Q", "record", "--pool", "solo", "--without-gossip", "--without-mingle")
    beat = (*celery, "beat", "-s", str(folder / "beat-schedule"))
    return [
        Program(name="recorder", argv=worker, env=role),
        Program(name="beat", argv=beat, env={"STAMPEDE_ROLE": "beat"}),
    ]
