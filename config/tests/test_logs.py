"""Log lines as they leave the process: JSON, with an id, without secrets."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog

from config.logs import configure_logs
from core.telling import request_id

CODE = "hourly.AbCdEfGhIjKlMnOpQrStUv"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to stdout; the suite's own logging comes back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stdout = io.StringIO()
    monkeypatch.setattr("sys.stdout", stdout)
    configure_logs(level="info", environment="production", role="web")
    yield stdout
    root.handlers[:], root.level = before, level


def test_a_line_is_one_json_object(written: io.StringIO) -> None:
    token = request_id.set("abc")
    structlog.get_logger("stampede.test").info("sold", item=7)
    request_id.reset(token)
    line = only(written)
    assert (line["event"], line["item"], line["level"], line["logger"]) == ("sold", 7, "info", "stampede.test")
    assert line["request_id"] == "abc"
    assert line["timestamp"].endswith("Z")
    assert "role" in line


def test_other_libraries_write_the_same_way(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("connected to %s", "redis://:hunter2@host:1/0")
    assert only(written)["event"] == "connected to redis://:***@host:1/0"


def test_secrets_are_blanked(written: io.StringIO) -> None:
    structlog.get_logger().info(
        f"purchase?code={CODE}", code=CODE, headers={"Authorization": "Bearer x"}, path=f"/h/{CODE}"
    )
    text = written.getvalue()
    assert "AbCdEf" not in text
    assert "Bearer" not in text


def test_a_traceback_keeps_cause_and_notes(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            error.add_note(f"purchase(code='{CODE}')")
            raise ValueError("second") from error
    except ValueError:
        structlog.get_logger().exception("failed")
    line = only(written)
    assert "KeyError: 'first'" in line["exception"]
    assert "ValueError: second" in line["exception"]
    assert "AbCdEf" not in line["exception"]


def test_the_level_holds(written: io.StringIO) -> None:
    structlog.get_logger("stampede.quiet").debug("nothing")
    assert written.getvalue() == ""


def only(written: io.StringIO) -> dict[str, Any]:
    (line,) = written.getvalue().splitlines()
    read: dict[str, Any] = orjson.loads(line)
    return read
