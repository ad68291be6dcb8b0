"""Folders and servers of their own for each test, apart from those that the whole suite runs on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.local.postgres import EmbeddedPostgres
from tests.folders import reachable_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable_folder() as path:
        yield path


@pytest.fixture(scope="module")
def one_postgres() -> Iterator[EmbeddedPostgres]:
    """Made once for all tests of a file: making one takes longer than most of them."""
    with reachable_folder() as path, EmbeddedPostgres(path) as server:
        yield server


@pytest.fixture
def postgres(one_postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """That one, running, whatever the test before has done to it."""
    one_postgres.stop()
    one_postgres.start()
    return one_postgres


@pytest.fixture
def is_root() -> None:
    if os.getuid() != 0:
        pytest.skip("only root lends its data to another user")
