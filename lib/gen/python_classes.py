"""Writes python/alidade/_classes.py: which class of the package stands for each kind of handle.

The classes say it themselves: `class Queue(Handle, type="queue")`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from .model import Library
from .nouns import ERROR, nouns
from .output import NOTICE
from .problems import SourceError

PACKAGE = "python/alidade"
FILE = f"{PACKAGE}/_classes.py"
_HEAD = f'''\
# {NOTICE}
"""The class for each kind of handle, and the module where it is."""

from typing import Final

'''


def render(library: Library, root: Path) -> dict[str, str]:
    """The module's text by its path; nothing where there is no package."""
    if not (root / PACKAGE / "_handle.py").is_file():
        return {}
    classes = dict(_classes(root / PACKAGE))
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
    return {FILE: f"{_HEAD}CLASSES: Final = {{\n{''.join(lines)}}}\n"}


def _classes(package: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """For each class that names a kind: the kind, the module and the class."""
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).with_suffix("")
        if module.parts[0] == "aio":  # its classes derive from those that name it
            continue
        for node in ast.parse(path.read_text("utf-8"), str(path)).body:
            for keyword in node.keywords if isinstance(node, ast.ClassDef) else ():
                if keyword.arg == "type" and isinstance(keyword.value, ast.Constant):
                    assert isinstance(node, ast.ClassDef)
                    yield str(keyword.value.value), (".".join(module.parts), node.name)
