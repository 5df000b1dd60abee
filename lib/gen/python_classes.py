"""Writes python/alidade/_classes.py: which class of the package stands for what.

The classes say it themselves: `class Queue(Handle, type="queue")` for a kind of handle, and
`class Movable(Device, capability="movable")` for the devices with a capability.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .model import Library
from .nouns import ERROR, nouns
from .output import NOTICE
from .problems import SourceError

PACKAGE = "python/alidade"
FILE = f"{PACKAGE}/_classes.py"
_HEAD = f'''\
# {NOTICE}
"""The class for each kind of handle, and the modules of the classes of capabilities."""

from typing import Final

'''


def render(library: Library, root: Path) -> dict[str, str]:
    """The module's text by its path; nothing where there is no package."""
    if not (root / PACKAGE / "_handle.py").is_file():
        return {}
    return {FILE: f"{_HEAD}{_kinds(library, root / PACKAGE)}\n{_capabilities(root / PACKAGE)}"}


def _kinds(library: Library, package: Path) -> str:
    classes = {kind: (module, name) for kind, module, name in _keywords(package, "type")}
    lines = []
    for noun in nouns(library):
        if noun.name == ERROR:
            continue
        if noun.name not in classes:
            raise SourceError(
                f"{noun.constant.place}: {PACKAGE} has no class for {noun.handle}; write "
                f'`class {noun.class_name}(Handle, type="{noun.name}")`'
            )
        module, name = classes.pop(noun.name)
        lines.append(f'    {noun.constant.value}: ("{module}", "{name}"),\n')
    for kind, (module, name) in classes.items():
        raise SourceError(f"{PACKAGE}/{module}: {name} is of no kind: there is no ald_{kind}")
    return f"CLASSES: Final = {{\n{''.join(lines)}}}\n"


def _capabilities(package: Path) -> str:
    modules: dict[tuple[str, ...], str] = {}
    for value, module, name in _keywords(package, "capability"):
        key = (value,) if isinstance(value, str) else tuple(sorted(value))
        if key in modules:
            raise SourceError(
                f"{PACKAGE}/{module}: {name}: {modules[key]} has the class for {' and '.join(key)}"
            )
        modules[key] = module
    lines = [
        f"    ({', '.join(map(_quoted, key))}{',' if len(key) == 1 else ''}): {_quoted(module)},\n"
        for key, module in sorted(modules.items())
    ]
    return (
        "# The module of the class for devices with a capability, or with all of several.\n"
        f"CAPABILITIES: Final[dict[tuple[str, ...], str]] = {{\n{''.join(lines)}}}\n"
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


def _keywords(package: Path, keyword: str) -> Iterator[tuple[Any, str, str]]:
    """Finds classes with a keyword: its value, the module and the class."""
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).with_suffix("")
        if module.parts[0] == "aio":  # its classes derive from those that say it
            continue
        for node in ast.parse(path.read_text("utf-8"), str(path)).body:
            for given in node.keywords if isinstance(node, ast.ClassDef) else ():
                if given.arg == keyword:
                    assert isinstance(node, ast.ClassDef)
                    yield ast.literal_eval(given.value), ".".join(module.parts), node.name
