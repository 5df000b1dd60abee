"""Programs in C, C++ and Julia that use an installed wheel and nothing else of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
FLAGS = {"cc": ["-std=c99"], "c++": ["-std=c++20"]}
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
SERIES = [str(EXAMPLES / "experiments" / "computer.toml"), "computer.csv", "3", "0.02"]


class Environment:
    """A fresh virtual environment with the wheel, away from the clone."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        self.python = folder / "venv" / "bin" / "python"
        self.run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        # cffi is that of the environment that runs the tests, so that nothing comes from afar.
        import cffi

        (site,) = (folder / "venv").glob("lib/python3*/site-packages")
        (site / "tests.pth").write_text(str(Path(cffi.__file__).parents[1]), encoding="utf-8")
        self.run(
            sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet",
            "--no-deps", "--no-index", "--disable-pip-version-check", wheel,
        )  # fmt: skip
        self.package = site / "alidade"

    def run(self, *words: str | Path, **more: str) -> str:
        """Runs a program that knows of no library or package but the wheel's."""
        hidden = {"ALIDADE_LIBRARY", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        ended = subprocess.run(
            [str(word) for word in words],
            cwd=self.work, env={**environment, **more}, check=False, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip
        assert ended.returncode == 0, f"{words}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def told(self, option: str) -> str:
        """What the command says; build files ask it so."""
        return self.run(self.python, "-m", "alidade", option).removesuffix("\n")

    def flags(self) -> list[str]:
        """What pkg-config says of the wheel."""
        folder = self.told("--pkgconfig-dir")
        return self.run(
            "pkg-config", "--cflags", "--libs", "alidade", PKG_CONFIG_PATH=folder
        ).split()

    def check_series(self, program: Path) -> None:
        """A time series of this computer as CSV."""
        (self.work / "computer.csv").unlink(missing_ok=True)
        self.run(program, *SERIES)
        head, *rows = (self.work / "computer.csv").read_text("utf-8").splitlines()
        assert head.startswith("time [UTC],elapsed [s]")
        assert len(rows) == 3


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("languages"), wheel)


def test_python_names_the_folders_of_the_wheel(installed: Environment) -> None:
    program = """
import alidade
for find in ("library", "include", "cmake", "pkgconfig", "julia"):
    print(getattr(alidade, f"get_{find}")())
"""
    found = installed.run(installed.python, "-c", program).splitlines()
    assert found == [
        installed.told(option)
        for option in ("--library", "--include-dir", "--cmake-dir", "--pkgconfig-dir",
                       "--julia-dir")
    ]  # fmt: skip
    inside = str(installed.package) + os.sep
    assert [path for path in found if not path.startswith(inside)] == []
    assert [path for path in found if not Path(path).exists()] == []


def test_the_headers_are_those_of_the_sources(installed: Environment) -> None:
    there = Path(installed.told("--include-dir"))
    of_the_sources = {
        str(path.relative_to(ROOT / "include")): path.read_bytes()
        for path in (ROOT / "include").rglob("*.h*")
    }
    assert "alidade.h" in of_the_sources
    assert of_the_sources == {
        str(path.relative_to(there)): path.read_bytes() for path in there.rglob("*.h*")
    }


@pytest.mark.parametrize(
    ("compiler", "source"), [("cc", "c/computer_series.c"), ("c++", "cpp/computer_series.cpp")]
)
def test_pkg_config(compiler: str, source: str, installed: Environment) -> None:
    program = installed.work / f"by_pkg_config_{compiler}"
    installed.run(
        compiler, *FLAGS[compiler], *STRICT, EXAMPLES / source, *installed.flags(), "-o", program
    )
    installed.check_series(program)


def test_cmake(installed: Environment) -> None:
    build = installed.work / "cmake"
    installed.run(
        "cmake", "-G", "Ninja", "-S", EXAMPLES / "cmake", "-B", build,
        f"-Dalidade_DIR={installed.told('--cmake-dir')}",
    )  # fmt: skip
    installed.run("cmake", "--build", build)
    installed.check_series(build / "computer_series")
    installed.check_series(build / "computer_series_cpp")


def test_a_driver_of_your_own(installed: Environment) -> None:
    """Drivers need the headers alone."""
    driver = installed.work / "sysfs.so"
    (include, *_) = installed.flags()
    installed.run(
        "cc", "-shared", "-fPIC", *STRICT, include, EXAMPLES / "driver" / "sysfs.c", "-o", driver
    )
    program = """
import alidade, sys
alidade.load_driver(sys.argv[1])
print([driver["name"] for driver in alidade.drivers()])
"""
    assert "'sysfs'" in installed.run(installed.python, "-c", program, driver)


def test_julia(installed: Environment) -> None:
    packages = installed.told("--julia-dir")
    depot = {"JULIA_DEPOT_PATH": str(installed.work / "julia"), "JULIA_LOAD_PATH": f"{packages}:"}
    julia = os.environ.get("JULIA", "julia")
    program = "using Alidade; print(Alidade.library_name())"
    name = installed.run(julia, "--startup-file=no", "-e", program, **depot)
    assert Path(name).samefile(installed.told("--library"))
    # Away from the package in the sources, which lies beside it.
    shutil.copy(EXAMPLES / "julia" / "mocks.jl", installed.work)
    told = installed.run(julia, "--startup-file=no", "mocks.jl", **depot)
    assert "0.03 mm: " in told
    assert "refused: position is 1000 mm, allowed are -100 mm to 100 mm\n" in told
    assert "stopped: true\n" in told
