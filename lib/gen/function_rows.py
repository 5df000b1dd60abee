"""Writes what tests/capi knows of every function and every kind of handle.

A row calls a function with arguments of the right types and knows what a bad handle must give: a
status, the answer that `@return` tells, or nothing. So the tests hold the documentation to it.
"""

from __future__ import annotations

from .model import Function, Library
from .nouns import Noun, nouns
from .output import NOTICE

ROWS = "tests/capi/function_rows.inc"
KINDS = "tests/capi/kinds.hpp"


def render(library: Library) -> dict[str, str]:
    """The texts by their paths."""
    rows = []
    for header in library.headers:
        functions = [item for item in header.items if isinstance(item, Function)]
        if functions:
            rows.append(f"\n// {header.path}\n")
        rows += [f"{_row(library, function)},\n" for function in functions]
    return {ROWS: f"// {NOTICE}\n{''.join(rows)}", KINDS: _kinds(library)}


def _row(library: Library, function: Function) -> str:
    handles = library.handles_of(function)
    arguments = [f'"{function.name}"', function.name]
    kind = "lenient"
    if function.has_error:
        kind = "fallible"
    elif library.is_getter(function):
        kind = "getter"
        arguments.append(function.sentinel.replace("NULL", "nullptr"))
    if any(param.type.c() == "const void *" for param in handles):
        arguments.append("addresses::handles")
    row = f"{kind}({', '.join(arguments)})"
    may_be_null = handles and "NULL" in function.doc.params[handles[0].name]
    return f"optional({row})" if may_be_null and kind == "fallible" else row


def _kinds(library: Library) -> str:
    every = nouns(library)
    made = [(noun, _made(library, noun)) for noun in every]
    makers = "".join(f"    {{{noun.constant.name}, {how}}},\n" for noun, how in made if how)
    of_type = "".join(
        "template <> inline constexpr ald_kind "
        f"kind_of_type<{noun.handle}> = {noun.constant.name};\n"
        for noun in every
    )
    listed = "".join(f"    {noun.constant.name},\n" for noun in every)
    counting = "".join(
        f"    {{{noun.constant.name}, {_counts(noun, 'ref')},\n     {_counts(noun, 'unref')}}},\n"
        for noun in every
    )
    return f"""\
// {NOTICE}
// clang-format off
#pragma once

#include <alidade.h>

namespace tests {{

// The kind of a handle from its type.
template <class T> inline constexpr ald_kind kind_of_type = ALD_KIND_NONE;
{of_type}
inline constexpr ald_kind every_kind[] = {{
{listed}}};
inline constexpr ald_kind last_kind = every_kind[sizeof every_kind / sizeof *every_kind - 1];

// The two functions of each kind that count references.
struct counting {{
    ald_kind kind;
    void (*ref)(const void *handle);
    void (*unref)(const void *handle);
}};
inline constexpr counting counting_of_kinds[] = {{
{counting}}};

// One new object of each kind that is made of nothing but a name and options.
struct maker {{
    ald_kind kind;
    void (*make)(void **out);
}};
inline constexpr maker plain_makers[] = {{
{makers}}};

}} // namespace tests
"""


def _made(library: Library, noun: Noun) -> str:
    """Calls a noun's `_new`, if it wants a name at most; "" otherwise."""
    name = f"{noun.handle}_new"
    function = next((one for one in library.functions if one.name == name), None)
    if function is None:
        return ""
    *inputs, out, _ = [param.type.c() for param in function.params]
    plain = {"const char *": '"x"', f"const {noun.handle}_options *": "nullptr"}
    if out != f"{noun.handle} **" or not all(type_ in plain for type_ in inputs):
        return ""
    arguments = [plain[type_] for type_ in inputs]
    arguments += [f"reinterpret_cast<{noun.handle} **>(out)", "nullptr"]
    return f"[](void **out) {{ (void){name}({', '.join(arguments)}); }}"


def _counts(noun: Noun, verb: str) -> str:
    handle = noun.handle
    return f"[](const void *h) {{ {handle}_{verb}(static_cast<const {handle} *>(h)); }}"
