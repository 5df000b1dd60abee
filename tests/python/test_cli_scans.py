"""`alidade run` of files with a table [scan]."""

from __future__ import annotations

import math
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alidade import fit
from alidade.cli._fits import with_error
from command import COMMAND, MOCKS, refused, run, table
from support import every

SCAN = """\
[scan]
axis = "stage"
from = 0.0
to = 2.0
points = 5
read = ["sensor", "stage:velocity"]
"""

FIT_LINE = '[scan.fit]\nmodel = "line"\n'


@pytest.fixture
def lab(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a lab's file with mocks and the given text behind them."""

    def write(text: str, devices: str = MOCKS) -> Path:
        path = tmp_path / "bench.toml"
        path.write_text(devices + text)
        return path

    return write


def test_a_scan_gives_a_table_a_plot_and_a_fit(lab: Callable[[str], Path], tmp_path: Path) -> None:
    fit = '[scan.fit]\nmodel = "line"\nnoise = 0.1\nrelative_noise = 0.01\n'
    ended = run("run", lab(SCAN + "averages = 4\nsettle = 0.01\n" + fit), cwd=tmp_path)
    assert ended.returncode == 0, ended
    header, rows = table(tmp_path / "bench.csv")
    assert header[2:] == [
        "stage [mm]", "sensor [V]", "sensor error [V]",
        "stage:velocity [mm/s]", "stage:velocity error [mm/s]",
    ]  # fmt: skip
    assert [float(row[2]) for row in rows] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert {row[3] for row in rows} == {"2.5"}
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")
    assert "bench.csv: 5 rows of stage, sensor" in ended.stdout
    told = ended.stdout.partition("line of sensor over stage:")[2].split()
    # The mean of five values of 2.5, each known to hypot(0.1, 0.025) / 2, at their middle.
    assert told[:5] == ["offset", "2.500", "+-", "0.040", "V"]
    assert "chi squared 0 for 3 degrees of freedom" in " ".join(told) or "e-" in " ".join(told)
    assert "point 5 of 5" in ended.stderr


def test_a_list_of_positions_in_another_unit(lab: Callable[[str], Path], tmp_path: Path) -> None:
    text = '[scan]\naxis = "stage"\npositions = [500, 0.0, 250]\nunit = "um"\nread = ["sensor"]\n'
    ended = run("run", lab(text + 'csv = "a.csv"\nplot = ""\n'), "--output", tmp_path / "x")
    assert ended.returncode == 0, ended
    assert [row[2] for row in table(tmp_path / "x" / "a.csv")[1]] == ["0.5", "0.0", "0.25"]
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["a.csv", "a.json"]


def test_properties_are_set_before(lab: Callable[[str], Path], tmp_path: Path) -> None:
    ended = run("run", lab(SCAN + '[scan.set]\n"stage:velocity" = 33.0\n'), cwd=tmp_path)
    assert ended.returncode == 0, ended
    assert {row[4] for row in table(tmp_path / "bench.csv")[1]} == {"33.0"}


def test_the_command_line_says_how_many_points(lab: Callable[[str], Path], tmp_path: Path) -> None:
    file = lab(SCAN)
    assert run("run", file, "--points", "3", cwd=tmp_path).returncode == 0
    assert [row[2] for row in table(tmp_path / "bench.csv")[1]] == ["0.0", "1.0", "2.0"]
    refused(run("run", file, "--points", "3", cwd=tmp_path), "is there already", "--overwrite")
    refused(run("run", file, "--seconds", "1", cwd=tmp_path), "--seconds", "[series]")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SCAN + '[series]\nread = ["sensor"]\n', ["both [series] and [scan]"]),
        (SCAN.replace('axis = "stage"\n', ""), ["axis", ":10:"]),
        (SCAN.replace('"stage"\n', '"stag"\n'), ["stag", "did you mean 'stage'", ":11:"]),
        (SCAN.replace('"stage"\n', '"sensor"\n'), ["'sensor' is not movable", ":11:"]),
        (SCAN.replace("points", "pointz"), ["pointz", "points", ":14:"]),
        (SCAN.replace("points = 5\n", ""), ["scan.points is missing", ":10:"]),
        (SCAN.replace("points = 5", "points = 0"), ["points", "1", ":14:"]),
        (SCAN.replace("from = 0.0", "from = inf"), ["scan.from is inf", ":12:"]),
        (SCAN.replace("from = 0.0", 'from = "a"'), ["from", ":12:"]),
        (SCAN + "positions = [1.0]\n", ["in place of from, to and points", ":16:"]),
        ('[scan]\naxis = "stage"\npositions = []\nread = ["sensor"]\n', ["is empty", ":12:"]),
        ('[scan]\naxis = "stage"\npositions = [1, "a"]\nread = ["sensor"]\n', ["'a'", ":12:"]),
        (SCAN.replace("to = 2.0", "to = 200.0"), ["point 4 of 5", "150 mm", "100 mm", ":10:"]),
        (SCAN.replace('"sensor"', '"senser"'), ["senser", 'did you mean "sensor"', ":15:9"]),
        (SCAN.partition("read")[0], ["scan.read is missing", ":10:"]),
        (SCAN + 'unit = "V"\n', ["cannot convert", ":10:"]),
        (SCAN + "settle = -1.0\n", ["settle", ":16:"]),
        (SCAN + "averages = 0\n", ["averages", ":16:"]),
        (SCAN + '[scan.set]\n"stage:velocitty" = 1.0\n', ["velocitty", "velocity", ":17:"]),
        (SCAN + '[scan.set]\n"stage:velocity" = -1.0\n', ["velocity", ":17:"]),
        (SCAN + '[scan.set]\n"stag:velocity" = 1.0\n', ["'stage'", ":17:"]),
        (SCAN + "[scan.set]\nvelocity = 1.0\n", ['expected "device:property"', ":17:"]),
        (SCAN + 'frames = "a.tiff"\n', ["needs a camera", ":16:"]),
        (SCAN + 'csv = "../a.csv"\n', ["csv", "--output", ":16:"]),
        (SCAN + 'camera = "sensor"\n', ["'sensor' is not camera", ":16:"]),
        (SCAN + "[scan.fit]\n", ["model", ":16:"]),
        (SCAN + '[scan.fit]\nmodel = "parabola"\n', ["parabola", "line", ":17:"]),
        (SCAN + '[scan.fit]\nmodel = "line"\ny = "senser"\n', ["senser", '"sensor"', ":18:"]),
        (SCAN + '[scan.fit]\nmodel = "line"\nnoise = -1.0\n', ["noise", ":18:"]),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(
    lab: Callable[[str], Path], tmp_path: Path, text: str, words: list[str]
) -> None:
    file = lab(text)
    refused(run("run", file, cwd=tmp_path), "bench.toml", *words)
    assert list(tmp_path.iterdir()) == [file]


