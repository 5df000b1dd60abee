"""Names of C in messages: each has its words for Python, Julia and a shell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from gen import message_names
from gen.model import Library

# A literal that is no name alone (a symbol, a header), and the names in it.
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_NAME = re.compile(r"\b(?:ald_\w+|ALD_[A-Z_]+(?:<X>)?)")
# Symbols that drivers export are the same for all callers.
_SYMBOLS = re.compile(r"ald_driver_v")


def names_in_messages(root: Path) -> Iterator[tuple[str, str]]:
    """Names of C in texts of the library and of drivers, with file and line."""
    for folder in ("lib", "drivers"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if line.lstrip().startswith(("#", "//", "case ALD_KIND_")):
                    continue
                for literal in _LITERAL.findall(line):
                    for name in _NAME.findall(literal):
                        if re.search(r"[ (<]|^ald_", literal):
                            yield name, f"{path.relative_to(root)}:{number}"


def test_every_name_has_its_words(root: Path) -> None:
    known = {one.c for one in message_names.NAMES} | set(message_names.ONLY_IN_C)
    found = list(names_in_messages(root))
    assert len(found) > 20, "the search finds nothing any more"
    missing = [
        f"{where}: {name} needs a row in lib/gen/message_names.py"
        for name, where in found
        if name not in known and not _SYMBOLS.match(name)
    ]
    assert not missing, "\n".join(missing)


def test_no_name_is_kept_that_no_message_has(root: Path) -> None:
    found = {name for name, _ in names_in_messages(root)}
    known = {one.c for one in message_names.NAMES} | set(message_names.ONLY_IN_C)
    assert known <= found


def test_functions_are_those_of_the_headers(library: Library) -> None:
    there = {function.name for function in library.functions} | set(library.types)
    named = {one.c for one in message_names.NAMES if one.c.startswith("ald_")}
    assert named <= there


def test_what_python_calls_them_is_there(root: Path) -> None:
    homes = ast.parse((root / "python/alidade/_names.py").read_text("utf-8"))
    public = {node.value for node in ast.walk(homes) if isinstance(node, ast.Constant)}
    for one in message_names.NAMES:
        called = re.fullmatch(r"(?:alidade\.)?(\w+)(?:\.(\w+))?\(\)", one.python)
        if called:
            assert called[1] in public, one
            assert not called[2] or f"def {called[2]}" in "".join(
                path.read_text("utf-8") for path in (root / "python/alidade").glob("*.py")
            ), one
