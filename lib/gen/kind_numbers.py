"""Numbers the kinds: a handle whose header declares `_ref` and `_unref` gets the next number.

The numbers stand in base.h, where they stay: what has one keeps it.
"""

from __future__ import annotations

from pathlib import Path

from .model import Handle, Library
from .nouns import nouns
from .output import with_region

FILE = "include/alidade/base.h"


def missing(library: Library) -> list[str]:
    """The handles that count references and have no kind yet, in the order of the headers."""
    functions = {function.name for function in library.functions}
    known = {noun.handle for noun in nouns(library)}
    return [
        item.name
        for item in library.items()
        if isinstance(item, Handle)
        and item.name not in known
        and {f"{item.name}_ref", f"{item.name}_unref"} <= functions
    ]


def numbered(library: Library, root: Path) -> str:
    """The text of base.h with a number for each kind."""
    kinds = [(noun.handle, noun.constant.value) for noun in nouns(library)]
    for handle in missing(library):
        kinds.append((handle, max((number for _, number in kinds), default=0) + 1))
    lines = [
        f"    /** `{handle}` */\n    ALD_KIND_{handle.removeprefix('ald_').upper()} = {number}"
        for handle, number in kinds
    ]
    return with_region(root / FILE, "the kinds", ",\n".join(lines) + "\n")