def test_an_absent_axis_ends_it(lab: Callable[[str], Path], tmp_path: Path) -> None:
    gone = '[devices.gone]\ndriver = "host"\nroot = "/nowhere"\n'
    ended = run("run", lab(gone + SCAN.replace('"stage"\n', '"gone/x"\n')), cwd=tmp_path)
    assert ended.returncode == 1
    assert "gone/x is absent" in ended.stderr
    assert "bench.toml:14:" in ended.stderr


def test_a_failed_fit_costs_neither_table_nor_plot(
    lab: Callable[[str], Path], tmp_path: Path
) -> None:
    """A level sensor has no edge."""
    fit = '[scan.fit]\nmodel = "edge"\n'
    ended = run("run", lab(SCAN + fit), cwd=tmp_path)
    assert ended.returncode == 1
    assert "bench.toml:16:" in ended.stderr
    assert "do not determine" in ended.stderr
    assert len(table(tmp_path / "bench.csv")[1]) == 5
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")
    assert "bench.png: the plot" in ended.stdout


@pytest.mark.parametrize(
    ("model", "points", "noise", "least"),
    [("edge", 4, "", 5), ("edge", 3, "noise = 0.1", 4), ("line", 2, "", 3), ("malus", 3, "", 4)],
)
def test_too_few_points_are_known_before_anything_moves(
    model: str, points: int, noise: str, least: int, lab: Callable[[str], Path], tmp_path: Path
) -> None:
    fit = f'[scan.fit]\nmodel = "{model}"\n{noise}\n'
    text = SCAN.replace("points = 5", f"points = {points}") + fit
    refused(
        run("run", lab(text), cwd=tmp_path),
        f"the scan has {points} points",
        f"need at least {least}",
        "bench.toml:17:",
    )
    assert not (tmp_path / "bench.csv").exists()
    enough = lab(text.replace(f"points = {points}", f"points = {least}"))
    assert "points; the" not in run("run", enough, cwd=tmp_path).stderr
    assert len(table(tmp_path / "bench.csv")[1]) == least


def test_too_few_points_of_a_demo(tmp_path: Path) -> None:
    refused(
        run("demo", "knife_edge", "--points", "3", "--output", tmp_path),
        "the scan has 3 points",
        "need at least 4",
    )
    assert not list(tmp_path.iterdir())


