"""Writes tests/abi/layout.golden: how the C compiler lays the structs out, and the constants.

The compiler is asked, not modelled: a generated program prints what sizeof and offsetof say.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from .model import Library, Struct
from .output import NOTICE

_HEAD = f"""\
# {NOTICE}
# struct <name> size <bytes> align <bytes>, then its fields: <name> offset <bytes> size <bytes>;
# const <name> <number>. 64-bit Linux has this layout everywhere.
"""


def program(library: Library) -> str:
    """A C99 program that prints the layout."""
    includes = "".join(f"#include <alidade/{header.name}.h>\n" for header in library.headers)
    structs = "".join(map(_print_struct, library.structs))
    constants = "".join(
        f'    printf("const {constant.name} %d\\n", {constant.name});\n'
        for constant in library.constants
    )
    return (
        "#include <stddef.h>\n#include <stdio.h>\n"
        f"{includes}\nint main(void) {{\n{structs}{constants}    return 0;\n}}\n"
    )


def _print_struct(struct: Struct) -> str:
    name = struct.name
    align = f"offsetof(struct {{ char c; {name} x; }}, x)"  # C99 has no alignof
    text = f'    printf("struct {name} size %zu align %zu\\n", sizeof({name}), {align});\n'
    for member in struct.fields:
        text += (
            f'    printf("  {member.name} offset %zu size %zu\\n", '
            f"offsetof({name}, {member.name}), sizeof((({name} *)0)->{member.name}));\n"
        )
    return text


def render(library: Library, include: Path) -> str:
    """The golden file's text; `include` is the folder above alidade/. Uses $CC, or cc."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "layout.c")
        source.write_text(program(library), "utf-8")
        binary = Path(folder, "layout")
        flags = ["-std=c99", "-O0", f"-I{include}", "-o", str(binary), str(source)]
        try:
            subprocess.run([*compiler, *flags], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{compiler[0]} refuses the headers:\n{error.stderr}") from error
        printed = subprocess.run([str(binary)], check=True, capture_output=True, text=True)
    return _HEAD + printed.stdout
