"""The files of a PostgreSQL cluster and the settings it runs with.

refuse_foreign      a folder of another major version, or of another user
make_cluster        initdb, whole or not at all
server_arguments    every setting, on the command line, so that no file can say otherwise
"""

import os
import shutil
import subprocess
from pathlib import Path

from core.local.binaries import Program
from core.local.errors import LocalError
from core.local.folders import write_private
from core.local.spawn import Command, spawn

SOCKET_PATH_MAX = 107  # bytes of a Unix socket's path, on Linux
BUILTIN_LOCALE_SINCE = 17
STATUS_LINE = 7

# For two cores and a crowd: enough sessions for every process, no parallel plans or JIT for queries of a millisecond,
# no replication (so WAL is minimal), silent about statements.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "10min",
    "autovacuum": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
}


def refuse_foreign(data: Path, program: Program) -> None:
    """Raises LocalError where the folder was made by another major version."""
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError:
        raise LocalError(
            f"{data} belongs to another user. Run as that user, or set DATA_DIR to another folder."
        ) from None
    if version != str(program.major):
        raise LocalError(
            f"{data} was made by PostgreSQL {version}, and this is PostgreSQL {program.version}. "
            f"Move the folder away, or set DATABASE_URL to a server of version {version}."
        )


def make_cluster(
    data: Path, program: Program, *, username: str, password: str, user: tuple[int, int] | None, fsync: bool
) -> None:
    """Runs initdb beside the folder and renames the result, so that a cut leaves no half-made cluster."""
    if data.exists():
        return
    draft, secret = data.with_name("data.new"), data.with_name("secret.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(secret, password)
    if user:
        os.chown(draft, *user)
        os.chown(secret, *user)
    locale = ["--locale=C"]
    if program.major >= BUILTIN_LOCALE_SINCE:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv = [str(program.path.with_name("initdb")), "-D", str(draft), f"--username={username}", f"--pwfile={secret}"]
    argv += ["--auth=scram-sha-256", "--encoding=UTF8", *locale, *([] if fsync else ["--no-sync"])]
    try:
        _run(argv, user)
    finally:
        secret.unlink()
    draft.rename(data)


def server_arguments(*, port: int, socket: Path, fsync: bool) -> list[str]:
    """`-c name=value` for each setting. No Unix socket where its path would be too long: TCP is the way in anyway."""
    fits = len(os.fsencode(socket / f".s.PGSQL.{port}")) <= SOCKET_PATH_MAX
    settings = SETTINGS | {
        "port": str(port),
        "unix_socket_directories": str(socket) if fits else "",
        "fsync": "on" if fsync else "off",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def says_ready(pid_file: Path) -> bool:
    """What pg_ctl looks at: the eighth line of postmaster.pid."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"


def _run(argv: list[str], user: tuple[int, int] | None) -> None:
    env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    process = spawn(Command(argv=argv, env=env, cwd=Path("/"), user=user), output=subprocess.PIPE)
    words, _ = process.communicate()
    if process.returncode:
        raise LocalError(f"initdb failed ({process.returncode}):\n{words.decode(errors='replace')[-2_000:]}")
