"""Experiments on simulated instruments through the real drivers; and fits of what they give."""

from __future__ import annotations

import asyncio
import csv
import math
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tifffile import imread

import alidade
from alidade import Bench, Lab, Movable, Readable, Scan, Simulation, aio, fit
from alidade.cli._truth import truth
from alidade.scans import Point, linear
from command import absent, run, table
from support import ROOT, every

FILES = ROOT / "examples" / "experiments"

SEEDS = 500
# The simulated 1830-C: the noise of one reading, how many its filter averages, and its display.
RELATIVE, FLOOR, AVERAGED = 0.002, 2e-10, 4
COUNTS = 20_000


def meter(power: np.ndarray[Any, Any], noise: np.random.Generator) -> np.ndarray[Any, Any]:
    """What the meter shows for a power: noise, the mean of its filter, steps of its range."""
    read = power[:, None] + noise.normal(
        0, np.hypot(RELATIVE * power, FLOOR)[:, None], (len(power), AVERAGED)
    )
    full = 10e-3 * 10.0 ** np.ceil(np.log10(np.maximum(power, 1e-9) / 10e-3))
    step = full / COUNTS
    return np.round(read.mean(axis=1) / step) * step


def sigma(power: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.hypot(RELATIVE * power, FLOOR) / math.sqrt(AVERAGED)


def along(bench: Bench, quantity: str, positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The power for positions of an axis: instead of the axis what it moves against is moved."""
    zero = bench.get(quantity)
    powers = []
    for x in positions:
        bench.set(quantity, zero - x)
        powers.append(bench.get("power"))
    bench.set(quantity, zero)
    return np.array(powers)


EXPERIMENTS: dict[str, Callable[[], tuple[Bench, str, np.ndarray[Any, Any]]]] = {
    "malus-half-wave": lambda: (
        Bench(seed=1, quantities={"waveplate.zero": 31.7, "polarizer.extinction": 400.0}),
        "waveplate.zero",
        np.linspace(0, 90, 31),
    ),
    "edge": lambda: (
        Bench(seed=2, quantities={"beam.centre": 9.2, "beam.radius": 0.62}),
        "beam.centre",
        np.linspace(7.8, 10.6, 29),
    ),
}


@pytest.mark.parametrize("model", EXPERIMENTS)
def test_errors_are_what_they_say(model: str) -> None:
    bench, quantity, positions = EXPERIMENTS[model]()
    powers = along(bench, quantity, positions)
    true = truth(bench, model)
    pulls = []
    chi_squared = []
    for seed in range(SEEDS):
        read = meter(powers, np.random.default_rng(seed))
        found = fit.curve(model, positions, read, sigma)
        pulls.append([(found[name] - true[name]) / found.errors[name] for name in found])
        chi_squared.append(found.chi_squared / found.degrees_of_freedom)
    mean, spread = np.mean(pulls, axis=0), np.std(pulls, axis=0)
    assert every(np.abs(mean) < 0.15), dict(zip(true, mean))
    assert every((spread > 0.9) & (spread < 1.1)), dict(zip(true, spread))
    assert np.mean(chi_squared) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("name", "points", "parameter"), [("malus", 16, "angle"), ("knife_edge", 12, "radius")]
)
def test_an_experiment(name: str, points: int, parameter: str, tmp_path: Path) -> None:
    ended = run("demo", name, "--points", str(points), "--output", tmp_path)
    assert ended.returncode == 0, ended
    header, rows = table(tmp_path / f"{name}.csv")
    assert len(rows) == points
    assert every(re.fullmatch(r".* \[(UTC|s|deg|mm|W)\]", title) for title in header)
    off = [float(x) for x in re.findall(r": ([+-][\d.]+) sigma", ended.stdout)]
    assert len(off) == len(fit.models()["edge" if name == "knife_edge" else "malus-half-wave"])
    assert max(map(abs, off)) < 5, ended.stdout
    assert re.search(rf"{parameter} +[\d.]+ \+- [\d.]+ (deg|mm)", ended.stdout)
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    if name == "malus":
        frames = imread(tmp_path / "malus.tiff")
        assert frames.shape == (points, 96, 128)
        assert frames.dtype == np.uint16
        light = [float(row[header.index("meter [W]")]) for row in rows]
        assert np.corrcoef(frames.mean(axis=(1, 2)), light)[0, 1] > 0.99


def test_the_demo_without_a_package_for_frames(tmp_path: Path) -> None:
    without = absent("tifffile", tmp_path / "absent")
    ended = run("demo", "--points", "5", "--output", tmp_path / "made", **without)
    assert ended.returncode == 0, ended
    assert "alidade[cli]" in ended.stderr
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == [
        "malus.csv", "malus.json", "malus.png",
    ]  # fmt: skip


def knife_edge(stack: str = "") -> Lab:
    return Lab.from_text((FILES / "knife_edge.toml").read_text() + stack, "knife_edge.toml")


def test_an_interrupt_stops_the_axis_of_an_instrument(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with knife_edge() as lab:
        stage, meter = lab.device("stage/x", Movable), lab.device("meter", Readable)
        scan = Scan(stage, [0.0, 0.5, 20.0], [meter])

        def interrupt_soon(point: Point) -> None:
            if point.row == 1:
                threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()

        with pytest.raises(KeyboardInterrupt):
            scan.record(csv_file=path, progress=interrupt_soon)
        assert lab.bench.get("stage/x.velocity") == 0
        assert 0.5 < lab.bench.get("stage/x") < 19
        # The line is in step: the next answer is that to the next question.
        assert stage.position() == pytest.approx(lab.bench.get("stage/x"), abs=1e-3)
    with path.open(newline="") as file:
        assert len(list(csv.reader(file))) == 3


def test_an_instrument_that_goes_away_is_named_with_the_point(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Simulation("newport-1830c") as unplugged, Lab("bench") as lab:
        stage = lab.add("stage", "mock-movable")
        meter = lab.add("meter", "newport-1830c", {"uri": unplugged.uri})
        lab.open()
        assert isinstance(stage, Movable)
        assert isinstance(meter, Readable) or meter.can("readable")
        scan = Scan(stage, linear(0, 1, 5), [lab.device("meter", Readable)])

        def unplug(point: Point) -> None:
            if point.row == 2:
                unplugged.unplug()

        with pytest.raises(alidade.DisconnectedError) as told:
            scan.record(csv_file=path, progress=unplug)
        assert "point 4 of 5, stage to 0.75 mm" in str(told.value)
        assert "meter" in str(told.value)
    assert len(scan) == 3
    with path.open(newline="") as file:
        assert len(list(csv.reader(file))) == 4


def test_readings_that_remember_other_positions_are_taken_again() -> None:
    with Lab.from_toml(FILES / "malus.toml") as lab:
        plate, meter = lab.device("rotator/plate", Movable), lab.device("meter", Readable)
        meter.set("filter", "slow")  # sixteen readings, 0.64 s
        scan = Scan(plate, [31.7, 76.7, 31.7, 76.7], [meter])
        scan.record()
        light = truth(lab.bench, "malus-half-wave")
    bright, dark = light["amplitude"] + light["offset"], light["offset"]
    assert scan.column("meter") == pytest.approx([bright, dark, bright, dark], rel=0.02)


def test_asyncio_measures_on_instruments(tmp_path: Path) -> None:
    async def main() -> None:
        async with aio.Lab.from_toml(FILES / "malus.toml") as lab:
            scan = aio.Scan(
                lab.device("rotator/plate", aio.Movable),
                linear(0, 90, 5),
                [lab.device("meter", aio.Readable)],
                settle=0.2,
                camera=lab.device("camera", aio.Camera),
            )
            await scan.record(frames_file=tmp_path / "a.tiff")
            found = await scan.fit("malus-half-wave", sigma=lambda y: 0.001 * y)
            assert found["angle"] == pytest.approx(31.7, abs=6 * found.errors["angle"])
            assert imread(tmp_path / "a.tiff").shape == (5, 96, 128)

    asyncio.run(main())
