"""Builds the project in its variants and runs its tests, step by step.

Each step logs to build/logs/NAME.log and says how long it took. The last line is
``N passed, N failed, N skipped``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
VENV = Path(sys.executable).parent
# A command that takes longer than this hangs.
COMMAND_S = 45 * 60
# Rooms whose tests need judges, each in a virtual environment of its own.
JUDGED = sorted(
    path.stem
    for path in (ROOT / "tests" / "requirements").iterdir()
    if (ROOT / "tests" / "python" / "judged" / path.stem).is_dir()
)
# The Python tests wait more than they compute: for motions, timeouts, processes.
AT_ONCE = ("-n", "3")
# Line numbers alone: all else that a debugger wants is slow to make. Warnings are no errors: what
# sanitizers put into the code makes the compiler see uninitialized memory where there is none.
SANITIZED = (
    "-Ddebug=false", "-Dc_args=-g1", "-Dcpp_args=-g1", "-Doptimization=1", "-Dwerror=false",
)  # fmt: skip


@dataclass
class Counts:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Step:
    """One thing to run, and the JUnit files in which it reports its tests."""

    name: str
    run: Callable[[Log], None]
    reports: Sequence[Path] = field(default_factory=tuple)


class Log:
    """Runs commands and keeps what they print."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self.path = path

    def command(self, *words: str | Path, **environment: str) -> None:
        text = " ".join(str(w) for w in words)
        self._file.write(f"$ {text}\n")
        self._file.flush()
        process = subprocess.Popen(
            [str(w) for w in words],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}", **environment},
            stdout=self._file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = process.wait(COMMAND_S)
        except BaseException:  # too long, or Ctrl-C: it ends with all that it has started
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if status:
            raise subprocess.CalledProcessError(status, text)

    def note(self, text: object) -> None:
        self._file.write(f"{text}\n")

    def tail(self, lines: int = 60) -> str:
        self._file.flush()
        return "\n".join(self.path.read_text(errors="replace").splitlines()[-lines:])


def count(report: Path) -> Counts:
    """Counts the tests of a JUnit file."""
    counts = Counts()
    for case in ET.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def configure(log: Log, name: str, *options: str, clang: bool = False) -> Path:
    """Sets a variant up in build/NAME."""
    folder = BUILD / name
    compilers = ("clang-14", "clang++-14") if clang else ("gcc", "g++")
    prefix = "ccache " if shutil.which("ccache") else ""
    environment = {"CC": prefix + compilers[0], "CXX": prefix + compilers[1]}
    if not (folder / "build.ninja").exists():
        log.command(VENV / "meson", "setup", folder, *options, **environment)
    return folder


def meson_test(log: Log, folder: Path, suite: str, **environment: str) -> None:
    """Compiles what the tests of a suite need, and runs them."""
    log.command(
        VENV / "meson", "test", "-C", folder, "--print-errorlogs", "--suite", suite, **environment
    )


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


def package_tests(log: Log, name: str, *words: str, **environment: str) -> None:
    """The Python package's tests: those that the tools are enough for, then each room's."""
    environment |= {"PYTHONPATH": str(ROOT / "python"), "ALIDADE_BUILD": str(BUILD / "release")}
    runs = [(VENV / "python", "tests/python", LOGS / f"{name}.xml")]
    for room in JUDGED:
        tests = f"tests/python/judged/{room}"
        runs.append((venv(log, room), tests, LOGS / f"{name}_{room}.xml"))
    failure = None
    for interpreter, tests, report in runs:
        try:
            pytest(log, report, *AT_ONCE, tests, *words, python=interpreter, **environment)
        except subprocess.CalledProcessError as failed:  # the others are run all the same
            failure = failed
    if failure:
        raise failure


def package_reports(name: str) -> list[Path]:
    return [LOGS / f"{name}.xml", *(LOGS / f"{name}_{room}.xml" for room in JUDGED)]


