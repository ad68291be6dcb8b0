"""An embedded PostgreSQL, by its own binaries: `EmbeddedPostgres(data_dir).start()` gives a URL.

PostgreSQL refuses to run as root. Root therefore lends the data to `nobody` (or to whoever owns it already), and where
that user cannot reach the data folder, everything stands in a corner of /var/tmp instead; `postgres/elsewhere` in the
data folder says where, for ever after. Folders that we did not make keep their modes.
"""

import os
import pwd
import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from core.local.binaries import Program, find_postgres, for_user
from core.local.errors import LocalError
from core.local.folders import own_corner, private, reachable, write_private
from core.local.postgres_files import make_cluster, refuse_foreign, says_ready, server_arguments
from core.local.server import Server
from core.local.spawn import Command

USER = "stampede"
DATABASE = "stampede"
NOBODY = (65_534, 65_534)


class EmbeddedPostgres(Server):
    """PostgreSQL on 127.0.0.1 with a password, for one data folder."""

    stop_signal = signal.SIGINT  # "fast": ends the sessions, writes a checkpoint
    what = "PostgreSQL"

    def __init__(self, data_dir: Path | str, *, fsync: bool = True, program: Program | None = None) -> None:
        """`fsync=False` is for unit tests: faster, and a power cut may ruin the folder (a kill -9 does not)."""
        home = Path(data_dir).resolve() / "postgres"
        self.fsync = fsync
        self.user = _user_for(home)
        base = _base_for(home, self.user)
        found = program or find_postgres()
        self.found = for_user(found, uid=self.user[0], gid=self.user[1]) if self.user else found
        super().__init__(base, work=base / "data", program=self.found.path)

    @property
    def url(self) -> str:
        return self._url_of(DATABASE)

    def answers(self) -> bool:
        """Asks for our database, and makes it the first time."""
        if not says_ready(self.work / "postmaster.pid"):  # asking earlier would fill its log with FATAL
            return False
        try:
            with psycopg.connect(self._url_of("postgres"), connect_timeout=2, autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError:  # it has just ended
            return False
        return True

    def _url_of(self, database: str) -> str:
        return f"postgresql://{USER}:{self._settled.password}@127.0.0.1:{self._port}/{database}"

    def _make(self) -> None:
        refuse_foreign(self.work, self.found)
        make_cluster(
            self.work, self.found, username=USER, password=self._settled.password, user=self.user, fsync=self.fsync
        )
        socket = private(self.base / "socket", user=self.user)
        # All servers in the folder have ended by now. A pid that a killed one left in these files may by now be some
        # other program's, at the sight of which PostgreSQL would refuse to start.
        for stale in (self.work / "postmaster.pid", *socket.iterdir()):
            stale.unlink(missing_ok=True)

    def _command(self) -> Command:
        settings = server_arguments(port=self._port, socket=self.base / "socket", fsync=self.fsync)
        argv = [str(self.program), "-D", str(self.work), *settings]
        return Command(argv=argv, env=quiet_environment(), cwd=Path("/"), user=self.user)

    def remove(self) -> None:
        """Deletes the folder of a stopped server, also where it stands elsewhere."""
        shutil.rmtree(self.base)


def quiet_environment() -> dict[str, str]:
    """Nothing of PGHOST, PGPORT, PGDATA or the locale of the person at the terminal."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ} | {
        "LC_ALL": "C"
    }


def _user_for(home: Path) -> tuple[int, int] | None:
    """Whom the server must run as: None for ourselves."""
    if os.getuid() != 0:
        return None
    data = _recorded(home) / "data"
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return NOBODY
    return entry.pw_uid, entry.pw_gid


def _base_for(home: Path, user: tuple[int, int] | None) -> Path:
    """`home`, or the corner of /var/tmp that stands in for it."""
    private(home.parent, mode=0o711 if user else 0o700)
    private(home, mode=0o711 if user else 0o700)
    base = _recorded(home)
    if not base.exists():
        raise LocalError(f"The data of {home} was in {base}, which is gone. Remove {home.parent} to begin anew.")
    if not os.access(base, os.R_OK | os.W_OK | os.X_OK):
        raise LocalError(f"{base} belongs to another user. Run as that user, or set DATA_DIR to another folder.")
    if user is None or base != home or reachable(home, uid=user[0], gid=user[1]):
        return base
    if (home / "data").exists():
        raise LocalError(
            f"{home} holds data that user {user[0]} can no longer reach. Open its parents, or set DATA_DIR."
        )
    corner = own_corner(purpose="postgres", key=str(home))
    write_private(home / "elsewhere", f"{corner}\n")
    return corner


def _recorded(home: Path) -> Path:
    note = home / "elsewhere"
    return Path(note.read_text().strip()) if note.exists() else home
