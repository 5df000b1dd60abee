"""Modules of the Python package import no circles, functions' imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "python" / "alidade"


def imported(module: str, text: str, modules: set[str]) -> set[str]:
    """What of a package a module imports, in functions too; not what only type checkers see."""
    tree = ast.parse(text)
    unseen = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for part in ast.walk(statement)
    }
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level or node in unseen:
            continue
        above = module.split(".")[: -node.level]
        source = ".".join([*above, *([node.module] if node.module else [])])
        for part in node.names:
            inner = f"{source}.{part.name}".lstrip(".")
            found.add(inner if inner in modules else source)
    return found & modules


def imports_of(package: Path) -> dict[str, set[str]]:
    """The modules of a package, each with those that it imports."""
    texts = {
        ".".join(path.relative_to(package).with_suffix("").parts): path.read_text("utf-8")
        for path in sorted(package.rglob("*.py"))
    }
    return {name: imported(name, text, set(texts)) for name, text in texts.items()}


def circles(graph: Mapping[str, set[str]]) -> Iterator[str]:
    """Each circle, as "a -> b -> a"; at least one of every knot."""
    done: set[str] = set()

    def walk(way: list[str]) -> Iterator[str]:
        if way[-1] in way[:-1]:
            yield " -> ".join(way[way.index(way[-1]) :])
            return
        if way[-1] in done:
            return
        for other in sorted(graph[way[-1]]):
            yield from walk([*way, other])
        done.add(way[-1])

    for name in sorted(graph):
        yield from walk([name])


def test_the_package_imports_no_circle() -> None:
    graph = imports_of(PACKAGE)
    assert {"devices", "labs", "movables", "aio.devices", "cli._experiments"} <= graph.keys()
    assert "devices" in graph["movables"]
    assert "labs" in graph["aio.labs"]
    assert list(circles(graph)) == []


@pytest.mark.parametrize(
    "inside",
    ["from .b import B\n", "def f():\n    from .b import B\n", "from . import b\n"],
)
def test_a_circle_is_named(tmp_path: Path, inside: str) -> None:
    (tmp_path / "a.py").write_text(inside, "utf-8")
    (tmp_path / "b.py").write_text(
        "class C:\n    def g(self):\n        from .c import C\n", "utf-8"
    )
    (tmp_path / "c.py").write_text("from .a import A\n", "utf-8")
    assert list(circles(imports_of(tmp_path))) == ["a -> b -> c -> a"]


def test_what_type_checkers_import_is_no_circle(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("if TYPE_CHECKING:\n    from .b import B\n", "utf-8")
    (tmp_path / "b.py").write_text("from .a import A\n", "utf-8")
    assert list(circles(imports_of(tmp_path))) == []
