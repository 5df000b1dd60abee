"""Standing words of every header, which need not be written: `@param err` and `@since`.

The version that a name came in is in docs/symbols-in-versions from its first day on; a name that is
not there yet comes in the version that is being made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .model import FIRST_VERSION, Declaration, Enum, Function, Header, Item, Library
from .problems import Problem

ERR = "receives an owned error on failure; may be NULL."
TABLE = "docs/symbols-in-versions"


@dataclass(frozen=True)
class Versions:
    """The versions that names came in."""

    known: dict[str, str] = field(default_factory=dict)
    present: str = FIRST_VERSION

    def of(self, name: str) -> str:
        """The version of a name."""
        return self.known.get(name, self.present)


def read_versions(root: Path) -> Versions:
    """Reads the table and the version that is being made."""
    table, build = root / TABLE, root / "meson.build"
    lines = table.read_text("utf-8").splitlines() if table.is_file() else []
    known = dict(line.split() for line in lines if line and not line.startswith("#"))
    found = (
        re.search(r"version: '(\d+\.\d+)", build.read_text("utf-8")) if build.is_file() else None
    )
    return Versions(known, found[1] if found else FIRST_VERSION)


def completed(library: Library, versions: Versions) -> Library:
    """The library with what its headers left unsaid."""
    return Library(tuple(_header(header, versions) for header in library.headers))


def _header(header: Header, versions: Versions) -> Header:
    return replace(header, items=tuple(_item(item, versions) for item in header.items))


def _item(item: Item, versions: Versions) -> Item:
    if isinstance(item, Enum):
        constants = tuple(
            replace(one, doc=replace(one.doc, since=one.doc.since or versions.of(one.name)))
            for one in item.constants
        )
        return replace(item, constants=constants)
    doc = replace(item.doc, since=item.doc.since or versions.of(item.name))
    if isinstance(item, Function) and item.has_error and "err" not in doc.params:
        doc = replace(doc, params={**doc.params, "err": ERR})
    return replace(item, doc=doc)


def check_versions(library: Library, versions: Versions) -> Iterator[Problem]:
    """Checks that no name says another version than it came in."""
    for item in library.items():
        named: tuple[Declaration, ...] = item.constants if isinstance(item, Enum) else (item,)
        for one in named:
            known = versions.known.get(one.name)
            if one.doc.since and known and known != one.doc.since:
                text = f"{one.name}: @since {one.doc.since}, but {TABLE} has {known}"
                yield Problem(one.place, text)
