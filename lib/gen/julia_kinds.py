"""Writes examples/julia/Alidade/src/kinds.jl: the Julia type of each kind of handle.

The types say it themselves: `mutable struct Queue <: Object` with `handle::Ptr{ald_queue}`. A noun
that has none gets a plain one, so that a value may hold its handle.
"""

from __future__ import annotations

import re
from pathlib import Path

from .model import Library
from .nouns import ERROR, Noun, nouns
from .output import NOTICE
from .problems import SourceError

SOURCES = "examples/julia/Alidade/src"
FILE = f"{SOURCES}/kinds.jl"
GENERATED = (FILE, f"{SOURCES}/generated.jl")
_TYPE = re.compile(
    r"^mutable struct (?P<type>\w+) <: (?:\w+\.)*Object\n"
    r"(?:    .*\n)*?    handle::Ptr\{ald_(?P<noun>\w+)\}$",
    re.MULTILINE,
)


def render(library: Library, root: Path) -> dict[str, str]:
    """The file's text by its path; nothing where there is no package."""
    if not (root / SOURCES / "handles.jl").is_file():
        return {}
    types = _types(root)
    known = {noun.name for noun in nouns(library)}
    for noun, type_ in types.items():
        if noun not in known:
            raise SourceError(f"{SOURCES}: {type_} is of no kind: there is no ald_{noun}")
    every = [noun for noun in nouns(library) if noun.name != ERROR]
    plain = "\n".join(_plain(library, noun) for noun in every if noun.name not in types)
    unrefs = "".join(
        f"unref(handle::Ptr{{{n.handle}}}) = {n.handle}_unref(handle)\n" for n in every
    )
    branches = "".join(
        f"    kind == {noun.constant.name} && "
        f"return {types.get(noun.name, noun.class_name)}(Ptr{{{noun.handle}}}(handle))\n"
        for noun in every
    )
    return {
        FILE: f"""\
# {NOTICE}

{plain}
# Gives a reference back.
{unrefs}
# The Julia object of an owned handle of any kind. An error becomes its exception.
function object(handle::Ptr{{Cvoid}})
    kind = ald_handle_kind(handle)
    kind == ALD_KIND_ERROR &&
        return AlidadeError(ald_error_code(Ptr{{ald_error}}(handle)), Ptr{{ald_error}}(handle))
{branches}    unref_any(handle)
    throw(
        ArgumentError("this package is older than the library: no type for handles of kind $kind"),
    )
end
"""
    }


def _types(root: Path) -> dict[str, str]:
    """The Julia types by their nouns; those of a room's module with its name before."""
    found = {}
    for path in sorted((root / SOURCES).rglob("*.jl")):
        if path.relative_to(root).as_posix() in GENERATED:
            continue
        room = path.parent.relative_to(root / SOURCES).as_posix()
        for match in _TYPE.finditer(path.read_text("utf-8")):
            found[match["noun"]] = match["type"] if room == "." else f"{room}.{match['type']}"
    return found


def _plain(library: Library, noun: Noun) -> str:
    return (
        f'"""{library.types[noun.handle].doc.paragraph}"""\n'
        f"mutable struct {noun.class_name} <: Object\n"
        f"    handle::Ptr{{{noun.handle}}}\n"
        f"    {noun.class_name}(handle::Ptr{{{noun.handle}}}) = owned(new(handle))\n"
        "end\n"
    )
