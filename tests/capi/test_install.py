"""The installed library as users of C and C++ find it: by pkg-config, by CMake, in a moved tree.

Run by meson with the build directory as the argument.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
C_FLAGS = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror")
CPP_FLAGS = ("-std=c++20", "-Wall", "-Wextra", "-pedantic", "-Werror")


def run(*words: str | Path, **environment: str) -> str:
    """Runs a command and gives what it printed; fails with all that it said."""
    ended = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if ended.returncode != 0:
        raise AssertionError(f"{words} gave {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


class Installed(unittest.TestCase):
    """One tree is installed for all tests."""

    build: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.work = Path(folder.name)
        tree = cls.work / "tree"
        meson = os.environ.get("MESON", "meson").split()
        run(*meson, "install", "-C", cls.build, "--no-rebuild", "--quiet", "--destdir", tree)
        (found,) = tree.rglob("alidade.pc")
        cls.pkgconfig = found.parent
        cls.libdir = found.parent.parent
        (header,) = tree.rglob("alidade.h")
        cls.prefix = header.parent.parent

    def flags(self, *what: str) -> list[str]:
        """What pkg-config says of the installed library."""
        return run(
            "pkg-config", *what, "alidade", PKG_CONFIG_PATH=str(self.pkgconfig)
        ).split()  # fmt: skip

    def compiled(self, compiler: str, source: Path, *flags: str) -> Path:
        program = self.work / f"{source.stem}_{compiler.replace('+', 'x')}"
        run(compiler, *flags, source, *self.flags("--cflags", "--libs"), "-o", program)
        return program

    def ran(self, program: Path, *words: str | Path) -> str:
        return run(program, *words, LD_LIBRARY_PATH=str(self.libdir))

    def check_series(self, program: Path) -> None:
        """The main job: a time series of this computer as CSV."""
        table = self.work / f"{program.name}.csv"
        self.ran(program, EXAMPLES / "experiments" / "computer.toml", table, "3", "0.02")
        with table.open(encoding="utf-8") as lines:
            head, *rows = csv.reader(lines)
        self.assertEqual(head[0], "time [UTC]")
        self.assertIn("computer/cpu [%]", head)
        self.assertIn("computer/memory [By]", head)
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertEqual(len(row), len(head))
            self.assertRegex(row[0], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertGreater(float(row[head.index("computer/memory [By]")]), 0)
            self.assertTrue(0 <= float(row[head.index("computer/cpu [%]")]) <= 100)
        self.assertLess(rows[0][0], rows[2][0])

    def test_pkg_config(self) -> None:
        self.assertEqual(self.flags("--modversion"), [self.version()])
        (include,) = self.flags("--cflags")
        self.assertEqual(Path(include[2:]).resolve(), (self.prefix / "include").resolve())
        self.assertIn("-lalidade", self.flags("--libs"))
        self.assertFalse(self.flags("--print-requires"))

    def version(self) -> str:
        (line,) = (
            line for line in (ROOT / "meson.build").read_text("utf-8").splitlines()
            if line.strip().startswith("version:")
        )  # fmt: skip
        return line.split("'")[1]

    def test_every_header_is_installed(self) -> None:
        there = {p.name for p in (self.prefix / "include" / "alidade").glob("*.h")}
        self.assertEqual(there, {p.name for p in (ROOT / "include" / "alidade").glob("*.h")})

    def test_c_examples(self) -> None:
        series = self.compiled("cc", EXAMPLES / "c" / "computer_series.c", *C_FLAGS)
        self.check_series(series)
        moved = self.ran(self.compiled("cc", EXAMPLES / "c" / "move_and_read.c", *C_FLAGS))
        self.assertIn("0.03 mm: 0\n", moved)
        self.assertIn("refused: position is 1000 mm, allowed are -100 mm to 100 mm\n", moved)
        self.assertIn("stopped\n", moved)
        images = self.ran(self.compiled("cc", EXAMPLES / "c" / "gradient_source.c", *C_FLAGS))
        means = [float(line.split()[-1]) for line in images.splitlines()]
        self.assertEqual(means, [31.5, 41.5, 51.5, 61.5, 71.5])
        watch = self.compiled("cc", EXAMPLES / "c" / "watch_events.c", *C_FLAGS)
        events = self.ran(watch, EXAMPLES / "experiments" / "changes.toml", "10").splitlines()
        self.assertEqual(len(events), 10)
        self.assertTrue(any("device.opened" in line for line in events))
        self.assertTrue(any("property.changed" in line for line in events))

    def test_bad_use_of_the_c_example(self) -> None:
        series = self.compiled("cc", EXAMPLES / "c" / "computer_series.c", *C_FLAGS)
        ended = subprocess.run(
            [series, "/nowhere/lab.toml"],
            env={**os.environ, "LD_LIBRARY_PATH": str(self.libdir)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(ended.returncode, 1)
        self.assertIn("/nowhere/lab.toml", ended.stderr)

    def test_cpp_example(self) -> None:
        self.check_series(
            self.compiled("c++", EXAMPLES / "cpp" / "computer_series.cpp", *CPP_FLAGS)
        )

    def test_cmake(self) -> None:
        build = self.work / "cmake"
        run("cmake", "-S", EXAMPLES / "cmake", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        self.check_series(build / "computer_series")
        self.check_series(build / "computer_series_cpp")

    def test_cmake_refuses_another_version(self) -> None:
        project = self.work / "newer"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(x LANGUAGES C)\n"
            "find_package(alidade 7.0 REQUIRED)\n",
            encoding="utf-8",
        )
        with self.assertRaisesRegex(AssertionError, "7.0"):
            run(
                "cmake", "-S", project, "-B", project / "build",
                f"-DCMAKE_PREFIX_PATH={self.prefix}",
            )  # fmt: skip


if __name__ == "__main__":
    Installed.build = Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
