"""The steps of a test run: what each does, and where it reports its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from runner import trees
from runner.log import BUILD, LOGS, ROOT, VENV, Log, say
from runner.memory import CROSSING
from runner.trees import CLANG, RELEASE, ROOMS, THREAD

# Rooms whose tests need judges, each in a virtual environment of its own.
JUDGED = sorted(
    path.stem
    for path in (ROOT / "tests" / "requirements").iterdir()
    if (ROOT / "tests" / "python" / "judged" / path.stem).is_dir()
)
# The Python tests wait more than they compute: for motions, timeouts, processes.
AT_ONCE = ("-n", "4", "--dist", "worksteal")
# Memory that cannot be had is refused, as without sanitizers.
_ASAN = "detect_stack_use_after_return=1:allocator_may_return_null=1:detect_leaks="
SANITIZED = {
    "ASAN_OPTIONS": f"{_ASAN}1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


class Kind(Enum):
    """What a step does with its time, which decides what runs beside it: see `schedule`."""

    BUILDS = auto()
    WAITS = auto()
    COMPUTES = auto()


@dataclass(frozen=True)
class Step:
    """One thing to run; without JUnit files of its own it counts as one test."""

    name: str
    about: str
    run: Callable[[Log], None]
    reports: Sequence[Path] = ()
    kind: Kind = Kind.WAITS
    needs: Sequence[str] = ()


def pytest(
    log: Log,
    report: Path,
    *words: str | Path,
    python: Path = VENV / "python",
    **environment: str,
) -> None:
    log.command(python, "-m", "pytest", "-q", f"--junitxml={report}", *words, **environment)


def venv(log: Log, room: str) -> Path:
    """The Python that has the judges of a room beside the tools."""
    folder = BUILD / "venvs" / room
    log.command(
        "sh", ".ci/setup.sh", "venv", folder, "--over", VENV.parent,
        "-r", f"tests/requirements/{room}.txt",
    )  # fmt: skip
    return folder / "bin" / "python"


def package_tests(
    log: Log, name: str, files: Sequence[str], *words: str, **environment: str
) -> None:
    """The Python package's tests: those that the tools are enough for, then each room's.

    Of all files, or of some below tests/python.
    """
    environment |= {"PYTHONPATH": str(ROOT / "python"), "ALIDADE_BUILD": str(RELEASE)}
    judged = tuple(f"judged/{room}/" for room in JUDGED)
    runs = [
        (
            lambda: VENV / "python",
            [f for f in files if not f.startswith(judged)],
            ["tests/python"],
            LOGS / f"{name}.xml",
        )
    ]
    for room, folder in zip(JUDGED, judged):
        runs.append(
            (
                lambda room=room: venv(log, room),
                [f for f in files if f.startswith(folder)],
                [f"tests/python/{folder}"],
                LOGS / f"{name}_{room}.xml",
            )
        )
    failure = None
    for python, chosen, all_of_them, report in runs:
        if files and not chosen:
            continue
        tests = [f"tests/python/{f}" for f in chosen] or all_of_them
        try:
            pytest(log, report, *AT_ONCE, *tests, *words, python=python(), **environment)
        except subprocess.CalledProcessError as failed:  # the others are run all the same
            failure = failed
    if failure:
        raise failure


def package_reports(name: str) -> list[Path]:
    return [LOGS / f"{name}.xml", *(LOGS / f"{name}_{room}.xml" for room in JUDGED)]


def sources(*folders: str) -> list[str]:
    """The C and C++ files that the project keeps."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard",
         "*.cpp", "*.hpp", "*.h", "*.c"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return [s for s in listed if s.startswith(folders or "") and (ROOT / s).exists()]


def lint(log: Log) -> None:
    log.command("clang-format-14", "--dry-run", "--Werror", *sources())
    log.command(VENV / "ruff", "check", "python", "lib/gen", "tests", "examples")
    log.command(VENV / "ruff", "format", "--check", "python", "lib/gen", "tests", "examples")
    log.command(VENV / "mypy", "--strict", "python/alidade", "lib/gen")
    log.command(VENV / "python", "lib/gen", "--check")
    pytest(log, LOGS / "lint.xml", "tests/runner")


