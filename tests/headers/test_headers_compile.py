"""Each header compiles alone, as C99 and as C++20, without a warning."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INCLUDE = Path(__file__).resolve().parents[2] / "include"
HEADERS = ["alidade.h", *(f"alidade/{path.name}" for path in sorted(INCLUDE.glob("alidade/*.h")))]
LANGUAGES = {"c": "c99", "c++": "c++20"}
WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Werror"]


def compilers() -> list[str]:
    """gcc, and clang where there is one; in CI there must be one."""
    with_clang = shutil.which("clang-14") or os.environ.get("CI")
    return ["gcc", "clang-14"] if with_clang else ["gcc"]


def compile_text(compiler: str, language: str, text: str) -> None:
    flags = ["-x", language, f"-std={LANGUAGES[language]}", f"-I{INCLUDE}", *WARNINGS]
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_compile_together_in_any_order(language: str) -> None:
    lines = [f"#include <{header}>\n" for header in HEADERS if (INCLUDE / header).exists()]
    compile_text("gcc", language, "".join(lines + lines[::-1]))


def test_umbrella_includes_every_header() -> None:
    umbrella = (INCLUDE / "alidade.h").read_text("utf-8")
    missing = [header for header in HEADERS[1:] if f"#include <{header}>" not in umbrella]
    assert missing in ([], ["alidade/driver.h"])  # what drivers need, only drivers include
