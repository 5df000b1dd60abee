"""Step scans: what is measured where, what is on the disk when, and where the axis stands."""

from __future__ import annotations

import asyncio
import csv
import json
import math
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from tifffile import TiffFile

import alidade
from alidade import Bench, Camera, Lab, MockCamera, MockMovable, MockReadable, Movable, Scan, aio
from alidade.scans import Point, linear
from support import every


def table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_row_for_each_position() -> None:
    with MockMovable("stage") as stage, MockReadable("sensor", value=2.5, unit="V") as sensor:
        scan = Scan(stage, [3.0, 1.0, 2.0], [sensor, (stage, "velocity")])
        seen: list[Point] = []
        scan.record(progress=seen.append)
    assert scan.names == ["stage", "sensor", "stage:velocity"]
    assert scan.units == ["mm", "V", "mm/s"]
    assert scan.values.tolist() == [[3.0, 2.5, 100.0], [1.0, 2.5, 100.0], [2.0, 2.5, 100.0]]
    assert every(np.diff(scan.t_mono_ns) > 0)
    assert [(p.row, p.rows) for p in seen] == [(0, 3), (1, 3), (2, 3)]
    assert seen[1].numbers == {"stage": 1.0, "sensor": 2.5, "stage:velocity": 100.0}
    assert seen[1].frame is None


def test_each_recording_begins_with_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    with MockMovable("stage") as stage, MockReadable("sensor", unit="V") as sensor:
        scan = Scan(stage, [1.0, 2.0, 3.0], [sensor])
        scan.record(csv_file=path)
        first = scan.t_mono_ns
        scan.record(csv_file=path)
        assert scan.column("stage").tolist() == [1.0, 2.0, 3.0]
        assert len(scan) == len(table(path)) - 1
        assert scan.t_mono_ns[0] > first[-1]
        scan.write_csv(tmp_path / "table.csv")
        assert (tmp_path / "table.csv").read_text() == path.read_text()
        # What does not begin takes nothing away.
        with pytest.raises(OSError, match="none"):
            scan.record(csv_file=tmp_path / "none" / "scan.csv")
        assert len(scan) == 3


def test_positions_in_another_unit() -> None:
    with MockMovable() as stage, MockReadable() as sensor:
        scan = Scan(stage, linear(0, 500, 3), [sensor], unit="um")
        scan.record()
    assert scan.column("stage").tolist() == [0.0, 0.25, 0.5]


def test_the_axis_has_settled_and_time_has_passed() -> None:
    with MockMovable(velocity=1e6, settle_time=0.0) as stage, MockReadable() as sensor:
        scan = Scan(stage, [1.0, 2.0, 3.0], [sensor], settle=0.05)
        scan.record()
    assert every(np.diff(scan.t_mono_ns) >= 50_000_000)