def tidy(log: Log, full: bool) -> None:
    tidied = {s for s in sources("lib/", "drivers/") if s.endswith(".cpp")}
    # In place of what a build leaves out: another one compiles these.
    absent = {s for s in tidied if s.endswith("absent.cpp")}
    analyze = ["--analyze"] if full else []
    for tree, compiled in ((RELEASE, tidied - absent), (ROOMS, absent)):
        trees.configure(log, tree)
        log.command(VENV / "python", "tests/tidy.py", *analyze, tree, *sorted(compiled))


def release(log: Log) -> None:
    trees.run_suite(log, RELEASE, "ci", ALIDADE_PYTHON=str(VENV / "python"))


def headers(log: Log) -> None:
    pytest(log, LOGS / "headers.xml", "tests/headers", ALIDADE_LIBRARY=trees.library(RELEASE))


def abi(log: Log) -> None:
    pytest(log, LOGS / "abi.xml", "tests/abi")
    log.command(VENV / "python", "tests/abi/check.py", BUILD / "abi")


def python(log: Log, full: bool, files: Sequence[str]) -> None:
    marks = [] if full else ["-m", "not full"]
    package_tests(log, "python", files, *marks, ALIDADE_LIBRARY=trees.library(RELEASE))


def install(log: Log) -> None:
    pytest(log, LOGS / "install.xml", "tests/capi/test_install.py", ALIDADE_BUILD=str(RELEASE))


def third_party(log: Log) -> None:
    pytest(log, LOGS / "third_party.xml", "tests/third_party")


def rooms(log: Log) -> None:
    pytest(
        log, LOGS / "rooms.xml", "tests/rooms",
        ALIDADE_LIBRARY=trees.library(ROOMS), JULIA_DEPOT_PATH=str(BUILD / "julia"),
    )  # fmt: skip


def julia(log: Log) -> None:
    log.command(
        os.environ.get("JULIA", "julia"), "--startup-file=no", "tests/julia/runtests.jl",
        "--junit", LOGS / "julia.xml",
        ALIDADE_LIBRARY=trees.library(RELEASE), JULIA_LOAD_PATH=f"{ROOT / 'examples' / 'julia'}:",
        JULIA_DEPOT_PATH=str(BUILD / "julia"),
    )  # fmt: skip


def build_wheel(log: Log) -> None:
    log.command("sh", ".ci/wheel.sh", BUILD / "wheel", PYTHON=sys.executable)
    for made in (BUILD / "wheel").glob("alidade-*.whl"):
        say(f"{made.name}: {made.stat().st_size / 1e6:.2f} MB")


def wheel(log: Log) -> None:
    pytest(
        log, LOGS / "wheel.xml", "tests/wheel",
        python=venv(log, "wheel"), ALIDADE_WHEELS=str(BUILD / "wheel"),
    )  # fmt: skip


def address(log: Log) -> None:
    trees.run_suite(log, CLANG, "sanitize", **SANITIZED)


