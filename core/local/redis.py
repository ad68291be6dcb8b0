"""An embedded Redis: the decisions' (append-only file, flushed before each answer) or the bus (nothing on disk).

The password and the port stand in a file with mode 0600, not among the arguments that `ps` shows.
"""

from pathlib import Path

from core.local.binaries import Program, find_redis
from core.local.folders import private, write_private
from core.local.resp import RedisSays, ask
from core.local.server import Server
from core.local.spawn import Command

# What each line is for: no snapshots beside the append-only file; never evict a decision; an append-only file whose
# last write was cut by a power cut loads up to the cut; a rewrite may not delay the flush that an answer waits for.
CONFIG = """\
bind 127.0.0.1
port {port}
requirepass "{password}"
dir "{folder}"
daemonize no
logfile ""
loglevel notice
databases 16
tcp-backlog 511
tcp-keepalive 60
save ""
maxmemory {maxmemory_mb}mb
maxmemory-policy noeviction
appendonly {appendonly}
appendfsync {appendfsync}
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
aof-load-truncated yes
aof-use-rdb-preamble yes
"""


class EmbeddedRedis(Server):
    """`EmbeddedRedis(data_dir, name="redis").start()` gives `redis://:password@127.0.0.1:port/0`."""

    def __init__(
        self,
        data_dir: Path | str,
        *,
        name: str = "redis",
        appendonly: bool = True,
        appendfsync: str = "always",
        maxmemory_mb: int = 1024,
        program: Program | None = None,
    ) -> None:
        """`appendfsync` is "always" (acknowledged means on disk) or "everysec" (up to 2 s may be lost)."""
        self.found = program or find_redis()
        self.what = f"Redis ({name})"
        self.appendonly = appendonly
        self.appendfsync = appendfsync
        self.maxmemory_mb = maxmemory_mb
        base = Path(data_dir).resolve() / name
        super().__init__(base, work=base / "data", program=self.found.path)

    @property
    def url(self) -> str:
        return f"redis://:{self._settled.password}@127.0.0.1:{self._port}/0"

    def answers(self) -> bool:
        try:
            return bool(ask(self.url, "PING") == "PONG")
        except (OSError, RedisSays):  # not yet listening, or still loading its file
            return False

    def _make(self) -> None:
        private(self.work)
        text = CONFIG.format(
            port=self._port,
            password=self._settled.password,
            folder=self.work,
            maxmemory_mb=self.maxmemory_mb,
            appendonly="yes" if self.appendonly else "no",
            appendfsync=self.appendfsync,
        )
        write_private(self.base / "redis.conf", text)

    def _command(self) -> Command:
        return Command(argv=[str(self.program), str(self.base / "redis.conf")], cwd=self.work)
