"""The house rules that a machine can see (docs: the style page's numbers)."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture.sources import ROOMS, ROOT, Function, files, functions, name_of

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
NINE_OF_TEN_LINES_MAX = 33
NOTHING = {"common", "utils", "helpers", "signals", "misc"}
OUTSIDE = ("tests/", "benchmarks/")  # they stand beside the house and look at the servers themselves
HERE = Path(__file__).resolve()
TEXTS = (
    ".py",
    ".lua",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".yml",
    ".yaml",
    ".sh",
    "Makefile",
    "Dockerfile",
)


def lines_of(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("suffix", [".py", ".lua", ".js", ".css", ".html"])
def test_no_file_outgrows_itself(suffix: str) -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(suffix)}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_outgrows_itself() -> None:
    long = {f"{name_of(path)}: {node.name}": lines_of(node) for path, node in functions()}
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES_MAX} == {}


def test_most_functions_are_short(record_testsuite_property: Callable[[str, object], None]) -> None:
    lengths = [lines_of(node) for _, node in functions()]
    record_testsuite_property("median lines of a function", median(lengths))
    assert quantiles(lengths, n=10)[-1] <= NINE_OF_TEN_LINES_MAX


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in files(".py")
        if path.name not in ("__init__.py", "apps.py", "conftest.py")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [name_of(path) for path in files() if NOTHING & {path.stem, *path.relative_to(ROOT).parts}]
    assert named == []


def test_redis_has_one_door() -> None:
    importing = re.compile(r"^\s*(import redis|from redis)\b", re.MULTILINE)
    found = [name_of(path) for path in files(".py") if importing.search(path.read_text())]
    assert [name for name in found if "/tests/" not in name and not name.startswith(OUTSIDE)] == [
        "core/engine/redis.py"
    ]


def test_no_test_is_passed_over() -> None:
    # Not a test passed over: the words that this rule looks for.
    passed_over = re.compile(r"pytest\.(mark\.(skip|skipif|xfail)|xfail|importorskip)\b|unittest\.skip")
    assert [name_of(path) for path in files(".py") if passed_over.search(path.read_text()) and path != HERE] == []


def test_nothing_is_left_for_later() -> None:
    # Nothing left over: the words that this rule looks for.
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [name_of(path) for path in texts() if later.search(path.read_text()) and path != HERE] == []


def test_no_text_names_somebodys_machine() -> None:
    ours = re.compile(r"(?<![\w./-])/(work|home|root|tmp/probe)/")
    assert [name_of(path) for path in texts() if ours.search(path.read_text()) and path != HERE] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str) -> None:
    assert (ROOT / room).is_dir(), f"the card names {room}/"
    assert (ROOT / room / "README.md").read_text().startswith("# ")


def texts() -> Iterator[Path]:
    for suffix in TEXTS:
        yield from files(suffix)