def runtime_of(compiler: str, name: str) -> str:
    """Where a compiler keeps one of its own libraries."""
    found = subprocess.run(
        [compiler, f"-print-file-name={name}"], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def sanitized_python() -> dict[str, str]:
    """What an interpreter needs to load a library that was built with AddressSanitizer.

    Leaks are not looked for: the interpreter and NumPy keep memory to the end.
    """
    # The sanitizer comes from a library, since the interpreter has none. Without the C++ library
    # the first exception would find nobody to catch it.
    preloaded = (
        runtime_of("clang-14", "libclang_rt.asan-x86_64.so"),
        runtime_of("g++", "libstdc++.so"),
    )
    return {
        **SANITIZED,
        "ASAN_OPTIONS": f"{_ASAN}0:external_symbolizer_path={ROOT}/tests/support/llvm-symbolizer",
        "LD_PRELOAD": " ".join(preloaded),
        "PYTHONMALLOC": "malloc",
    }


def address_python(log: Log, files: Sequence[str]) -> None:
    """The Python tests that cross memory, on the library that `address` builds.

    Handles are counted in every test, and `address` looks for leaks of the library itself.
    """
    package_tests(
        log, "address_python", files, "-m", "not full and not forks",
        ALIDADE_LIBRARY=trees.library(CLANG), **sanitized_python(),
    )  # fmt: skip


def thread(log: Log) -> None:
    options = "halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1"
    trees.run_suite(log, THREAD, "concurrent", TSAN_OPTIONS=options)


def fuzz(log: Log, seconds: int) -> None:
    trees.run_suite(
        log, CLANG, "fuzz", "--num-processes", "2",
        **SANITIZED, FUZZ_SECONDS=str(seconds),
    )  # fmt: skip


def all_steps(full: bool, python_files: Sequence[str] = ()) -> list[Step]:
    """The steps in their order; `python_files` limits the Python tests to some files."""
    crossing = [f for f in CROSSING if not python_files or f in python_files]
    return [
        Step("lint", "formats, lints, types, generated files, this runner",
             lint, [LOGS / "lint.xml"], kind=Kind.COMPUTES),
        Step("build_release", "the library, its tests, examples and benchmarks",
             lambda log: trees.build(log, RELEASE), kind=Kind.BUILDS),
        Step("build_wheel", "the wheel", build_wheel, kind=Kind.BUILDS, needs=["build_release"]),
        Step("build_rooms", "a library of devices alone",
             lambda log: trees.build(log, ROOMS), kind=Kind.BUILDS),
        Step("build_clang", "tests and fuzz targets for the address sanitizer",
             lambda log: trees.build(log, CLANG, "sanitize", "fuzz"), kind=Kind.BUILDS),
        Step("build_thread", "tests for the thread sanitizer",
             lambda log: trees.build(log, THREAD, "concurrent"), kind=Kind.BUILDS),
        Step("tidy", "clang-tidy" + (" with its static analyzer" if full else ""),
             lambda log: tidy(log, full), kind=Kind.BUILDS),
        Step("release", "tests in C and C++",
             release, [trees.report_of(RELEASE, "ci")], needs=["build_release"]),
        Step("headers", "headers and what is generated from them",
             headers, [LOGS / "headers.xml"], needs=["build_release"], kind=Kind.COMPUTES),
        Step("abi", "the ABI beside the last release's",
             abi, [LOGS / "abi.xml"], needs=["build_release"], kind=Kind.COMPUTES),
        Step("python", "the Python package",
             lambda log: python(log, full, python_files), package_reports("python"),
             needs=["build_release"]),
        Step("install", "an installed library, found by CMake and pkg-config",
             install, [LOGS / "install.xml"], needs=["build_release"], kind=Kind.COMPUTES),
        Step("third_party", "libraries of others, from pinned sources",
             third_party, [LOGS / "third_party.xml"], kind=Kind.COMPUTES),
        Step("rooms", "what a library of devices alone has and lacks",
             rooms, [LOGS / "rooms.xml"], needs=["build_rooms"], kind=Kind.COMPUTES),
        Step("julia", "the Julia package",
             julia, [LOGS / "julia.xml"], needs=["build_release"], kind=Kind.COMPUTES),
        Step("wheel", "the wheel, installed",
             wheel, [LOGS / "wheel.xml"], needs=["build_wheel"], kind=Kind.COMPUTES),
        Step("address", "tests in C and C++ under the address sanitizer",
             address, [trees.report_of(CLANG, "sanitize")], needs=["build_clang"]),
        Step("address_python", "Python tests that cross memory, under the address sanitizer",
             lambda log: address_python(log, crossing), package_reports("address_python"),
             needs=["build_clang"]),
        Step("thread", "tests in C and C++ under the thread sanitizer",
             thread, [trees.report_of(THREAD, "concurrent")], needs=["build_thread"]),
        Step("fuzz", "fuzz targets, two at a time",
             lambda log: fuzz(log, 60 if full else 5), [trees.report_of(CLANG, "fuzz")],
             needs=["build_clang"], kind=Kind.COMPUTES),
    ]  # fmt: skip
