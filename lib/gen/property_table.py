"""Writes the table of properties in docs/cameras.md."""

from __future__ import annotations

from pathlib import Path

from .device_properties import PROPERTIES
from .output import with_region

FILE = "docs/cameras.md"
_NAME = "the properties"


def render(root: Path) -> dict[str, str]:
    """The page by its path; nothing where there is none."""
    if not (root / FILE).is_file():
        return {}
    rows = ["| property | capability | unit | |\n", "|---|---|---|---|\n"]
    for one in PROPERTIES:
        more = [one.choices.replace('"', "`")] if one.choices else []
        more += [one.note] if one.note else []
        more += [] if one.argument else ["read only"]
        doc = "; ".join([one.doc, *more])
        rows.append(f"| `{one.name}` | `{one.capability}` | {one.unit} | {doc} |\n")
    return {FILE: with_region(root / FILE, _NAME, "".join(rows))}
