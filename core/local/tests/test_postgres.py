"""The embedded PostgreSQL: its life, its password, its folders."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from core.local.errors import LocalError
from core.local.postgres import EmbeddedPostgres
from core.local.server import wait_until
from core.local.tests.alive import is_alive


def value(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


def test_it_works(postgres: EmbeddedPostgres) -> None:
    assert value(postgres.url, "SELECT 1") == 1
    assert value(postgres.url, "SHOW fsync") == "on"
    assert value(postgres.url, "SHOW synchronous_commit") == "on"
    assert value(postgres.url, "SHOW timezone") == "UTC"
    assert value(postgres.url, "SHOW server_encoding") == "UTF8"
    pid = postgres.pid
    postgres.stop()
    assert not is_alive(pid)


def test_the_data_is_there_after_kill_9(postgres: EmbeddedPostgres) -> None:
    url = postgres.url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        value(url, "SELECT 1")
    assert postgres.restart() == url
    assert value(url, "SELECT answer FROM kept") == 42


def test_a_busy_backend_does_not_stop_the_restart(postgres: EmbeddedPostgres) -> None:
    """A backend in the middle of a long query outlives its postmaster and holds the shared memory."""
    connection = psycopg.connect(postgres.url)
    connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
    postgres.kill()
    postgres.restart()
    assert value(postgres.url, "SELECT 1") == 1
    connection.close()


def test_a_second_start_keeps_port_and_password(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    with EmbeddedPostgres(postgres.base.parent) as again:
        assert again.url == postgres.url


def test_a_stale_pid_file_is_no_hindrance(postgres: EmbeddedPostgres) -> None:
    port = postgres.place.split(":")[1]
    postgres.stop()
    (postgres.work / "postmaster.pid").write_text(f"{os.getppid()}\n")
    (postgres.base / "socket" / f".s.PGSQL.{port}.lock").write_text(f"{os.getppid()}\n")
    postgres.start()
    assert value(postgres.url, "SELECT 1") == 1


def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    secret = postgres.url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        value(postgres.url.replace(secret, "guess"), "SELECT 1")
    assert (postgres.base / "address.json").stat().st_mode & 0o077 == 0
    assert (postgres.base / "socket").stat().st_mode & 0o077 == 0


def test_two_on_one_folder_are_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(LocalError, match=f"already runs on .* \\(pid {os.getpid()}\\)"):
        EmbeddedPostgres(postgres.base.parent).start()
    assert value(postgres.url, "SELECT 1") == 1


def test_another_major_version_is_refused(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    version = postgres.work / "PG_VERSION"
    true = version.read_text()
    version.write_text("12\n")
    with pytest.raises(LocalError, match="was made by PostgreSQL 12"):
        postgres.start()
    version.write_text(true)
    with EmbeddedPostgres(postgres.base.parent) as again:  # the refusal has not kept the folder
        assert value(again.url, "SELECT 1") == 1


@pytest.mark.usefixtures("is_root")
def test_a_closed_parent_sends_the_data_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(closed / "data")
    try:
        with postgres:
            assert value(postgres.url, "SELECT 1") == 1
        assert postgres.base.parent == Path("/var/tmp")
        assert EmbeddedPostgres(closed / "data").base == postgres.base
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.remove()


def test_a_long_path_does_without_a_socket(folder: Path) -> None:
    deep = folder / ("deep" * 20) / ("deeper" * 10)
    with EmbeddedPostgres(deep) as postgres:
        assert value(postgres.url, "SHOW unix_socket_directories") == ""


def test_it_dies_with_its_parent(folder: Path) -> None:
    program = (
        "import signal, sys\n"
        "from core.local.postgres import EmbeddedPostgres\n"
        "from core.local.redis import EmbeddedRedis\n"
        "postgres, redis = EmbeddedPostgres(sys.argv[1]), EmbeddedRedis(sys.argv[1])\n"
        "postgres.start(), redis.start(); print(postgres.pid, redis.pid, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    with parent.stdout:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert all(is_alive(pid) for pid in pids)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids), seconds=5)
    with EmbeddedPostgres(folder) as postgres:
        assert value(postgres.url, "SELECT 1") == 1
