"""The installed library as users of C and C++ find it: by pkg-config, by CMake, in a moved tree.

ALIDADE_BUILD names the directory in which the library was built.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


class Installed:
    """A tree in which the library is installed."""

    def __init__(self, work: Path, build: Path) -> None:
        self.work = work
        tree = work / "tree"
        meson = Path(sys.executable).parent / "meson"
        run(meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", tree)
        (found,) = tree.rglob("alidade.pc")
        self.pkgconfig = found.parent
        self.libdir = found.parent.parent
        (header,) = tree.rglob("alidade.h")
        self.prefix = header.parent.parent

    def flags(self, *what: str, of: str = "alidade") -> list[str]:
        """What pkg-config says of the installed library."""
        return run("pkg-config", *what, of, PKG_CONFIG_PATH=str(self.pkgconfig)).split()

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
        assert head[:2] == ["time [UTC]", "elapsed [s]"]
        assert "computer/cpu [%]" in head
        assert "computer/memory [By]" in head
        assert len(rows) == 3
        for row in rows:
            assert len(row) == len(head)
            assert re.search(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$", row[0])
            assert float(row[head.index("computer/memory [By]")]) > 0
            assert 0 <= float(row[head.index("computer/cpu [%]")]) <= 100
        assert rows[0][0] < rows[2][0]
        assert float(rows[2][1]) >= 0.04


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """One tree for all tests."""
    build = os.environ.get("ALIDADE_BUILD", "")
    if not (Path(build) / "build.ninja").is_file():
        pytest.fail("set ALIDADE_BUILD to the build directory; it is " + (build or "not set"))
    return Installed(tmp_path_factory.mktemp("install"), Path(build))


def test_pkg_config(installed: Installed) -> None:
    assert f"version: '{installed.flags('--modversion')[0]}'" in (ROOT / "meson.build").read_text(
        "utf-8"
    )
    (include,) = installed.flags("--cflags")
    assert Path(include[2:]).resolve() == (installed.prefix / "include").resolve()
    assert "-lalidade" in installed.flags("--libs")
    assert not installed.flags("--print-requires")


def test_every_header_is_installed(installed: Installed) -> None:
    there = {p.name for p in (installed.prefix / "include" / "alidade").glob("*.h*")}
    assert there == {p.name for p in (ROOT / "include" / "alidade").glob("*.h*")}
    assert "alidade.hpp" in there


def test_python_and_julia_find_the_installed_tree(installed: Installed) -> None:
    library = str(installed.libdir / "libalidade.so.0.1")
    folders = "get_cmake", "get_pkgconfig", "get_include", "get_julia"
    told = run(
        sys.executable, "-c",
        "import alidade, sys\nfor name in sys.argv[1:]: print(getattr(alidade, name)())", *folders,
        ALIDADE_LIBRARY=library, PYTHONPATH=str(ROOT / "python"),
    ).split()  # fmt: skip
    cmake, pkgconfig, include, packages = map(Path, told)
    assert (cmake / "alidadeConfig.cmake").is_file()
    assert pkgconfig == installed.pkgconfig
    assert include == installed.prefix / "include"
    assert packages == installed.prefix / "share" / "alidade" / "julia"
    program = "using Alidade; print(Alidade.library_name(), position(MockMovable()))"
    printed = run(
        os.environ.get("JULIA", "julia"), "--startup-file=no", "-e", program,
        ALIDADE_LIBRARY="", JULIA_LOAD_PATH=f"{packages}:",
        JULIA_DEPOT_PATH=str(installed.work / "julia"),
    )  # fmt: skip
    assert printed == f"{library}0.0"


def test_c_examples(installed: Installed) -> None:
    series = installed.compiled("cc", EXAMPLES / "c" / "computer_series.c", *C_FLAGS)
    installed.check_series(series)
    moved = installed.ran(installed.compiled("cc", EXAMPLES / "c" / "move_and_read.c", *C_FLAGS))
    assert "0.03 mm: 0\n" in moved
    assert "refused: position is 1000 mm, allowed are -100 mm to 100 mm\n" in moved
    assert "stopped\n" in moved
    images = installed.ran(installed.compiled("cc", EXAMPLES / "c" / "gradient_source.c", *C_FLAGS))
    means = [float(line.split()[-1]) for line in images.splitlines()]
    assert means == [31.5, 41.5, 51.5, 61.5, 71.5]
    fit = installed.ran(installed.compiled("cc", EXAMPLES / "c" / "half_wave_plate.c", *C_FLAGS))
    found = re.match(r"amplitude +([\d.]+) .*\nangle +([\d.]+) ", fit)
    assert found
    assert [float(number) for number in found.groups()] == pytest.approx([1.05, 75.3], rel=0.02)
    presets = installed.compiled("cc", EXAMPLES / "c" / "presets.c", *C_FLAGS)
    switched = installed.ran(presets, EXAMPLES / "experiments" / "microscope.toml")
    assert switched == "the objective is none\nthe objective is x20\n"
    malus = installed.compiled("cc", EXAMPLES / "c" / "malus.c", *C_FLAGS)
    table = installed.work / "malus.csv"
    turned = installed.ran(malus, EXAMPLES / "experiments" / "malus.toml", table, "7")
    assert re.match(r"theta0 = 31\.[67]\d+ \+- 0\.00\d+ deg\n", turned)
    watch = installed.compiled("cc", EXAMPLES / "c" / "watch_events.c", *C_FLAGS)
    events = installed.ran(watch, EXAMPLES / "experiments" / "changes.toml", "10").splitlines()
    assert len(events) == 10
    assert any("device.opened" in line for line in events)
    assert any("property.changed" in line for line in events)


def test_program_of_the_documentation(installed: Installed) -> None:
    page = (ROOT / "docs" / "c.md").read_text("utf-8")
    (program,) = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    source = installed.work / "documented.c"
    source.write_text(program, encoding="utf-8")
    assert installed.ran(installed.compiled("cc", source, *C_FLAGS)) == "10 mm\n"
    (program,) = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
    source = installed.work / "documented.cpp"
    source.write_text(program, encoding="utf-8")
    assert installed.ran(installed.compiled("c++", source, *CPP_FLAGS)) == "10 mm\n"


def test_program_of_the_header(installed: Installed) -> None:
    header = (ROOT / "include" / "alidade.h").read_text("utf-8")
    lines = [line[7:] for line in header.splitlines() if line.startswith(" *     ")]
    source = installed.work / "smallest.c"
    source.write_text(
        "#include <alidade.h>\n#include <stdio.h>\nint main(void) {\n"
        + "\n".join(lines) + "\nreturn 0;\n}\n",
        "utf-8",
    )  # fmt: skip
    assert installed.ran(installed.compiled("gcc", source, *C_FLAGS)) == "it stands at 10 mm\n"


def test_bad_use_of_the_c_example(installed: Installed) -> None:
    series = installed.compiled("cc", EXAMPLES / "c" / "computer_series.c", *C_FLAGS)
    ended = subprocess.run(
        [series, "/nowhere/lab.toml"],
        env={**os.environ, "LD_LIBRARY_PATH": str(installed.libdir)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "/nowhere/lab.toml" in ended.stderr


def test_cpp_example(installed: Installed) -> None:
    installed.check_series(
        installed.compiled("c++", EXAMPLES / "cpp" / "computer_series.cpp", *CPP_FLAGS)
    )


def test_driver_outside_the_tree(installed: Installed) -> None:
    """The example driver is built against the installed headers alone, found, and read."""
    project = installed.work / "driver"
    shutil.copytree(EXAMPLES / "driver", project)
    run(
        "make", "-C", project, "CFLAGS=-O2 -Wall -Wextra -pedantic -Werror",
        PKG_CONFIG_PATH=str(installed.pkgconfig),
    )  # fmt: skip
    needed = run("readelf", "--dynamic", "--wide", project / "sysfs.so")
    assert "libalidade" not in needed
    sensor = project / "temp1_input"
    sensor.write_text("36600\n", encoding="utf-8")
    program = """if True:
        import sys
        import alidade
        options = {"file": sys.argv[1], "scale": 0.001, "unit": "Cel"}
        with alidade.Lab() as lab:
            board = lab.add("board", "sysfs", options)
            board.open()
            print(board.get("value"), alidade.ReadableSet([board]).units)
    """
    told = run(
        sys.executable, "-c", program, sensor,
        ALIDADE_DRIVER_PATH=str(project),
        ALIDADE_LIBRARY=str(installed.libdir / "libalidade.so.0.1"),
        PYTHONPATH=str(ROOT / "python"),
    )  # fmt: skip
    assert told == "36.6 ['Cel']\n"


def test_cmake(installed: Installed) -> None:
    build = installed.work / "cmake"
    run(
        "cmake",
        "-G",
        "Ninja",
        "-S",
        EXAMPLES / "cmake",
        "-B",
        build,
        f"-DCMAKE_PREFIX_PATH={installed.prefix}",
    )
    run("cmake", "--build", build)
    installed.check_series(build / "computer_series")
    installed.check_series(build / "computer_series_cpp")


@pytest.mark.parametrize("asked", ["7.0", "0.0", "0.2"])
def test_cmake_refuses_another_version(installed: Installed, asked: str) -> None:
    project = installed.work / f"asks-{asked}"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(x LANGUAGES C)\n"
        f"find_package(alidade {asked} REQUIRED)\n",
        encoding="utf-8",
    )
    with pytest.raises(AssertionError, match=re.escape(asked)):
        run(
            "cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
            f"-DCMAKE_PREFIX_PATH={installed.prefix}",
        )  # fmt: skip


@pytest.mark.parametrize("asked", ["alidade < 0.1", "alidade >= 0.2"])
def test_pkg_config_refuses_another_version(installed: Installed, asked: str) -> None:
    installed.flags("--exists", of="alidade >= 0.1 alidade < 0.2")
    with pytest.raises(AssertionError):
        installed.flags("--exists", of=asked)


def test_the_loader_knows_the_version(installed: Installed) -> None:
    """A program that was linked with another minor version is not run with this one."""
    major, minor = installed.flags("--modversion")[0].split(".")[:2]
    told = run("readelf", "-d", installed.libdir / "libalidade.so")
    assert f"Library soname: [libalidade.so.{major}.{minor}]" in told
