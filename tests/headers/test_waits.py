"""Methods that may wait are marked by `@waits`, so that the asyncio twin awaits them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "python/alidade"


def classes(root: Path) -> dict[str, ast.ClassDef]:
    """The classes of the synchronous package by their names."""
    return {
        node.name: node
        for path in sorted((root / PACKAGE).glob("*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }


def family(known: dict[str, ast.ClassDef], name: str) -> list[ast.ClassDef]:
    """A class and those that it derives from, as far as they are the package's."""
    if name not in known:
        return []
    bases = [base.id for base in known[name].bases if isinstance(base, ast.Name)]
    return [known[name], *(one for base in bases for one in family(known, base))]


def methods(cls: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (node for node in cls.body if isinstance(node, ast.FunctionDef))


def waits(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(mark, ast.Name) and mark.id == "waits" for mark in function.decorator_list
    )


def unmarked(known: dict[str, ast.ClassDef], name: str) -> Iterator[str]:
    """Methods without the mark that call one with it, on the object itself or its base."""
    marked = {f.name for cls in family(known, name) for f in methods(cls) if waits(f)}
    for function in methods(known[name]):
        for node in ast.walk(function) if not waits(function) else ():
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in marked:
                of = called.value.func if isinstance(called.value, ast.Call) else called.value
                if isinstance(of, ast.Name) and of.id in ("self", "super"):
                    yield f"{name}.{function.name} calls {called.attr}: mark it by @waits"


def test_methods_that_call_what_waits_are_marked(root: Path) -> None:
    known = classes(root)
    devices = [name for name in known if any(c.name == "Device" for c in family(known, name))]
    assert {"Movable", "Readable", "Settable", "MockCamera"} <= set(devices)
    assert [told for name in known for told in unmarked(known, name)] == []


def test_one_that_is_not_is_found(root: Path) -> None:
    text = """
class Dimmer(Movable):
    def dim(self, level):
        return self.set("level", level)

    def home(self):
        return super().home()

    @waits
    def marked(self):
        return self.get("level")

    def started(self):
        return self.start_get("level")
"""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.ClassDef)
    found = list(unmarked({**classes(root), "Dimmer": node}, "Dimmer"))
    assert found == [
        "Dimmer.dim calls set: mark it by @waits",
        "Dimmer.home calls home: mark it by @waits",
    ]
