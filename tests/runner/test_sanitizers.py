"""The sanitized builds find what they are there for, in a program and in a library under Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.steps import SANITIZED, sanitized_python

FAULTS = """
extern "C" int freed(int n) { int *p = new int[4]; delete[] p; return p[n]; }
extern "C" int overflow(int n) { return n + 2147483647; }
extern "C" int lost(int n) { static int *volatile p; while (n < 9) p = new int(n++); return n; }
extern "C" int caught(int n) { try { throw n; } catch (int) { return 7; } }
"""
PROGRAM = """
extern "C" int freed(int);
extern "C" int overflow(int);
extern "C" int lost(int);
int main(int count, char **) { return (count == 1 ? lost : count == 2 ? overflow : freed)(count); }
"""
CLANG = ("clang++-14", "-O1", "-g1", "-fsanitize=address,undefined,fuzzer-no-link", "-fPIC")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "faults.cpp").write_text(FAULTS)
    (folder / "program.cpp").write_text(PROGRAM)
    for words in (
        ("-shared", "faults.cpp", "-o", "libfaults.so"),
        ("program.cpp", "-o", "program", "-L.", "-lfaults", f"-Wl,-rpath,{folder}"),
    ):
        subprocess.run([*CLANG, *words], cwd=folder, check=True)
    return folder


def said(*words: str | Path, **environment: str) -> str:
    ended = subprocess.run(
        words, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "detected memory leaks"),
        (("x",), "signed integer overflow"),
        (("x", "x"), "heap-use-after-free"),
    ],
)
def test_a_fault_in_a_program(folder: Path, arguments: tuple[str, ...], fault: str) -> None:
    assert fault in said(folder / "program", *arguments, **SANITIZED)


@pytest.mark.parametrize(
    ("call", "fault"),
    [("overflow(5)", "signed integer overflow"), ("freed(1)", "heap-use-after-free")],
)
def test_a_fault_in_a_library_under_python(folder: Path, call: str, fault: str) -> None:
    code = f"import ctypes; print(ctypes.CDLL('{folder}/libfaults.so').{call})"
    assert fault in said(sys.executable, "-c", code, **sanitized_python())


def test_an_exception_is_caught_under_python(folder: Path) -> None:
    code = f"import ctypes; print(ctypes.CDLL('{folder}/libfaults.so').caught(1))"
    assert said(sys.executable, "-c", code, **sanitized_python()) == "7\n"
