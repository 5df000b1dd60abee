"""Makes the files of a new noun: they build and pass, and are there to be filled.

A noun has one file in each language and one test of each; all else is made of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from . import rooms
from .names import class_name
from .problems import SourceError
from .rooms import Room

_TEMPLATES = Path(__file__).parent / "noun"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def scaffold(root: Path, name: str, folder: str) -> list[str]:
    """Writes the files of a noun and puts it into the lists that are kept by hand.

    Args:
        root: The source tree.
        name: The noun: "recording".
        folder: The folder of lib/ that it goes into: a room, or "base".

    Returns:
        The paths of the files that were written or changed.

    Raises:
        SourceError: A name that is none, or files that are there already.
    """
    if not _NAME.fullmatch(name):
        raise SourceError(f"{name!r} is no noun; expected lower-case letters, as in frame_table")
    if not (root / "lib" / folder / "meson.build").is_file():
        raise SourceError(f"lib/{folder} is no room; it has no meson.build")
    room = next((one for one in rooms.ROOMS if one.name == folder), None)
    words = _words(name, folder, room)
    files = {
        path: _filled((_TEMPLATES / template).read_text("utf-8"), words)
        for template, path in _paths(root, name, folder, room, words["c"]).items()
    }
    for path in files:
        if (root / path).exists():
            raise SourceError(f"{path} is there already; take another name")
    changed = {
        "CHANGELOG.md": _in_changelog(root / "CHANGELOG.md", words["c"]),
        "tests/meson.build": _in_tests(root / "tests/meson.build", name, folder),
    }
    for path, text in (files | changed).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    formatter = shutil.which("clang-format-14")
    if formatter:  # lines are as long as the name is
        sources = [path for path in files if path.endswith((".h", ".hpp", ".cpp"))]
        subprocess.run([formatter, "-i", *sources], cwd=root, check=True)
    return [*files, *changed]


def _words(name: str, folder: str, room: Room | None) -> dict[str, str]:
    c = f"{room.name}_{name}" if room else name
    said = name.replace("_", " ")
    own = class_name(f"ald_{name}")
    imports = f"from alidade import {own}, errors, values"
    modules = "using Alidade"
    if room:
        imports = f"from alidade import errors, values\nfrom alidade.{room.name} import {own}"
        modules += f"\nusing Alidade.{room.module}"
    return {
        "c": c,
        "C": c.upper(),
        "name": name,
        "Class": own,
        "words": said,
        "Words": said.capitalize(),
        "folder": folder,
        "header": c,
        "dots": ".." if room else ".",
        "package": f"alidade.{room.name}" if room else "alidade",
        "Module": f"Alidade.{room.module}" if room else "Alidade",
        "imports": imports,
        "modules": modules,
    }


def _paths(root: Path, name: str, folder: str, room: Room | None, c: str) -> dict[str, str]:
    """Paths of the files that the templates become."""
    unit = f"unit/{folder}" if (root / "tests/unit" / folder).is_dir() else "unit"
    python, julia = (f"{room.name}/", f"{room.module}/") if room else ("", "")
    return {
        "header.h.in": f"include/alidade/{c}.h",
        "object.hpp.in": f"lib/{folder}/{name}.hpp",
        "object.cpp.in": f"lib/{folder}/{name}.cpp",
        "abi.cpp.in": f"lib/abi/{c}.cpp",
        "python.py.in": f"python/alidade/{python}{name}.py",
        "julia.jl.in": f"examples/julia/Alidade/src/{julia}{name}.jl",
        "unit.cpp.in": f"tests/{unit}/test_{name}.cpp",
        "python_test.py.in": f"tests/python/test_{c}.py",
        "julia_test.jl.in": f"tests/julia/test_{c}.jl",
        "page.md.in": f"docs/{c}.md",
    }


def _filled(template: str, words: dict[str, str]) -> str:
    def word(match: re.Match[str]) -> str:
        return words.get(match[1], match[0])

    return re.sub(r"@(\w+?)@", word, template)


def _in_changelog(path: Path, c: str) -> str:
    """A line under the changes of the boundary."""
    text = path.read_text("utf-8")
    line = f"- ABI: the noun `ald_{c}`.\n"
    heading = "### The boundary\n\n"
    if heading not in text:
        raise SourceError(f"{path}: no heading {heading.strip()!r}")
    return text.replace(heading, heading + line, 1)


def _in_tests(path: Path, name: str, folder: str) -> str:
    """The unit test among those of its room."""
    text = path.read_text("utf-8")
    found = re.search(rf"'unit_{folder}': {{\s*'tests': {{\n", text) or re.search(
        r"unit_tests = {\n", text
    )
    if not found:
        raise SourceError(f"{path}: no list of unit tests")
    end = text.index("}", found.end())
    lines = text[found.end() : end].splitlines(keepends=True)
    entries = [line for line in lines if line.strip().startswith("'")]
    indent = entries[0][: entries[0].index("'")] if entries else "  "
    added = f"{indent}'{name}': with_threads,\n"
    place = next((line for line in entries if line.strip() > added.strip()), None)
    at = lines.index(place) if place else len(lines) - (0 if lines[-1].strip() else 1)
    return text[: found.end()] + "".join([*lines[:at], added, *lines[at:]]) + text[end:]
