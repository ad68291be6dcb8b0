"""The recorder's task: an outage is one line, a bug is still an error."""

from typing import Any

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from core import tasks
from core.refusals import Unavailable


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "outage", tasks.Outage())


def going(monkeypatch: pytest.MonkeyPatch, *runs: Exception | int) -> None:
    results = iter(runs)

    def record_all(**_: Any) -> int:
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(tasks, "record_all", record_all)
    for _ in runs:
        tasks.record()


@pytest.mark.parametrize("away", [Unavailable(), OperationalError("connection refused\n")])
def test_a_store_that_is_away_is_told_once_an_outage(monkeypatch: pytest.MonkeyPatch, away: Exception) -> None:
    with capture_logs() as lines:
        going(monkeypatch, 1, away, away, 1, 1, away)
    told = [(line["event"], line["log_level"]) for line in lines]
    assert told == [("recorder.away", "warning"), ("recorder.back", "info"), ("recorder.away", "warning")]


def test_a_bug_is_an_error_still(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="a bug"):
        going(monkeypatch, ValueError("a bug"))
