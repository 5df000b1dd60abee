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


def test_camera_control() -> None:
    told = run("camera_control.py").splitlines()
    assert told[2].startswith("frame 2: 0.005 s, mean ")
    assert told[3] == "50 frames of (60, 80), 0 lost"
    assert told[4].startswith("the newest is frame ")


def test_camera_control_with_asyncio() -> None:
    assert run("camera_control_aio.py").splitlines() == [
        "2 ms: (240, 320)",
        "4 ms: (240, 320)",
        "20 frames, 0 missing",
    ]


REFUSED = "refused: position is 1000 mm, allowed are -100 mm to 100 mm"


def test_basic_stage() -> None:
    assert run("basic_stage.py").splitlines() == [
        "stage goes from -100 to 100 mm",
        "at 1.500 mm",
        "velocity 40 mm/s",
        REFUSED,
        "cancelled on the way: True",
        "home at 0 mm",
    ]


def test_basic_stage_with_asyncio() -> None:
    assert run("basic_stage_aio.py").splitlines() == [
        "x at 1.500 mm",
        "both at [1.0, 2.0]",
        REFUSED,
        "cancelled on the way: True",
        "home at 0 mm",
    ]


@pytest.mark.parametrize("name", ["sensor_reading.py", "sensor_reading_aio.py"])
def test_sensor_reading(name: str) -> None:
    told = run(name, "100")
    found = re.search(r"100 readings[:,] mean ([\d.]+) V \+- ([\d.]+) V", told)
    assert found, told
    mean, error = map(float, found.groups())
    # A hundred readings with a standard deviation of 0.1 V, by a seed.
    assert mean == pytest.approx(2.5, abs=0.04)
    assert error == pytest.approx(0.01, rel=0.3)
    assert "100 rows" in told


def test_synchronized_scan(tmp_path: Path) -> None:
    told = run("synchronized_scan.py", tmp_path, "3").splitlines()
    assert [line.partition(":")[0] for line in told[:3]] == ["0.000 mm", "0.050 mm", "0.100 mm"]
    assert told[3] == "3 frames; the scan has completed"
    with (tmp_path / "scan.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[2] == "x [mm]"
    assert [float(row[2]) for row in rows] == [0.0, 0.05, 0.1]
    with TiffFile(tmp_path / "scan.tiff") as stack:
        assert len(stack.pages) == 3


def test_synchronized_scan_with_asyncio() -> None:
    told = run("synchronized_scan_aio.py", "3").splitlines()
    assert [re.sub(r", .*", "", line) for line in told] == [
        "0.000 mm: frame 0",
        "0.050 mm: frame 1",
        "0.100 mm: frame 2",
    ]


# Run beside its package, in tests/python/judged/device/test_bluesky.py.
JUDGED = {"bluesky_devices.py"}


def test_all_of_them_are_run_and_told() -> None:
    names = {path.name for path in (EXAMPLES / "python").glob("*.py")}
    text = Path(__file__).read_text("utf-8")
    assert {name for name in names if f'"{name}"' not in text} == set()
    listed = (EXAMPLES / "python" / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\((\w+\.py)\)", listed)) == names


@pytest.mark.parametrize("name", DEMOS)
def test_the_experiments_of_the_examples_are_those_of_the_demo(name: str) -> None:
    assert (EXAMPLES / "experiments" / f"{name}.toml").read_text() == DEMOS[name].read_text()
