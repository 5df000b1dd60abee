"""Writes the registry of capabilities: one of each source in lib/device/capabilities."""

from __future__ import annotations

from pathlib import Path

from .output import NOTICE

FOLDER = "lib/device/capabilities"
FILE = f"{FOLDER}/records.hpp"


def render(root: Path) -> dict[str, str]:
    """The header that declares their records and lists them in the order of their names."""
    names = sorted(path.stem for path in (root / FOLDER).glob("*.cpp"))
    declared = "".join(
        f"namespace {name} {{ extern const capability record; }}\n" for name in names
    )
    listed = "".join(f"    &{name}::record,\n" for name in names)
    text = f"""// The records of all capabilities. {NOTICE}
// clang-format off
#pragma once

#include "device/capability.hpp"

namespace alidade::capabilities {{

{declared}
inline constexpr const capability *in_order[] = {{
{listed}}};

}} // namespace alidade::capabilities
"""
    return {FILE: text}
