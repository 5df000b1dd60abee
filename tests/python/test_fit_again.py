"""The JSON file beside a table, and fits of the table done again by `alidade fit`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alidade
import alidade.aio
from alidade import MockMovable, MockReadable, Scan
from command import MOCKS, refused, run

SCAN = """\
[devices.idle]
driver = "mock-movable"
[scan]
axis = "stage"
from = 0.0
to = 2.0
points = 9
read = ["sensor", "stage:velocity"]
plot = ""
[scan.fit]
model = "line"
noise = 0.1
relative_noise = 0.01
fixed = {slope = 0.0}
"""


def measured(tmp_path: Path, text: str = SCAN) -> str:
    (tmp_path / "bench.toml").write_text(
        MOCKS.replace("value = 2.5", "noise = 0.01\nvalue = 2.5") + text
    )
    ended = run("run", "bench.toml", cwd=tmp_path)
    assert ended.returncode == 0, ended
    return ended.stdout.partition("\n\n")[2]


def test_what_stands_beside_a_table(tmp_path: Path) -> None:
    measured(tmp_path)
    told = json.loads((tmp_path / "bench.json").read_text())
    assert told["format"] == "alidade recording 1"
    assert (told["table"], told["kind"], told["rows"]) == ("bench.csv", "scan", 9)
    assert told["columns"][1] == {"name": "sensor", "unit": "V"}
    assert told["versions"]["alidade"] == alidade.__version__
    # Devices that take no part, too.
    assert set(told["devices"]) >= {"stage", "sensor", "idle"}
    assert told["devices"]["stage"]["driver"] == "mock-movable"
    assert told["devices"]["stage"]["settings"]["velocity"]["unit"] == "mm/s"
    first = (tmp_path / "bench.csv").read_text().splitlines()[1].partition(",")[0]
    assert told["first"] == first <= told["last"]
    assert told["clock"]["steps"] == []
    (fit,) = told["fits"]
    assert (fit["model"], fit["x"], fit["y"], fit["fixed"]) == (
        "line",
        "stage",
        "sensor",
        {"slope": 0},
    )
    assert len(fit["sigma"]) == 9
    assert fit["errors"]["offset"] == pytest.approx(np.sqrt(0.1**2 + 0.025**2) / 3, rel=0.01)


def test_a_fit_done_again_is_the_same(tmp_path: Path) -> None:
    said = measured(tmp_path)
    again = run("fit", "bench.csv", cwd=tmp_path)
    assert again.stdout.strip() == said.strip(), again
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = run("fit", "bench.csv", "--model", "sine", "--y", "stage:velocity", "--noise", "0.5",
                "--fixed", "frequency=1", "--bounds", "offset=:5", "--start", "amplitude=1",
                "--start", "phase=0", "--start", "offset=1", "--plot", "sine.png",
                cwd=tmp_path)  # fmt: skip
    assert other.returncode == 0, other
    assert "sine of stage:velocity over stage:" in other.stdout
    assert "frequency  1 (fixed) 1/mm" in other.stdout
    assert "for 6 degrees of freedom" in other.stdout
    assert (tmp_path / "sine.png").read_bytes().startswith(b"\x89PNG")
    assert {
        path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in files
    } == files


def test_tables_that_cannot_be_fitted_again(tmp_path: Path) -> None:
    measured(tmp_path)
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    refused(run("fit", "mine.csv", cwd=tmp_path), "mine.csv is no table of alidade")
    refused(run("fit", "none.csv", cwd=tmp_path), "none.csv", "No such file")
    refused(run("fit", "bench.csv", "--model", "cubic", cwd=tmp_path), "'cubic'", "damped-sine")
    refused(run("fit", "bench.csv", "--x", "stag", cwd=tmp_path), "stag")
    refused(run("fit", "bench.csv", "--fixed", "off", cwd=tmp_path), "NAME=VALUE")
    refused(run("fit", "bench.csv", "--fixed", "off=1", cwd=tmp_path), "offset, slope")
    refused(run("fit", "bench.csv", "--bounds", "offset=1", cwd=tmp_path), "LEAST:GREATEST")
    table = tmp_path / "bench.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    refused(run("fit", "bench.csv", cwd=tmp_path), "9 rows", "--noise")
    assert run("fit", "bench.csv", "--noise", "0.1", cwd=tmp_path).returncode == 0
    (tmp_path / "bench.json").write_text("[]")
    refused(run("fit", "bench.csv", cwd=tmp_path), "bench.json is none of alidade's")
    (tmp_path / "bench.json").unlink()
    refused(run("fit", "bench.csv", cwd=tmp_path), "no fit stands beside", "--model")


def test_fits_of_scans_in_python_and_asyncio(tmp_path: Path) -> None:
    def check(kept: Any, found: Any, model: str) -> None:
        assert kept["model"] == model
        assert kept["parameters"] == pytest.approx(dict(found))
        assert np.array(kept["covariance"]) == pytest.approx(found.covariance)

    stage, sensor = MockMovable(velocity=1e6, settle_time=0.0), MockReadable(value=2.0, noise=0.1)
    scan = Scan(stage, range(8), [sensor])
    scan.record(csv_file=tmp_path / "a.csv")
    line = scan.fit("line", bounds={"slope": (None, 1)})
    edge = scan.fit("line", sigma=0.2, fixed={"offset": 1})
    kept = json.loads((tmp_path / "a.json").read_text())["fits"]
    check(kept[0], line, "line")
    check(kept[1], edge, "line")
    assert kept[0]["bounds"] == {"slope": [None, 1]}
    assert "mean" not in run("fit", tmp_path / "a.csv").stderr

    async def main() -> None:
        stage = alidade.aio.MockMovable(velocity=1e6, settle_time=0.0)
        scan = alidade.aio.Scan(stage, range(8), [alidade.aio.MockReadable(noise=0.1)])
        await scan.record(csv_file=tmp_path / "b.csv")
        found = await scan.fit("line")
        check(json.loads((tmp_path / "b.json").read_text())["fits"][0], found, "line")

    asyncio.run(main())


def test_a_fit_of_new_rows_is_not_put_beside_the_table_of_old_ones(tmp_path: Path) -> None:
    beside = tmp_path / "old.json"
    with MockMovable("stage") as stage, MockReadable("s", value=3.0) as sensor:
        scan = Scan(stage, [0.0, 1.0, 2.0], [sensor])
        scan.record(csv_file=tmp_path / "old.csv")
        scan.fit("line", sigma=0.5)
        assert len(json.loads(beside.read_text())["fits"]) == 1
        scan.record()
        scan.fit("line", sigma=0.5)
    assert len(json.loads(beside.read_text())["fits"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "old.json"]
