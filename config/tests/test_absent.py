"""A command whose store is away ends with one line."""

import os
import subprocess
import sys
from pathlib import Path

from config.env import ROOT
from core.local.ports import free_port


def check_invariants(**ours: str) -> "subprocess.CompletedProcess[str]":
    theirs = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")}
    argv = [sys.executable, "manage.py", "check_invariants"]
    return subprocess.run(argv, check=False, capture_output=True, text=True, cwd=ROOT, env=theirs | ours, timeout=30)


def test_a_stopped_house_is_said_so(tmp_path: Path) -> None:
    ended = check_invariants(DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr == f"Nothing runs on {tmp_path}: `make run`, or set DATABASE_URL.\n"


def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    url = f"postgresql://u:hidden@127.0.0.1:{port}/shop"
    ended = check_invariants(DATA_DIR=str(tmp_path), DATABASE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"DATABASE_URL: 127.0.0.1:{port}: ")
    assert len(ended.stderr.splitlines()) == 1
    assert "hidden" not in ended.stderr
