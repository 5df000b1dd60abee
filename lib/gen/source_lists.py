"""Writes the lists of sources that Meson wants, in files that ask for it by a marked region.

A source that the file names elsewhere, such as one under a condition, is not listed.
"""

from __future__ import annotations

from pathlib import Path

from .output import with_region

MARK = "the list of sources"


def render(root: Path, made: tuple[str, ...]) -> dict[str, str]:
    """The texts by their paths; `made` are sources that are generated, there or not."""
    found = {}
    for build in sorted((root / "lib").glob("*/meson.build")):
        if MARK in build.read_text("utf-8"):
            folder = build.parent
            sources = {path.relative_to(folder).as_posix() for path in folder.rglob("*.cpp")}
            sources |= {
                Path(name).relative_to(folder.relative_to(root)).as_posix()
                for name in made
                if name.startswith(f"{folder.relative_to(root).as_posix()}/")
            }
            elsewhere = with_region(build, MARK, "")
            listed = "".join(
                f"  '{name}',\n" for name in sorted(sources) if f"'{name}'" not in elsewhere
            )
            name = build.relative_to(root).as_posix()
            found[name] = with_region(build, MARK, listed)
    return found