def test_several_readings_become_a_mean_with_its_error() -> None:
    with MockMovable(velocity=1e6) as stage, MockReadable("s", value=5, noise=0.5) as sensor:
        scan = Scan(stage, [0.0] * 40, [sensor], averages=25)
        scan.record()
    assert scan.names == ["stage", "s", "s error"]
    means, deviations = scan.column("s"), scan.column("s error")
    assert means.mean() == pytest.approx(5, abs=4 * 0.5 / math.sqrt(1000))
    assert means.std() == pytest.approx(0.1, rel=0.4)
    assert deviations.mean() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positions": []}, "at least one position"),
        ({"positions": [0.0, math.nan]}, "point 2 of 2 is at nan"),
        ({"positions": [0.0, 99.0, 101.0]}, r"point 3 of 3 is at 101 mm.* 100 mm"),
        ({"read": []}, "something to read"),
        ({"settle": -1.0}, "settle is -1.0 s"),
        ({"settle": math.nan}, "settle is nan"),
        ({"averages": 0}, "averages is 0"),
        ({"unit": "V"}, "cannot convert"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_moves(
    arguments: dict[str, object], words: str
) -> None:
    with MockMovable(position=5.0) as stage, MockReadable() as sensor:
        given = {"positions": [0.0], "read": [sensor], **arguments}
        with pytest.raises(ValueError, match=words):
            Scan(stage, given.pop("positions"), given.pop("read"), **given)  # type: ignore[arg-type]
        assert stage.position() == 5.0


def test_files_that_cannot_be_written_are_refused_before_anything_moves(tmp_path: Path) -> None:
    with MockMovable(position=5.0) as stage, MockReadable() as sensor:
        scan = Scan(stage, [0.0], [sensor])
        with pytest.raises(FileNotFoundError):
            scan.record(csv_file=tmp_path / "none" / "a.csv")
        with pytest.raises(alidade.UnsupportedError, match="no camera"):
            scan.record(frames_file=tmp_path / "a.tiff")
        assert stage.position() == 5.0
        assert len(scan) == 0


def test_each_row_is_on_the_disk_when_it_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = []
    with MockMovable("stage") as stage, MockReadable("sensor", value=1.5, unit="V") as sensor:
        scan = Scan(stage, [1.0, 2.0], [sensor])
        scan.record(csv_file=path, progress=lambda point: rows.append(table(path)))
    header, *_ = rows[0]
    assert header[2:] == ["stage [mm]", "sensor [V]"]
    assert [len(r) for r in rows] == [2, 3]
    assert rows[1][-1][2:] == ["2.0", "1.5"]


def test_a_failure_names_device_and_point_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with MockMovable("stage") as stage, MockReadable("sensor") as sensor:
        scan = Scan(stage, [1.0, 2.0, 3.0], [sensor])

        def lose(point: Point) -> None:
            if point.row == 1:
                sensor.close()

        with pytest.raises(alidade.ClosedError, match=r"point 3 of 3, stage to 3 mm") as told:
            scan.record(csv_file=path, progress=lose)
        assert "sensor" in str(told.value)
    assert scan.column("stage").tolist() == [1.0, 2.0]
    assert len(table(path)) == 3


def stands(stage: MockMovable) -> bool:
    first = stage.position()
    return all(stage.position() == first for _ in range(20))


def test_an_interrupt_stops_the_axis_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with MockMovable("stage", velocity=10.0) as stage, MockReadable() as sensor:
        scan = Scan(stage, [0.0, 0.1, 90.0], [sensor])

        def interrupt_soon(point: Point) -> None:
            if point.row == 1:
                threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()

        with pytest.raises(KeyboardInterrupt):
            scan.record(csv_file=path, progress=interrupt_soon)
        assert stands(stage)
        assert 0.1 < stage.position() < 90.0
    assert len(scan) == 2
    assert len(table(path)) == 3


def test_a_cancelled_task_stops_the_axis() -> None:
    async def main() -> None:
        async with aio.MockMovable("stage", velocity=10.0) as stage, aio.MockReadable() as sensor:
            scan = aio.Scan(stage, [0.0, 90.0], [sensor])
            measuring = asyncio.ensure_future(scan.record())
            await asyncio.sleep(0.3)
            measuring.cancel()
            with pytest.raises(asyncio.CancelledError):
                await measuring
            first = await stage.position()
            assert 0.0 < first < 90.0
            assert await stage.position() == first
            assert len(scan) == 1

    asyncio.run(main())


def test_asyncio_measures_the_same() -> None:
    async def main() -> alidade.Scan:
        async with aio.MockMovable("stage") as stage, aio.MockReadable("s", value=2) as sensor:
            scan = aio.Scan(stage, linear(0, 4, 5), [sensor], averages=2)
            await scan.record()
            found = await scan.fit("line")
            assert found["offset"] == pytest.approx(2)
            return scan

    scan = asyncio.run(main())
    assert scan.values.tolist() == [[x, 2.0, 0.0] for x in range(5)]


def test_a_frame_for_each_position(tmp_path: Path) -> None:
    path = tmp_path / "frames.tiff"
    bench = Bench(quantities={"waveplate.zero": 0.0})
    with Lab("bench") as lab:
        plate = lab.add(
            "plate", "mock-movable", {"unit": "deg", "bench": bench.name, "axis": "waveplate"}
        )
        camera = lab.add(
            "camera",
            "mock-camera",
            {"width": 32, "height": 24, "bench": bench.name, "trigger_mode": "software"},
        )
        lab.open()
        assert isinstance(plate, Movable)
        assert isinstance(camera, Camera)
        camera.arm()
        camera.trigger()  # a frame of earlier, which is not the scan's
        camera.next_frame()
        camera.disarm()
        camera.set_exposure(0.003)
        scan = Scan(plate, [0.0, 45.0, 0.0], camera=camera)
        seen: list[Point] = []
        scan.record(frames_file=path, progress=seen.append)
        with pytest.raises(alidade.StateError, match="not armed"):
            camera.trigger()
    with TiffFile(path) as file:
        pages = [page.asarray() for page in file.pages]
        about = [json.loads(page.description) for page in file.pages]
    assert len(pages) == 3
    for point, page, told in zip(seen, pages, about):
        assert point.frame is not None
        assert page.dtype == np.uint16
        assert every(page == point.frame.to_numpy())
        assert told["exposure [s]"] == 0.003
        assert told["plate [deg]"] == point.numbers["plate"]
        assert told["point"] == point.row
    assert pages[0].mean() > 2 * pages[1].mean(), "the crossed polarizer lets light pass"
    times = [point.frame.t_mono_ns for point in seen if point.frame is not None]
    assert every(begun < t for begun, t in zip(scan.t_mono_ns, times)), "taken before it settled"
    seen.clear()


def test_a_camera_that_is_not_triggered_by_software(tmp_path: Path) -> None:
    with MockMovable() as stage, MockCamera() as camera:
        camera.set_trigger_mode("internal")
        scan = Scan(stage, [0.0, 1.0], camera=camera)
        with pytest.raises(alidade.StateError, match="point 1 of 2") as told:
            scan.record(frames_file=tmp_path / "a.tiff")
        assert "trigger_mode" in str(told.value)


def test_columns_are_fitted_and_drawn(tmp_path: Path) -> None:
    with MockMovable("stage") as stage, MockReadable("s", value=3, noise=0.1) as sensor:
        scan = Scan(stage, linear(-5, 5, 21), [sensor, (stage, "velocity")], averages=3)
        scan.record()
    found = scan.fit("line", sigma=0.1 / math.sqrt(3))
    assert found["offset"] == pytest.approx(3, abs=5 * found.errors["offset"])
    assert scan.fit("line", "stage:velocity")["slope"] == pytest.approx(0, abs=1e-9)
    assert scan.fit("line", "s", "s").best == pytest.approx([0, 1], abs=1e-9)
    with pytest.raises(alidade.NotFoundError, match="no column 'x'"):
        scan.fit("line", "x")
    scan.write_png(tmp_path / "plain.png", "a scan")
    scan.write_png(tmp_path / "fitted.png", "a scan", found, "s", sigma=lambda y: 0.1 + 0 * y)
    plain, fitted = ((tmp_path / f"{x}.png").read_bytes() for x in ("plain", "fitted"))
    assert plain.startswith(b"\x89PNG")
    assert len(fitted) > len(plain), "the curve and what remains are missing"


def test_linear() -> None:
    assert linear(0, 1, 5) == [0, 0.25, 0.5, 0.75, 1]
    assert linear(3, -3, 3) == [3, 0, -3]
    assert linear(2, 9, 1) == [2]
    for wrong in ((0, 1, 0), (0, math.inf, 3), (math.nan, 1, 3)):
        with pytest.raises(alidade.InvalidError):
            linear(*wrong)
