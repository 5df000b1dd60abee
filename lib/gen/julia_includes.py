"""Writes which files the Julia package is made of, and the modules of its rooms.

`includes.jl` includes every file of the package that Alidade.jl does not itself include before, so
that a new noun is a new file. A room `compose` is the module `Alidade.Compose`, of the files in
`src/Compose/`. Each file exports its own names.
"""

from __future__ import annotations

import re
from pathlib import Path

from . import rooms
from .julia_kinds import FILE as KINDS
from .julia_kinds import SOURCES
from .julia_properties import FILE as PROPERTIES
from .model import Library
from .output import NOTICE, wrap
from .rooms import Room

FILE = f"{SOURCES}/includes.jl"
_MAIN = "Alidade.jl"
_INCLUDE = re.compile(r'^include\("([\w/]+\.jl)"\)', re.MULTILINE)
# Definitions: words at the beginning of a line that give a name a meaning.
_DEFINED = re.compile(
    r"^(?:(?:mutable struct|struct|abstract type|const|function|macro) (?P<word>[\w!]+)"
    r"|(?P<short>[\w!]+)\([^\n]*\)(?: where \S+)? =)",
    re.MULTILINE,
)


def render(library: Library, root: Path) -> dict[str, str]:
    """The texts by their paths; nothing where there is no package."""
    sources = root / SOURCES
    if not (sources / "handles.jl").is_file():
        return {}
    present = [room for room in rooms.ROOMS if (sources / room.module).is_dir()]
    modules = {f"{room.module}.jl": room for room in present}
    first = _INCLUDE.findall((sources / _MAIN).read_text("utf-8"))
    last = [Path(path).name for path in (PROPERTIES, KINDS)]
    made = {Path(FILE).name, *last, _MAIN, *modules}
    others = [path.name for path in sorted(sources.glob("*.jl")) if path.name not in made]
    files = [name for name in others if name not in first]
    listed = "".join(f'include("{name}")\n' for name in [*files, *modules, *last])
    found = {FILE: f"# {NOTICE}\n{listed}"}
    defined = _names_of_parent(library, [sources / name for name in others])
    for name, room in modules.items():
        found[f"{SOURCES}/{name}"] = _module(room, sources, defined)
    return found


def _names_of_parent(library: Library, files: list[Path]) -> set[str]:
    """Every name that Alidade defines."""
    names = {item.name for item in library.functions} | set(library.types)
    names |= {constant.name for constant in library.constants}
    for path in files:
        for match in _DEFINED.finditer(path.read_text("utf-8")):
            names.add(match["word"] or match["short"])
    return names


def _module(room: Room, sources: Path, defined: set[str]) -> str:
    files = sorted((sources / room.module).glob("*.jl"))
    texts = [path.read_text("utf-8") for path in files]
    words = {word for text in texts for word in re.findall(r"[\w!]+", text)}
    own = {match["word"] or match["short"] for text in texts for match in _DEFINED.finditer(text)}
    used = sorted(words & defined - own)
    using = wrap(f"using ..Alidade: {', '.join(used)}", "    ", "", 92) + "\n" if used else ""
    includes = "".join(f'include("{room.module}/{path.name}")\n' for path in files)
    return (
        f'# {NOTICE}\n"""{room.doc}"""\nmodule {room.module}\n\nusing ..Alidade\n{using}\n'
        f"{includes}\nend\n"
    )
