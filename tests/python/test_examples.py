"""The examples run as they stand."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tifffile import TiffFile

from alidade.cli._demos import DEMOS

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *words: str | Path) -> str:
    ended = subprocess.run(
        [sys.executable, str(EXAMPLES / "python" / name), *map(str, words)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize("name", ["computer.py", "computer_aio.py"])
def test_the_computer(name: str, tmp_path: Path) -> None:
    told = run(name, tmp_path, "0.5")
    assert "computer/memory" in told
    with (tmp_path / "computer.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[2:4] == ["computer/cpu [%]", "computer/memory [By]"]
    assert rows
    assert (tmp_path / "computer.png").read_bytes().startswith(b"\x89PNG")


def test_malus(tmp_path: Path) -> None:
    told = run("malus.py", tmp_path, "7")
    found = re.search(r"theta0 = ([\d.]+) \+- ([\d.]+) deg", told)
    assert found
    angle, error = map(float, found.groups())
    assert 0 < error < 0.05
    assert angle == pytest.approx(31.7, abs=6 * error)
    with (tmp_path / "malus.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[2:] == ["rotator/plate [deg]", "meter [W]"]
    assert len(rows) == 7
    with TiffFile(tmp_path / "malus.tiff") as stack:
        means = [page.asarray().mean() for page in stack.pages]
    # The light on the sample follows the light at the meter.
    assert np.corrcoef(means, [float(row[3]) for row in rows])[0, 1] > 0.99
    assert (tmp_path / "malus.png").read_bytes().startswith(b"\x89PNG")


def test_mocks() -> None:
    told = run("mocks.py").splitlines()
    assert told[3].startswith("0.750 mm: ")
    assert "refused: position is 1000 mm" in told[4]
    assert "100 mm" in told[4]
    assert told[-1].startswith("stopped at ")


def test_presets() -> None:
    assert run("presets.py", EXAMPLES / "experiments" / "microscope.toml").splitlines() == [
        "the objective is None",
        "the objective is x20",
        "loading at {'x': 40.0, 'y': -10.0}",
        "x is at 0.0",
    ]


def test_camera() -> None:
    told = run("camera.py").splitlines()
    assert told[2].startswith("frame 2: 0.005 s, mean ")
    assert told[3] == "50 frames of (60, 80), 0 lost"
    assert told[4].startswith("the newest is frame ")


def test_all_of_them_are_run() -> None:
    names = {path.name for path in (EXAMPLES / "python").glob("*.py")}
    assert names == {
        "camera.py",
        "computer.py",
        "computer_aio.py",
        "malus.py",
        "mocks.py",
        "presets.py",
    }


@pytest.mark.parametrize("name", DEMOS)
def test_the_experiments_of_the_examples_are_those_of_the_demo(name: str) -> None:
    assert (EXAMPLES / "experiments" / f"{name}.toml").read_text() == DEMOS[name].read_text()
