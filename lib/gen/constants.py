"""Writes python/alidade/_constants.py: the constants as enums that type checkers know."""

from __future__ import annotations

from .model import Enum, Library
from .output import NOTICE, wrap

_HEAD = f'''# {NOTICE}
"""The constants of the C headers.

An enum of the headers is an `IntEnum`, an enum of flags an `IntFlag`, a lone constant an int. Enums
print as words: "disconnected", "starts|moves". The library may be newer than this file: a number
that it returns need not be listed here.
"""

from typing import Final

from ._enums import WordEnum, WordFlag
'''


def render(library: Library) -> str:
    """The module's text."""
    singles = [enum for enum in library.enums if enum.is_single]
    groups = sorted(
        (enum for enum in library.enums if not enum.is_single), key=lambda enum: enum.class_name
    )
    names = [
        *(enum.short_name(enum.constants[0]) for enum in singles),
        *(enum.class_name for enum in groups),
    ]
    exported = "".join(f'    "{name}",\n' for name in sorted(names, key=_constants_first))
    parts = [_HEAD, f"__all__ = [\n{exported}]\n", *map(_single, singles)]
    parts += ["\n" + _group(enum) for enum in groups]
    return "\n".join(parts)


def _constants_first(name: str) -> tuple[bool, str]:
    return not name.isupper(), name


def _single(enum: Enum) -> str:
    constant = enum.constants[0]
    return f"{enum.short_name(constant)}: Final = {constant.value}\n" + _docstring(
        enum.doc.paragraph
    )


def _group(enum: Enum) -> str:
    base = "WordFlag" if enum.is_flags else "WordEnum"
    lines = [f"class {enum.class_name}({base}):\n", _docstring(enum.doc.paragraph, "    "), "\n"]
    for constant in enum.constants:
        lines.append(f"    {enum.short_name(constant)} = {constant.value}\n")
        if constant.doc.text:
            lines.append(_docstring(constant.doc.paragraph, "    "))
    return "".join(lines)


def _docstring(text: str, indent: str = "") -> str:
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    filled = wrap(f'"""{escaped}"""', indent)
    if "\n" not in filled:
        return filled + "\n"
    return wrap(f'"""{escaped}', indent) + f'\n{indent}"""\n'
