"""The wheel in a clean environment, as an ordinary user, with nothing else on the machine."""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

USER = "nobody" if os.geteuid() == 0 else None
# The system's own, which every user may run; that of the tests may lie in somebody's home.
PYTHON = next(p for p in ("/usr/bin/python3", sys.executable) if os.access(p, os.X_OK))
# Packages come from afar.
pytestmark = pytest.mark.timeout(600)


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program with an empty environment: no PATH, so no compiler, and no home."""
    ended = subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env={}, user=USER, capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 0, f"{words}\n{ended.stdout}\n{ended.stderr}"
    return ended


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder of the user who runs the programs; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="alidade-wheel-"))
    folder.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    if USER:
        os.chown(work, pwd.getpwnam(USER).pw_uid, -1)
    yield folder
    shutil.rmtree(folder)


class Installer:
    """Installs the wheel as docs/install.md says for machines without a network."""

    def __init__(self, wheel: Path, place: Path) -> None:
        self.place = place
        self.wheelhouse = place / "wheelhouse"
        self.pip("plain", "download", "--only-binary=:all:", "--retries=8", "--dest",
                 self.wheelhouse, f"{wheel}[cli]")  # fmt: skip

    def pip(self, name: str, *words: str | Path, **environment: str) -> Path:
        """Runs pip in an environment of its own, which is made for it; gives its programs."""
        found = self.place / name / "bin"
        if not found.exists():
            subprocess.run([PYTHON, "-m", "venv", str(found.parent)], check=True)
        subprocess.run(
            [str(found / "python"), "-m", "pip", words[0], "--quiet",
             "--disable-pip-version-check", *map(str, words[1:])],
            check=True, env={**os.environ, **environment},
        )  # fmt: skip
        return found

    def installed(self, name: str, what: str) -> Path:
        """A fresh environment; whatever would ask the network gets no answer."""
        nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
        return self.pip(
            name, "install", "--no-compile", "--no-cache-dir", "--no-index",
            "--find-links", self.wheelhouse, what, **nowhere,
        )  # fmt: skip


@pytest.fixture(scope="module")
def installer(wheel: Path, place: Path) -> Installer:
    return Installer(wheel, place)


@pytest.fixture(scope="module")
def binaries(installer: Installer) -> Path:
    """The wheel and what it asks for, nothing else."""
    return installer.installed("plain", "alidade")


@pytest.fixture(scope="module")
def with_plots(installer: Installer) -> Path:
    """What the README installs."""
    return installer.installed("cli", "alidade[cli]")


def test_the_wheelhouse_has_wheels_alone(installer: Installer, wheel: Path) -> None:
    files = [path.name for path in installer.wheelhouse.iterdir()]
    assert wheel.name in files
    assert {name.partition("-")[0] for name in files} >= {"cffi", "numpy", "matplotlib", "tifffile"}
    assert [name for name in files if not name.endswith(".whl")] == []


def test_import_and_info(binaries: Path, place: Path) -> None:
    told = run(binaries / "alidade", "info", cwd=place / "work").stdout
    version = run(
        binaries / "python", "-c", "import alidade; print(alidade.__version__)", cwd=place / "work"
    ).stdout.strip()
    assert version in told
    assert "mock-movable" in told
    assert str(place / "plain") in told, "the library is not the wheel's"


def check_malus(table: Path) -> None:
    with table.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[2:] == ["rotator/plate [deg]", "meter [W]"]
    assert len(rows) == 15


def test_demo_writes_numbers_frames_and_a_picture_within_a_minute(
    with_plots: Path, place: Path
) -> None:
    output = place / "work" / "made"
    began = time.monotonic()
    told = run(
        with_plots / "alidade", "demo", "--output", output, "--points", "15", cwd=place / "work",
    ).stdout  # fmt: skip
    assert time.monotonic() - began < 60
    (table,) = output.glob("*.csv")
    (picture,) = output.glob("*.png")
    (frames,) = output.glob("*.tiff")
    assert all(str(made) in told for made in (table, picture, frames))
    check_malus(table)
    assert "the bench has" in told
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_demo_of_the_plain_wheel_writes_its_table_and_says_what_brings_plots(
    binaries: Path, place: Path
) -> None:
    absent = "import importlib.util as u; assert not u.find_spec('matplotlib'), 'is there'"
    run(binaries / "python", "-c", absent, cwd=place)
    output = place / "work" / "numbers"
    ended = run(
        binaries / "alidade", "demo", "--output", output, "--points", "15", cwd=place / "work",
    )  # fmt: skip
    assert sorted(path.name for path in output.iterdir()) == ["malus.csv", "malus.json"]
    check_malus(output / "malus.csv")
    assert "the bench has" in ended.stdout
    assert "malus.png will not be drawn" in ended.stderr
    assert "pip install alidade[cli]" in ended.stderr


def test_the_sync_and_the_asyncio_face(binaries: Path, place: Path) -> None:
    program = """
import asyncio, alidade, alidade.aio
async def main():
    stage, sensor = alidade.aio.MockMovable(), alidade.aio.MockReadable()
    await stage.move_abs(10.0)
    print(await stage.position(), await sensor.read())
asyncio.run(main())
with alidade.MockMovable() as stage:
    stage.move_abs(10, unit="um")
    print(stage.position())
"""
    told = run(binaries / "python", "-c", program, cwd=place / "work").stdout.splitlines()
    assert abs(float(told[0].split()[0]) - 10) < 0.01
    assert abs(float(told[1]) - 0.01) < 0.001