def release(log: Log) -> None:
    folder = configure(log, "release", "-Dbench=true")
    log.command(VENV / "ninja", "-C", folder)
    meson_test(log, folder, "ci", ALIDADE_PYTHON=str(VENV / "python"))


def address(log: Log) -> None:
    folder = configure(
        log, "address", "-Db_sanitize=address,undefined", "-Db_lundef=false", *SANITIZED,
        "-Dexamples=false",
    )  # fmt: skip
    meson_test(
        log, folder, "sanitize",
        ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:allocator_may_return_null=1",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
    )  # fmt: skip


def runtime_of(name: str) -> str:
    """Where the compiler keeps one of its own libraries."""
    found = subprocess.run(
        ["gcc", f"-print-file-name={name}"], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def address_python(log: Log) -> None:
    """The Python tests on the library that `address` builds.

    Leaks are not looked for here: the interpreter and NumPy keep memory to the end. Handles are
    counted in every test, and `address` looks for leaks of the library itself.
    """
    folder = BUILD / "address"
    log.command(VENV / "ninja", "-C", folder, "lib/libalidade.so.0.1.0")
    # Without the C++ library the first exception would find nobody to catch it.
    package_tests(
        log, "address_python", "-m", "not full and not forks",
        ALIDADE_LIBRARY=str(folder / "lib" / "libalidade.so.0"),
        LD_PRELOAD=f"{runtime_of('libasan.so')} {runtime_of('libstdc++.so')}",
        PYTHONMALLOC="malloc",
        ASAN_OPTIONS="detect_leaks=0:detect_stack_use_after_return=1:allocator_may_return_null=1",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
    )  # fmt: skip


def threads(log: Log) -> None:
    folder = configure(
        log, "thread", "-Db_sanitize=thread", "-Db_lundef=false", *SANITIZED, "-Dexamples=false",
    )  # fmt: skip
    meson_test(log, folder, "concurrent", TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1")


def library() -> str:
    return str(BUILD / "release" / "lib" / "libalidade.so.0")


def headers(log: Log) -> None:
    pytest(log, LOGS / "headers.xml", "tests/headers", ALIDADE_LIBRARY=library())


def abi(log: Log) -> None:
    pytest(log, LOGS / "abi.xml", "tests/abi")
    log.command(VENV / "python", "tests/abi/check.py", BUILD / "abi")


def python(log: Log, full: bool) -> None:
    marks = [] if full else ["-m", "not full"]
    package_tests(log, "python", *marks, ALIDADE_LIBRARY=library())


def install(log: Log) -> None:
    pytest(
        log,
        LOGS / "install.xml",
        "tests/capi/test_install.py",
        ALIDADE_BUILD=str(BUILD / "release"),
    )


def third_party(log: Log) -> None:
    pytest(log, LOGS / "third_party.xml", "tests/third_party")


def rooms(log: Log) -> None:
    """A library without the rooms, and without the LGPL library, that it can do without."""
    folder = configure(
        log, "rooms", "-Drooms=base,frame,device,driver", "-Dserialport=false",
        "-Dtests=false", "-Dexamples=false",
    )  # fmt: skip
    log.command(VENV / "ninja", "-C", folder, "lib/libalidade.so.0.1.0")
    pytest(
        log, LOGS / "rooms.xml", "tests/rooms",
        ALIDADE_LIBRARY=str(folder / "lib" / "libalidade.so.0"),
        JULIA_DEPOT_PATH=str(BUILD / "julia"),
    )  # fmt: skip


def julia(log: Log) -> None:
    log.command(
        os.environ.get("JULIA", "julia"), "--startup-file=no", "tests/julia/runtests.jl",
        "--junit", LOGS / "julia.xml",
        ALIDADE_LIBRARY=library(), JULIA_LOAD_PATH=f"{ROOT / 'examples' / 'julia'}:",
        JULIA_DEPOT_PATH=str(BUILD / "julia"),
    )  # fmt: skip


def wheel(log: Log) -> None:
    log.command("sh", ".ci/wheel.sh", BUILD / "wheel", PYTHON=sys.executable)
    for made in (BUILD / "wheel").glob("alidade-*.whl"):
        print(f"{made.name}: {made.stat().st_size / 1e6:.2f} MB", flush=True)
    pytest(
        log, LOGS / "wheel.xml", "tests/wheel",
        python=venv(log, "wheel"), ALIDADE_WHEELS=str(BUILD / "wheel"),
    )  # fmt: skip


def fuzz(log: Log, seconds: int) -> None:
    folder = configure(
        log, "fuzz", "-Dfuzz=true", f"-Dfuzz_seconds={seconds}", "-Dtests=false",
        "-Dexamples=false", "-Db_sanitize=address,undefined", "-Db_lundef=false", *SANITIZED,
        clang=True,
    )  # fmt: skip
    meson_test(log, folder, "fuzz")


def lint(log: Log) -> None:
    sources = subprocess.run(
        ["git", "ls-files", "*.cpp", "*.hpp", "*.h", "*.c"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    log.command("clang-format-14", "--dry-run", "--Werror", *sources)
    log.command(VENV / "ruff", "check", "python", "lib/gen", "tests", "examples")
    log.command(VENV / "ruff", "format", "--check", "python", "lib/gen", "tests", "examples")
    log.command(VENV / "mypy", "--strict", "python/alidade", "lib/gen")
    tidied = [s for s in sources if s.startswith(("lib/", "drivers/")) and s.endswith(".cpp")]
    log.command(
        VENV / "python", "tests/tidy.py", str(BUILD / "release"), *tidied,
    )  # fmt: skip


def steps(full: bool) -> list[Step]:
    return [
        Step("release", release, [BUILD / "release/meson-logs/testlog.junit.xml"]),
        Step("headers", headers, [LOGS / "headers.xml"]),
        Step("abi", abi, [LOGS / "abi.xml"]),
        Step("python", lambda log: python(log, full), package_reports("python")),
        Step("install", install, [LOGS / "install.xml"]),
        Step("third_party", third_party, [LOGS / "third_party.xml"]),
        Step("rooms", rooms, [LOGS / "rooms.xml"]),
        Step("julia", julia, [LOGS / "julia.xml"]),
        Step("wheel", wheel, [LOGS / "wheel.xml"]),
        Step("address", address, [BUILD / "address/meson-logs/testlog.junit.xml"]),
        Step("address_python", address_python, package_reports("address_python")),
        Step("thread", threads, [BUILD / "thread/meson-logs/testlog.junit.xml"]),
        Step(
            "fuzz",
            lambda log: fuzz(log, 60 if full else 5),
            [BUILD / "fuzz/meson-logs/testlog.junit.xml"],
        ),
        Step("lint", lint),
    ]


def run(step: Step) -> Counts:
    """Runs a step; one without a report of its own counts as one test."""
    for report in step.reports:
        report.unlink(missing_ok=True)
    log = Log(LOGS / f"{step.name}.log")
    began = time.monotonic()
    counts = Counts()
    try:
        step.run(log)
        succeeded = True
    except (subprocess.SubprocessError, OSError) as failure:
        log.note(failure)
        succeeded = False
    for report in step.reports:
        if report.exists():
            counts.add(count(report))
    if succeeded and not step.reports:
        counts.passed += 1
    if not succeeded and counts.failed == 0:
        counts.failed += 1
    if succeeded and step.reports and counts.passed == 0:
        counts.failed += 1  # a step that ran no test has not shown anything
    print(f"{step.name:>10}: {counts} in {time.monotonic() - began:.0f} s", flush=True)
    if not succeeded:
        print(log.tail(), flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="run the long tests too")
    parser.add_argument("--only", action="append", metavar="NAME", help="run this step only")
    arguments = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    wanted = [s for s in steps(arguments.full) if not arguments.only or s.name in arguments.only]
    if not wanted:
        parser.error(
            f"there is no step {arguments.only}; known are "
            + ", ".join(s.name for s in steps(True))
        )
    total = Counts()
    for step in wanted:
        total.add(run(step))
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
