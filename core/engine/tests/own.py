"""Redis servers of a test's own, to kill, pause or fill.

own_redis     starts as many as wanted
core_redis    one of them behind `door()`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from core.engine.redis import door
from core.local.redis import EmbeddedRedis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Callable[..., EmbeddedRedis]]:
    """Starts Redis servers that the test may kill, pause or fill."""
    running: list[EmbeddedRedis] = []

    def start(**options: object) -> EmbeddedRedis:
        tmp_path.chmod(0o711)
        server = EmbeddedRedis(tmp_path, name=f"redis{len(running)}", **options)  # type: ignore[arg-type]
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def core_redis(own_redis: Callable[..., EmbeddedRedis], monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedRedis]:
    """A decision store of this test's own, behind `door()`: ask for it before `toy`."""
    server = own_redis()
    monkeypatch.setattr(settings, "REDIS_URL", server.url)
    door.cache_clear()
    yield server
    door().close()
    door.cache_clear()
