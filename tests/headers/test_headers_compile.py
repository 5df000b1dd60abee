"""Each header compiles alone, as C99 and as C++20, without a warning."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gen.model import Library
from gen.nouns import ERROR, nouns

INCLUDE = Path(__file__).resolve().parents[2] / "include"
HEADERS = ["alidade.h", *(f"alidade/{path.name}" for path in sorted(INCLUDE.glob("alidade/*.h")))]
CPP_HEADERS = [f"alidade/{path.name}" for path in sorted(INCLUDE.glob("alidade/*.hpp"))]
LANGUAGES = {"c": "c99", "c++": "c++20"}
WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Werror"]


def compilers() -> list[str]:
    """gcc, and clang where there is one; in CI there must be one."""
    with_clang = shutil.which("clang-14") or os.environ.get("CI")
    return ["gcc", "clang-14"] if with_clang else ["gcc"]


def compile_text(compiler: str, language: str, text: str, *more: str) -> None:
    flags = ["-x", language, f"-std={LANGUAGES[language]}", f"-I{INCLUDE}", *WARNINGS, *more]
    done = subprocess.run(
        [compiler, *flags, "-fsyntax-only", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", compilers())
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("header", HEADERS)
def test_header_compiles_alone(header: str, language: str, compiler: str) -> None:
    compile_text(compiler, language, f"#include <{header}>\n")


@pytest.mark.parametrize("compiler", compilers())
@pytest.mark.parametrize("header", CPP_HEADERS)
def test_cpp_header_compiles_alone(header: str, compiler: str) -> None:
    compile_text(compiler, "c++", f"#include <{header}>\n", "-Wconversion", "-Wshadow")


def test_cpp_header_has_every_noun(library: Library) -> None:
    text = (INCLUDE / "alidade" / "alidade.hpp").read_text("utf-8")
    for noun in nouns(library):
        if noun.name != ERROR:
            assert f"class {noun.name}\n    : public ::alidade::counted<{noun.handle}, " in text
    for function in library.functions:
        by_hand = re.fullmatch(r"ald_(error|handle)_(?!count).*|.*_(ref|unref|init)", function.name)
        assert by_hand or f"{function.name}(" in text, function.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_compile_together_in_any_order(language: str) -> None:
    lines = [f"#include <{header}>\n" for header in HEADERS if (INCLUDE / header).exists()]
    compile_text("gcc", language, "".join(lines + lines[::-1]))


def test_umbrella_includes_every_header() -> None:
    umbrella = (INCLUDE / "alidade.h").read_text("utf-8")
    missing = [header for header in HEADERS[1:] if f"#include <{header}>" not in umbrella]
    assert missing in ([], ["alidade/driver.h"])  # what drivers need, only drivers include
