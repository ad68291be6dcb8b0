"""The files of this checkout that are ours: tracked or about to be, generated ones left out."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"migrations", "staticfiles", "node_modules", "__pycache__"}
ROOMS = ("config", "front", "sales", "bookings", "auctions", "mazes", "accounts", "core", "tests", "deploy", "docs")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(suffix: str = "") -> list[Path]:
    """Ours, by the end of their names."""
    return sorted(one for one in _walk(ROOT) if one.name.endswith(suffix))


def _walk(folder: Path) -> Iterator[Path]:
    for one in folder.iterdir():
        if one.is_dir():
            if not one.name.startswith(".") and one.name not in LEFT_OUT:
                yield from _walk(one)
        elif not one.name.startswith("."):
            yield one


def functions() -> Iterator[tuple[Path, Function]]:
    """Every function and method, with the file it stands in."""
    for path in files(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield path, node


def name_of(path: Path) -> str:
    """The path as a reader knows it."""
    return path.relative_to(ROOT).as_posix()
