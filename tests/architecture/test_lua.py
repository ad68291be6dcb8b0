"""Every Lua script's header is its contract: purpose, KEYS, ARGV, Returns, Cost; and it names what the body uses."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import files, name_of

SCRIPTS = [path for path in files(".lua") if path.parent.name == "lua"]
PARTS = [path for path in files(".lua") if path.parent.name == "parts"]

ROW = re.compile(r"^-- (KEYS|ARGV)\[(\d+)(…?)\]\s+\S+\s+\S", re.MULTILINE)
USED = re.compile(r"\b(KEYS|ARGV)\[(\d+)\]")
SPREAD = re.compile(r"\bunpack\((KEYS|ARGV), (\d+)\)")
ANY = re.compile(r"\b(KEYS|ARGV)\b")


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_the_header_is_a_contract(path: Path) -> None:
    header = header_of(path.read_text())
    assert re.match(rf"-- {path.stem}: \S", header), "the first line says what the verb does"
    for title in ("Returns", "Cost"):
        assert re.search(rf"^-- {title}\s+\S", header, re.MULTILINE), f"{title} is missing"


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_the_header_names_what_the_body_uses(path: Path) -> None:
    text = path.read_text()
    declared = {(kind, int(number)) for kind, number, _ in ROW.findall(header_of(text))}
    endless = {kind for kind, _, more in ROW.findall(header_of(text)) if more}
    body = without_comments(text)
    used = {(kind, int(number)) for kind, number in USED.findall(body)}
    for kind, first in SPREAD.findall(body):
        assert kind in endless, f"{kind} is spread, so its last row must end in …"
        used |= {one for one in declared if one[0] == kind and one[1] >= int(first)}
    # The door sends run_id with every call; a script that is always safe need not look at it.
    fence = {("ARGV", 1)} if re.search(r"^-- ARGV\[1\].*\brun_id\b", text, re.MULTILINE) else set()
    assert used <= declared
    assert declared - used <= fence
    assert len(ANY.findall(body)) == len(USED.findall(body)) + len(SPREAD.findall(body)), "an index that cannot be read"


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_the_rows_count_from_one(path: Path) -> None:
    for kind in ("KEYS", "ARGV"):
        numbers = [int(number) for found, number, _ in ROW.findall(header_of(path.read_text())) if found == kind]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", PARTS, ids=name_of)
def test_a_part_is_told_everything(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("-- "), "a part begins with what it is for"
    assert not ANY.search(without_comments(text)), "a part gets its keys as arguments"


def header_of(text: str) -> str:
    return "\n".join(
        text.splitlines()[: next(i for i, line in enumerate(text.splitlines()) if not line.startswith("--"))]
    )


def without_comments(text: str) -> str:
    return re.sub(r"--.*", "", text)
