"""A real web server for the tests: granian with two workers, as in earnest, on the stores of the tests.

web       the fixture: one server for the session
Web.crowd sends many requests at one moment, each on a connection of its own
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from core.local.ports import free_port
from core.local.roster import Doors, roster
from core.local.server import wait_until
from sales.tests.shop import NOW_PART, together


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    json: Any


@dataclass(frozen=True)
class Web:
    """The server's address, and how to ask there."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.prepared(method, path, body, at=None, **headers)()

    def prepared(
        self, method: str, path: str, body: Any = None, *, at: threading.Barrier | None = None, **headers: str
    ) -> Callable[[], Answer]:
        """A request to be sent when called: connected first, then `at` the barrier, then sent."""

        def send() -> Answer:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            link.connect()
            if at:
                at.wait(30)
            data = None if body is None else json.dumps(body)
            sent = headers | ({"Content-Type": "application/json"} if data else {})
            link.request(method, path, data, sent)
            response = link.getresponse()
            raw = response.read()
            link.close()
            return Answer(response.status, json.loads(raw) if raw else None)

        return send

    def crowd(self, requests: Sequence[tuple[Any, ...]]) -> list[Answer]:
        """All at one moment: `(method, path, body, headers)` each, the last two at will."""
        barrier = threading.Barrier(len(requests))
        outcomes = together([self._of(request, barrier) for request in requests])
        failed = [outcome for outcome in outcomes if not isinstance(outcome, Answer)]
        assert not failed, failed[:3]
        return outcomes  # type: ignore[return-value]

    def _of(self, request: tuple[Any, ...], barrier: threading.Barrier) -> Callable[[], Answer]:
        method, path, body, headers = (*request, None, None)[:4]
        return self.prepared(method, path, body, at=barrier, **(headers or {}))


@pytest.fixture(scope="session")
def web(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The web process as `manage.py up` starts it, on the stores of this session, with the clock of the tests."""
    name = connection.settings_dict["NAME"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    port = free_port()
    stores = {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL, "LUA_NOW_PART": str(NOW_PART)}
    doors = Doors(
        host="127.0.0.1",
        server_port=port,
        live_port=free_port(),
        web_workers=2,
        web_threads=16,
        data_dir=settings.DATA_DIR,
    )
    spec = next(spec for spec in roster(doors, urls=stores | {"TRUST_USER_ID": "true"}) if spec.name == "web")
    command = spec.command()
    with (tmp_path_factory.mktemp("web") / "web.log").open("wb") as log:
        process = subprocess.Popen(
            command.argv, cwd=command.cwd, env=command.env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            assert wait_until(lambda: _answers(port), seconds=30), Path(log.name).read_text()
            yield Web(port)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(port: int) -> bool:
    try:
        return Web(port).ask("GET", "/health/live").status == 200
    except OSError:
        return False
