"""Writes what lib/ knows of kinds, and the exported functions that are the same for each noun.

A function that stands in a file of lib/abi/ by hand is not written: an `_init` whose defaults are
computed is one.
"""

from __future__ import annotations

import re
from pathlib import Path

from .model import Library, Struct
from .nouns import Noun, nouns
from .output import NOTICE

KINDS = "lib/base/boundary/kinds.hpp"
ABI = "lib/abi"
SKINS = f"{ABI}/skins.cpp"
_DEFINED = re.compile(r"^\w[\w ]*?[ *](ald_\w+)\(", re.MULTILINE)


def render(library: Library, root: Path) -> dict[str, str]:
    """The texts by their paths; nothing where there is no library."""
    if not (root / ABI).is_dir():
        return {}
    return {KINDS: _kinds(nouns(library)), SKINS: _skins(library, root)}


def _kinds(every: tuple[Noun, ...]) -> str:
    classes = "".join(f"class {noun.behind};\n" for noun in every)
    behind = "".join(
        f"template <> struct behind<{noun.handle}> {{ using type = {noun.behind}; }};\n"
        for noun in every
    )
    kind_of = "".join(
        f"template <> inline constexpr ald_kind kind_of<{noun.handle}> = {noun.constant.name};\n"
        for noun in every
    )
    names = "".join(
        f'    case {noun.constant.name}: return "{noun.with_article}";\n' for noun in every
    )
    return f"""\
// {NOTICE}
// clang-format off
//
// The class behind each handle of the C interface, and the kind that its tokens carry. Names alone:
// the classes stand in rooms above, and only who calls with a handle needs to know its class.
#pragma once

#include <alidade.h>

#include <type_traits>

namespace alidade {{

{classes}
// The class behind each handle of the C interface.
template <class Handle> struct behind;
{behind}
template <class Handle> using object_of = typename behind<std::remove_const_t<Handle>>::type;

template <class Handle> inline constexpr ald_kind kind_of = ALD_KIND_NONE;
{kind_of}
// For messages: "an ald_queue".
[[nodiscard]] constexpr const char *kind_name(ald_kind kind) noexcept {{
    switch (kind) {{
{names}    default: return "nothing";
    }}
}}

}} // namespace alidade
"""


def _skins(library: Library, root: Path) -> str:
    by_hand = {
        name
        for path in sorted((root / ABI).glob("*.cpp"))
        if path.name != Path(SKINS).name
        for name in _DEFINED.findall(path.read_text("utf-8"))
    }
    counting = []
    for noun in nouns(library):
        for verb, does in (("ref", "take_reference"), ("unref", "drop_reference")):
            name = f"{noun.handle}_{verb}"
            if name not in by_hand:
                counting.append(f"void {name}(const {noun.handle} *h) noexcept {{ {does}(h); }}\n")
    initial = []
    for struct in library.structs:
        name = f"{struct.name}_init"
        if name not in by_hand and any(function.name == name for function in library.functions):
            initial.append(_init(struct, name))
    return (
        f'// {NOTICE}\n// clang-format off\n#include "base/boundary/guard.hpp"\n'
        '#include "base/boundary/records.hpp"\n\n#include <limits>\n\n'
        f"using namespace alidade;\n\n{''.join(counting)}\n{''.join(initial)}"
    )


def _init(struct: Struct, name: str) -> str:
    set_ = "".join(
        f"    defaults.{member.name} = {_number(member.doc.default)};\n"
        for member in struct.fields
        if member.doc.default
    )
    return (
        f"void {name}({struct.name} *record, uint32_t struct_size) noexcept {{\n"
        f"    {'' if set_ else 'constexpr '}{struct.name} defaults{{}};\n{set_}"
        "    init_record(record, struct_size, defaults);\n}\n"
    )


def _number(default: str) -> str:
    return "std::numeric_limits<double>::quiet_NaN()" if default == "NaN" else default