def test_without_noise_the_scatter_is_told_with_its_unit(
    lab: Callable[[str], Path], tmp_path: Path
) -> None:
    noisy = MOCKS.replace("value = 2.5", "value = 2.5\nnoise = 0.1\nseed = 7")
    path = tmp_path / "bench.toml"
    path.write_text(noisy + SCAN.replace("points = 5", "points = 12") + FIT_LINE)
    ended = run("run", path, cwd=tmp_path)
    assert ended.returncode == 0, ended
    assert "chi squared" not in ended.stdout
    rows = table(tmp_path / "bench.csv")[1]
    x, y = ([float(row[i]) for row in rows] for i in (2, 3))
    rms = math.sqrt(fit.curve("line", x, y).chi_squared / len(rows))
    assert rms > 0
    assert f"rms of the residuals {rms:.3g} V; the noise is unknown" in ended.stdout


def test_ctrl_c_keeps_what_was_measured(lab: Callable[[str], Path], tmp_path: Path) -> None:
    text = SCAN.replace("to = 2.0", "to = 100.0").replace("points = 5", "points = 100001")
    process = subprocess.Popen(
        [*COMMAND, "run", str(lab(text))],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    path, until = tmp_path / "bench.csv", time.monotonic() + 30
    while not (path.exists() and len(path.read_text().splitlines()) > 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "no rows within 30 s"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "what was measured until then is kept" in errors
    _, rows = table(path)
    assert f"bench.csv: {len(rows)} rows" in told
    assert every(len(row) == 5 for row in rows)
    assert (tmp_path / "bench.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (12.3456, 0.0123, "12.346 +- 0.012"),
        (4.9981e-4, 2.1e-7, "(499.81 +- 0.21)e-6"),
        (-1.5, 20.0, "-2 +- 20"),
        (0.0, 1e-12, "(0.0 +- 1.0)e-12"),
        (123456.0, 78.0, "(123.456 +- 0.078)e3"),
        (1.0, 0.0, "1 +- 0"),
    ],
)
def test_numbers_have_as_many_digits_as_mean_something(
    value: float, error: float, told: str
) -> None:
    assert with_error(value, error) == told


METER = """\
[devices.meter]
driver = "newport-1830c"
uri = "sim:newport-1830c?transcript=meter.txt"
safe_state = [{{ set = "wavelength", to = 700.0, timeout = {timeout} }}]
"""


@pytest.mark.parametrize(
    ("timeout", "said"), [(10.0, ""), (0.0, "not everything could be brought to its safe state: ")]
)
def test_a_scan_leaves_everything_safe(
    lab: Callable[[str], Path], tmp_path: Path, timeout: float, said: str
) -> None:
    ended = run("run", lab(SCAN, MOCKS + METER.format(timeout=timeout)), cwd=tmp_path)
    assert ended.returncode == 0, ended
    assert said in ended.stderr
    sent = (tmp_path / "meter.txt").read_text()
    assert said or "W0700" in sent


def test_a_log_beside_what_is_measured(lab: Callable[[str], Path], tmp_path: Path) -> None:
    file = lab(SCAN + 'plot = ""\n')
    notes = tmp_path / "night.log"
    assert run("run", file, "--log", notes, cwd=tmp_path).returncode == 0
    first = notes.read_text().splitlines()
    assert "INFO    alidade.command: alidade " in first[0]
    assert "INFO    alidade.command: ended with exit code 0" in first[-1]
    failed = run("run", file, "--log", notes, cwd=tmp_path)
    refused(failed, "is there already")
    lines = notes.read_text().splitlines()
    assert lines[: len(first)] == first
    assert "ERROR   alidade.command: failed: " in lines[-1]
    refused(run("run", file, "--log", tmp_path / "no" / "file", cwd=tmp_path), "no/file")


def test_fits_of_a_scan_with_what_is_known(lab: Callable[[str], Path], tmp_path: Path) -> None:
    known = "fixed = {offset = 2.0}\nbounds = {slope = [-0.1, 0.25]}\n"
    ended = run("run", lab(SCAN + FIT_LINE + known), cwd=tmp_path)
    assert "offset     2 V (fixed)" in ended.stdout.replace("(fixed) V", "V (fixed)"), ended
    assert "0.25 (at its bound) V/mm" in ended.stdout
    for wrong in ("fixed = {off = 2.0}", "bounds = {slope = 1.0}", 'fixed = {slope = "a"}'):
        refused(run("run", lab(SCAN + FIT_LINE + wrong), cwd=tmp_path), "offset, slope", ":18:")
