"""Writes the lists of the public headers: what alidade.h includes, what Meson installs."""

from __future__ import annotations

from pathlib import Path

from .model import Library
from .output import NOTICE, with_region

FILE = "include/alidade.h"
INSTALLED = "include/alidade/meson.build"
# Headers that only drivers include.
_APART = frozenset({"driver"})
# C++ on top, by hand and generated.
_CPP = ("alidade.hpp", "handles.hpp")


def render(library: Library, root: Path) -> dict[str, str]:
    """The texts by their paths."""
    names = sorted(header.name for header in library.headers)
    includes = [f"#include <alidade/{name}.h>\n" for name in names if name not in _APART]
    files = sorted([*_CPP, *(f"{name}.h" for name in names)])
    installed = "".join(f"  '{name}',\n" for name in files)
    return {
        FILE: with_region(root / FILE, "the list of headers", "".join(includes)),
        INSTALLED: f"# {NOTICE}\ninstall_data(\n{installed}"
        "  install_dir: include_folder / 'alidade', install_tag: devel_tag)\n",
    }
