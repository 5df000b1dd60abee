"""Writes the linker's version script and the table of symbols with the version they came in."""

from __future__ import annotations

from .model import Library
from .output import NOTICE


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def render_map(library: Library) -> str:
    """lib/alidade.map: one node per minor version, each built on the one before."""
    versions = sorted({function.since for function in library.functions}, key=_number)
    nodes = []
    before = ""
    for version in versions:
        names = sorted(item.name for item in library.functions if item.since == version)
        exported = "".join(f"        {name};\n" for name in names)
        # Hide all names that no node names; one node has to say so.
        hidden = "" if before else "    local:\n        *;\n"
        nodes.append(f"ALIDADE_{version} {{\n    global:\n{exported}{hidden}}}{before};\n")
        before = f" ALIDADE_{version}"
    return f"/* {NOTICE} */\n" + "\n".join(nodes)


def render_table(library: Library) -> str:
    """docs/symbols-in-versions: every name of the headers and the version it came in."""
    rows = {
        item.name: item.since
        for item in (*library.functions, *library.types.values(), *library.constants)
    }
    width = max(map(len, rows), default=0)
    lines = [f"{name:{width}}  {rows[name]}\n" for name in sorted(rows)]
    return (
        f"# {NOTICE}\n"
        "# Every function, type and constant of the public headers, and the version it came in.\n"
        f"# {'Name':{max(width - 2, 0)}}  Since\n" + "".join(lines)
    )
