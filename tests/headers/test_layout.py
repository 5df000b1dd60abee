"""The C compiler, cffi and Julia lay the structs out alike, and agree on the constants."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from gen.model import Library

# Of a struct: its size and alignment, then offset and size of each field.
Layout = dict[str, list[tuple[int, int]]]


def parse(text: str) -> tuple[Layout, dict[str, int]]:
    """Takes the text of layout.golden apart: structs and constants."""
    structs: Layout = {}
    constants: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        words = line.split()
        if line.startswith("struct "):
            name = words[1]
            structs[name] = [(int(words[3]), int(words[5]))]
        elif line.startswith("const "):
            constants[words[1]] = int(words[2])
        elif line.startswith("  "):
            structs[name].append((int(words[2]), int(words[4])))
    return structs, constants


def golden(root: Path) -> tuple[Layout, dict[str, int]]:
    return parse((root / "tests" / "abi" / "layout.golden").read_text("utf-8"))


def test_golden_names_everything(root: Path, library: Library) -> None:
    structs, constants = golden(root)
    assert list(structs) == [struct.name for struct in library.structs]
    assert constants == {constant.name: constant.value for constant in library.constants}


def test_no_padding(root: Path) -> None:
    """A member added where padding was would not change struct_size: nobody could tell."""
    for name, ((size, _), *fields) in golden(root)[0].items():
        end = 0
        for offset, length in fields:
            assert offset == end, f"{name} has a hole of {offset - end} bytes at {end}"
            end += length
        assert size == end, f"{name} ends with {size - end} bytes of padding"


def test_cffi_agrees(
    root: Path, library: Library, load_module: Callable[[str], ModuleType]
) -> None:
    ffi = load_module("_ffi").ffi
    structs, constants = golden(root)
    for struct in library.structs:
        expected = [(ffi.sizeof(struct.name), ffi.alignof(struct.name))]
        fields = dict(ffi.typeof(struct.name).fields)
        for member in struct.fields:
            expected.append((fields[member.name].offset, ffi.sizeof(fields[member.name].type)))
        assert structs[struct.name] == expected, struct.name
    for name, value in constants.items():
        assert ffi.integer_const(name) == value


def test_julia_agrees(root: Path, julia: str) -> None:
    script = Path(__file__).parent / "layout.jl"
    printed = subprocess.run(
        [julia, "--startup-file=no", str(script)], check=True, capture_output=True, text=True
    )
    assert parse(printed.stdout) == golden(root)
