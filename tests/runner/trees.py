"""The build trees: how each is configured, and what of it the tests of a suite need."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from runner.log import BUILD, VENV, Log

# Line numbers alone: all else that a debugger wants is slow to make. Warnings are no errors: what
# sanitizers put into the code makes the compiler see uninitialized memory where there is none.
_SANITIZED = (
    "-Ddebug=false", "-Dc_args=-g1", "-Dcpp_args=-g1", "-Doptimization=1", "-Dwerror=false",
    "-Db_lundef=false", "-Dexamples=false",
)  # fmt: skip
# What ccache wants before it keeps objects that were compiled with a precompiled header.
_CCACHE = "pch_defines,time_macros"

RELEASE = BUILD / "release"
# One tree for AddressSanitizer, UndefinedBehaviorSanitizer and libFuzzer; clang compiles it in
# half of gcc's time, and only clang has the fuzzer.
CLANG = BUILD / "clang"
THREAD = BUILD / "thread"
# Devices alone, without the rooms and the LGPL library that can be left out.
ROOMS = BUILD / "rooms"

_OPTIONS = {
    RELEASE: ("-Dbench=true",),
    CLANG: ("-Db_sanitize=address,undefined", "-Dfuzz=true", *_SANITIZED),
    THREAD: ("-Db_sanitize=thread", *_SANITIZED),
    ROOMS: (
        "-Drooms=base,frame,device,driver",
        "-Dserialport=false",
        "-Dtests=false",
        "-Dexamples=false",
    ),
}
_COMPILERS = {
    ROOMS: ("gcc", "g++"),
    RELEASE: ("gcc", "g++"),
    CLANG: ("clang-14", "clang++-14"),
    THREAD: ("gcc", "g++"),
}


def library(tree: Path) -> str:
    """The shared library that a tree builds."""
    return str(tree / "lib" / "libalidade.so.0.1")


def configure(log: Log, tree: Path) -> None:
    """Sets a tree up, unless it is there."""
    if (tree / "build.ninja").exists():
        return
    prefix = "ccache " if shutil.which("ccache") else ""
    cc, cxx = (prefix + compiler for compiler in _COMPILERS[tree])
    log.command(VENV / "meson", "setup", tree, *_OPTIONS[tree], CC=cc, CXX=cxx)


def _introspect(tree: Path, what: str) -> list[dict[str, object]]:
    printed = subprocess.run(
        [VENV / "meson", "introspect", tree, what], check=True, capture_output=True
    )
    return json.loads(printed.stdout)


def targets_of(tree: Path, suites: set[str]) -> list[str]:
    """The files that the tests of some suites need."""
    needed = {
        target
        for test in _introspect(tree, "--tests")
        if suites & {s.rpartition(":")[2] for s in test["suite"]}
        for target in test["depends"]
    }
    return sorted(
        str(Path(name).relative_to(tree))
        for target in _introspect(tree, "--targets")
        if target["id"] in needed
        for name in target["filename"]
    )


def build(log: Log, tree: Path, *suites: str) -> None:
    """Builds what the tests of some suites need; of no suite: all that the tree has."""
    configure(log, tree)
    # A build file that has changed makes other targets.
    log.command(VENV / "ninja", "-C", tree, "build.ninja")
    targets = targets_of(tree, set(suites)) if suites else []
    log.command(VENV / "ninja", "-C", tree, *targets, CCACHE_SLOPPINESS=_CCACHE)


def run_suite(log: Log, tree: Path, suite: str, *words: str, **environment: str) -> None:
    """Runs the tests of a suite that was built."""
    log.command(
        VENV / "meson", "test", "-C", tree, "--no-rebuild", "--print-errorlogs",
        "--suite", suite, "--logbase", suite, *words, **environment,
    )  # fmt: skip


def report_of(tree: Path, suite: str) -> Path:
    """The JUnit file in which `run_suite` reports."""
    return tree / "meson-logs" / f"{suite}.junit.xml"
