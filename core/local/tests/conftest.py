"""Folders and servers of their own for each test, apart from those that the whole suite runs on."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that any user can reach: pytest's own tmp_path lies below folders that are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="stampede-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def is_root() -> None:
    if os.getuid() != 0:
        pytest.skip("only root lends its data to another user")
