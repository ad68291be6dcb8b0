"""Where and with what the figures were taken: without it they say nothing.

describe    lines of text
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.house import WEB_THREADS, WEB_WORKERS
from benchmarks.stack import ROOT
from core.local.binaries import find_postgres, find_redis


def describe() -> list[str]:
    """Machine, commit, versions, settings, and how busy the machine was before we began."""
    return [
        f"date      {datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC",
        f"machine   {_cpu()}, {len(os.sched_getaffinity(0))} cores usable, {_memory_gb():.0f} GB, {platform.release()}",
        f"load      {os.getloadavg()[0]:.1f} before we began (above 1: neighbours; trust ratios, not rates)",
        f"commit    {_commit()}",
        f"python    {platform.python_version()}, Django {version('Django')}, granian {version('granian')}",
        f"stores    PostgreSQL {find_postgres().version}, fsync on; Redis {find_redis().version}",
        f"web       granian, {WEB_WORKERS} workers, {WEB_THREADS} blocking threads each, runtime-mode st",
    ]


def _cpu() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = " with uncommitted changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{git('rev-parse', '--short', 'HEAD') or 'unknown'}{changed}"
