"""The three stores as `up` needs them: yours where a URL says so, else embedded in the data folder.

A killed `up` leaves its `urls.json`, which the settings then read as if it were yours: a URL that equals what stands
there is ours again.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from core.local.folders import write_private
from core.local.postgres import EmbeddedPostgres
from core.local.process import Spec
from core.local.redis import EmbeddedRedis
from core.local.server import Server

URLS = "urls.json"
NAMES = {"DATABASE_URL": "postgres", "REDIS_URL": "redis", "REDIS_BUS_URL": "bus"}
BUS_MEMORY_MB = 256
CORE_MEMORY_MB = 1_024
STORE_GRACE_SECONDS = 3.5  # with the others' 5 s, everything ends within 10


class Stores:
    """What must be embedded, as servers; and all three URLs."""

    def __init__(self, stated: Mapping[str, str], *, data_dir: Path, appendfsync: str) -> None:
        """`stated` are the URLs that the settings know, empty where there is none."""
        self.data_dir = data_dir
        ours = read_urls(data_dir)
        self.yours = {name: url for name, url in stated.items() if url and url != ours.get(name)}
        self.embedded: dict[str, Server] = {}
        if "DATABASE_URL" not in self.yours:
            self.embedded["DATABASE_URL"] = EmbeddedPostgres(data_dir)
        if "REDIS_URL" not in self.yours:
            self.embedded["REDIS_URL"] = EmbeddedRedis(data_dir, appendfsync=appendfsync, maxmemory_mb=CORE_MEMORY_MB)
        if "REDIS_BUS_URL" not in self.yours:
            bus = EmbeddedRedis(data_dir, name="bus", appendonly=False, maxmemory_mb=BUS_MEMORY_MB)
            self.embedded["REDIS_BUS_URL"] = bus

    def specs(self) -> list[Spec]:
        """For the supervisor. Raises LocalError where a folder cannot be used at all: trying again would not help."""
        for server in self.embedded.values():
            server.command()
        return [
            Spec(
                name=NAMES[name],
                command=server.command,
                stop_signal=server.stop_signal,
                grace_seconds=STORE_GRACE_SECONDS,
                is_store=True,
            )
            for name, server in self.embedded.items()
        ]

    @property
    def urls(self) -> dict[str, str]:
        """Of the embedded ones: children find yours where we found them."""
        return {name: server.url for name, server in self.embedded.items()}

    @property
    def all_urls(self) -> dict[str, str]:
        return {name: self.yours.get(name) or self.embedded[name].url for name in NAMES}

    def answer(self) -> bool:
        """Whether the embedded ones run and answer, whoever started them."""
        return all(server.is_known and server.answers() for server in self.embedded.values())

    def write_urls(self) -> None:
        """For commands in a second shell."""
        write_private(self.data_dir / URLS, json.dumps(self.urls, indent=1))

    def release(self) -> None:
        (self.data_dir / URLS).unlink(missing_ok=True)
        for server in self.embedded.values():
            server.release()


def read_urls(data_dir: Path) -> dict[str, str]:
    """What a running `up`, or a killed one, has written."""
    try:
        return dict(json.loads((data_dir / URLS).read_text()))
    except (FileNotFoundError, ValueError):
        return {}
