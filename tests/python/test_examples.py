"""The examples run as they stand."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

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
def test_the_main_job(name: str, tmp_path: Path) -> None:
    told = run(name, tmp_path, "0.5")
    assert "computer/memory" in told
    with (tmp_path / "computer.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[2:4] == ["computer/cpu [%]", "computer/memory [By]"]
    assert rows
    assert (tmp_path / "computer.png").read_bytes().startswith(b"\x89PNG")


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


def test_all_of_them_are_run() -> None:
    names = {path.name for path in (EXAMPLES / "python").glob("*.py")}
    assert names == {"computer.py", "computer_aio.py", "mocks.py", "presets.py"}


def test_the_lab_of_the_examples_is_that_of_the_demo() -> None:
    import alidade.cli

    packaged = Path(alidade.cli.__file__).with_name("computer.toml")
    assert (EXAMPLES / "experiments" / "computer.toml").read_text() == packaged.read_text()
