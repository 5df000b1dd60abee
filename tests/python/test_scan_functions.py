"""Functions as quantities of scans."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

import alidade
from alidade import MockCamera, MockMovable, MockReadable, Scan, aio, quantity
from alidade.scans import Point


def mean(point: Point) -> float:
    assert point.frame is not None
    return float(point.frame.to_numpy().mean())


def doubled(point: Point) -> float:
    return 2 * point.numbers["sensor"]


def test_functions_get_the_point_so_far(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    seen: list[Point] = []
    with (
        MockMovable("stage") as stage,
        MockReadable("sensor", value=2.5, unit="V") as sensor,
        MockCamera(pattern="gradient", width=32, height=16) as camera,
    ):
        given = [mean, quantity(doubled, "twice", unit="V"), sensor,
                 quantity(lambda p: p.numbers["twice"] + p.row, "next", unit="mV")]  # fmt: skip
        scan = Scan(stage, [1.0, 2.0], given, camera=camera)
        scan.record(csv_file=path, progress=seen.append)
    assert scan.names == ["stage", "sensor", "mean", "twice", "next"]
    assert scan.units == ["mm", "V", "1", "V", "mV"]
    means = [float(p.frame.to_numpy().mean()) for p in seen if p.frame is not None]
    assert scan.values.tolist() == [[1, 2.5, means[0], 5, 5], [2, 2.5, means[1], 5, 6]]
    assert seen[1].numbers == dict(zip(scan.names, scan.values[1]))
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][2:] == ["stage [mm]", "sensor [V]", "mean [1]", "twice [V]", "next [mV]"]
    assert [float(x) for x in rows[2][2:]] == scan.values[1].tolist()


def test_functions_alone_are_measured_once_a_point() -> None:
    calls: list[int] = []

    def count(point: Point) -> int:
        calls.append(point.row)
        return len(calls)

    with MockMovable("stage") as stage:
        scan = Scan(stage, [3.0, 4.0], [count], averages=5)
        scan.record()
    assert scan.names == ["stage", "count"]
    assert scan.column("count").tolist() == [1.0, 2.0]
    assert calls == [0, 1]


def test_asyncio_awaits_coroutine_functions() -> None:
    async def slowly(point: Point) -> float:
        await asyncio.sleep(0)
        return point.numbers["stage"] + 1

    async def main() -> Scan:
        async with aio.MockMovable("stage") as stage:
            scan = aio.Scan(stage, [1.0, 2.0], [slowly, quantity(lambda p: p.row, "row")])
            await scan.record()
            return scan

    assert asyncio.run(main()).values.tolist() == [[1, 2, 0], [2, 3, 1]]


def test_what_is_no_quantity_is_refused_before_anything_moves() -> None:
    async def slowly(point: Point) -> float:
        return 1.0

    wrong: Any = 5
    with MockMovable("stage", position=5.0) as stage:
        with pytest.raises(alidade.InvalidError, match=r"slowly is a coroutine.* alidade\.aio"):
            Scan(stage, [1.0], [slowly])
        with pytest.raises(alidade.InvalidError, match="two columns have the name 'mean'"):
            Scan(stage, [1.0], [mean, quantity(doubled, "mean")])
        with pytest.raises(TypeError, match="5 cannot be called"):
            quantity(wrong)
        with pytest.raises(alidade.InvalidError, match="nonsense"):
            quantity(mean, unit="nonsense")
        assert stage.position() == 5.0


def test_what_a_function_raises_or_gives_ends_the_scan_and_keeps_the_rest() -> None:
    def picky(point: Point) -> Any:
        if point.row == 1:
            raise ZeroDivisionError("mine")
        return 1.0 if point.row < 1 else "text"

    with MockMovable("stage") as stage:
        scan = Scan(stage, [1.0, 2.0], [picky])
        with pytest.raises(ZeroDivisionError, match="mine"):
            scan.record()
        assert len(scan) == 1
        assert scan.ended is alidade.Outcome.FAILED
        scan = Scan(stage, [1.0], [quantity(lambda _: "text", "words")])
        with pytest.raises(TypeError, match="what the quantity 'words' gave"):
            scan.record()
        assert len(scan) == 0
