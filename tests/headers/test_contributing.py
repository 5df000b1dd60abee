"""The page for contributors names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import ROOT

PAGE = "docs/contributing/README.md"
FOLDERS = (".ci", "docs", "drivers", "examples", "include", "lib", "python", "tests")
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
SUFFIXES = (".cpp", ".hpp", ".h", ".py", ".jl", ".sh", ".md", ".toml")
# Names that stand for others, and what only a build makes.
EXAMPLES = re.compile(r"recording|shutter|[A-Z]{3,}|^build/")
# Files of the recipes of libraries, of which there may be none.
OF_RECIPES = ("recipe.sh", "patches/")


def missing(root: Path, page: str) -> list[str]:
    """Lists each path of a page that is not there, with its line.

    A name without a folder is looked for beside the path before it in a row, else anywhere.
    """
    folders = {folder for folder in FOLDERS if (root / folder).is_dir()}
    names = {p.name for folder in folders for p in (root / folder).rglob("*")}
    found = []
    for number, line in enumerate(page.splitlines(), 1):
        beside = root
        for path in PATH.findall(line):
            if EXAMPLES.search(path) or path in OF_RECIPES:
                continue
            if "/" in path and path.split("/")[0] in folders:
                beside = (root / path).parent
                exists = (root / path).exists()
            elif path.endswith(SUFFIXES):
                is_beside = line.startswith("|") and beside != root
                exists = (beside / path).exists() if is_beside else path in names
            else:
                continue
            if not exists:
                found.append(f"{number}: {path}")
    return found


def test_each_path_is_there() -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    assert len(PATH.findall(page)) > 50
    assert missing(ROOT, page) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("| `lib/a.cpp`, `b.cpp` | x |", []),
        ("| `lib/a.cpp`, `c.cpp` | x |", ["1: c.cpp"]),
        ("| `lib/gone.cpp` | x |", ["1: lib/gone.cpp"]),
        ("see `deep/`, `lib/deep/`", []),
        ("see `lib/gone/`", ["1: lib/gone/"]),
        ("see `d.py` and `e.py`", ["1: e.py"]),
        ("see `lib/abi/recording.cpp`, `lib/ROOM/x.hpp`, `build/logs`, `tcp:host:port`", []),
    ],
)
def test_a_path_that_is_gone_is_told(tmp_path: Path, line: str, told: list[str]) -> None:
    for name in ("lib/a.cpp", "lib/b.cpp", "lib/deep/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    assert missing(tmp_path, line) == told
