"""Writes python/alidade/_ffi.py, cffi's out-of-line form of the declarations (ABI mode).

cffi parses the declarations a second time, with pycparser, so that two parsers agree on each.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import tempfile
from pathlib import Path
from typing import Any

from .model import Handle, Library
from .output import NOTICE

MODULE = "alidade._ffi"


def declarations(library: Library) -> str:
    """All that cffi needs to know, as plain C."""
    # Opaque names first: headers that need each other use them before they declare them.
    opaque = [item for item in library.items() if isinstance(item, Handle)]
    lines = [item.c() for item in opaque]
    lines += [
        f"typedef struct {item.name} {item.name};" for item in library.structs if item.forward
    ]
    lines += [item.c() for item in library.items() if not isinstance(item, Handle)]
    return "\n".join(lines) + "\n"


def new_ffi() -> Any:
    """An empty cffi.FFI. Only this step needs cffi; everything else is the standard library."""
    try:
        return importlib.import_module("cffi").FFI()
    except ImportError as error:
        raise SystemExit("lib/gen needs cffi: run it with a Python that has it") from error


def compile_module(source: str) -> str:
    """Compiles declarations into a module of cffi."""
    ffi = new_ffi()
    ffi.set_source(MODULE, None)
    ffi.cdef(source)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "_ffi.py")
        with contextlib.redirect_stdout(io.StringIO()):  # some versions say what they do
            ffi.emit_python_code(str(path))
        return path.read_text("utf-8")


def fold(module: str) -> str:
    """Breaks cffi's lines of many thousand characters, so that a change shows where it is.

    Types are a string of four bytes each; names and their types are lists of strings.
    """
    lines = []
    for line in module.splitlines():
        if line.lstrip().startswith("_types"):
            line = re.sub(r"((?:\\x[0-9A-F]{2}){20})(?!')", r"\1'\n        b'", line)
        lines.append(re.sub(r",(?=\(?b')", ",\n        ", line))
    return "\n".join(lines) + "\n"


def render(library: Library) -> str:
    """The module's text."""
    first, _, rest = compile_module(declarations(library)).partition("\n")
    if not first.startswith("#"):  # it is cffi's own notice
        rest = f"{first}\n{rest}"
    return f"# {NOTICE}\n# fmt: off\n# ruff: noqa\n# mypy: ignore-errors\n{fold(rest)}"
