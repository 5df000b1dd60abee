"""Finds out which functions of the library the sources call."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

# Where calls count. The tests of this folder do not: they only talk about functions.
FOLDERS = ("tests", "examples", "python/alidade")
SKIPPED = ("tests/headers", "python/alidade/_ffi.py", "examples/julia/Alidade/src/generated.jl")

_CALL = re.compile(r"\b(ald_\w+)\s*\(")
# `ffi.gc(pointer, lib.ald_x_unref)` has the function called when the pointer goes.
_DESTRUCTOR = re.compile(r"\bgc\s*\([^()]*(?:\([^()]*\)[^()]*)*\.(ald_\w+)\s*[,)]")
_C_NOISE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL)
_JULIA_NOISE = re.compile(r'#=.*?=#|"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\])*"|#[^\n]*', re.DOTALL)


def called_functions(root: Path) -> set[str]:
    """The functions that any source under the root calls."""
    called: set[str] = set()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not name.startswith(SKIPPED):
                called |= calls(path.suffix, path)
    return called


def calls(suffix: str, path: Path) -> set[str]:
    """The functions that one file calls; comments and strings do not count."""
    if suffix in (".c", ".h", ".cpp", ".hpp", ".cc"):
        text = _C_NOISE.sub(" ", path.read_text("utf-8"))
    elif suffix == ".jl":
        text = _JULIA_NOISE.sub(" ", path.read_text("utf-8"))
    elif suffix == ".py":
        text = _python_code(path.read_text("utf-8"))
    else:
        return set()
    return {match[1] for pattern in (_CALL, _DESTRUCTOR) for match in pattern.finditer(text)}


def _python_code(text: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    noise = (tokenize.COMMENT, tokenize.STRING, tokenize.NL, tokenize.NEWLINE)
    return "".join(" " if token.type in noise else token.string for token in tokens)
