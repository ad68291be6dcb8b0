"""Who runs in the house under test: the project's own roster, and beside it a web process of ours for the bare views.

house       every process that `manage.py up` would start, and `ceilings` under the same granian settings
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.local.ports import free_port
from core.local.roster import Doors, roster
from core.local.spawn import Command

WEB_WORKERS, WEB_THREADS = 2, 16
"""As shipped: the defaults of `config.env`."""

CEILINGS = "ceilings"


def house(
    *, port: int, ceilings_port: int, folder: Path, urls: Mapping[str, str], settings: Mapping[str, str]
) -> dict[str, Command]:
    """All processes but the stores, by name."""
    doors = Doors(
        host="127.0.0.1",
        server_port=port,
        live_port=free_port(),
        web_workers=WEB_WORKERS,
        web_threads=WEB_THREADS,
        data_dir=folder,
    )
    commands = {spec.name: spec.command() for spec in roster(doors, urls=urls)}
    commands = {name: replace(command, env={**command.env, **settings}) for name, command in commands.items()}
    return commands | {CEILINGS: _ceilings(commands["web"], {str(port): str(ceilings_port)})}


def _ceilings(web: Command, ports: Mapping[str, str]) -> Command:
    """The shop's own command line, but for the application and the port."""
    other = {"config.wsgi:application": "benchmarks.ceilings.wsgi:application", **ports}
    return replace(
        web,
        argv=[other.get(word, word) for word in web.argv],
        env={**web.env, "DJANGO_SETTINGS_MODULE": "benchmarks.ceilings.settings"},
    )
