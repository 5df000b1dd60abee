"""Scans whose instruments are unplugged and come back."""

from __future__ import annotations

import asyncio
import csv
import threading
from pathlib import Path

import pytest
from tifffile import TiffFile

from alidade import DeviceState, MockCamera, Outcome, Scan, aio, errors
from alidade.scans import Point
from faulty_instruments import ESP300
from links import Link, driven, linked
from support import eventually

pytestmark = pytest.mark.timeout(100)


def mend_when_noticed(link: Link, state: object) -> None:
    """Cuts the line, and mends it once the device has noticed that."""

    def mend() -> None:
        eventually(lambda: getattr(state, "state", None) is not DeviceState.OPEN)
        link.mend()

    link.cut()
    threading.Thread(target=mend, daemon=True).start()


@pytest.mark.parametrize("how", ["tcp", "rfc2217"])
def test_the_point_is_measured_again(how: str, tmp_path: Path) -> None:
    with (
        linked(how, ESP300, tmp_path) as link,
        driven(link) as (device, axis),
        MockCamera(pattern="gradient", width=32, height=16) as camera,
    ):
        device.set_reopen(0.02)
        lost: list[int] = []

        def lose(point: Point) -> float:
            """Loses the axis where a frame was taken already, once; then the whole point is due."""
            if point.row == 1 and not lost:
                lost.append(point.row)
                mend_when_noticed(link, device)
                axis.position()
            return point.row

        scan = Scan(axis, [0.1, 0.2, 0.3], [lose], camera=camera)
        points: list[Point] = []
        scan.record(
            csv_file=tmp_path / "a.csv", frames_file=tmp_path / "a.tiff", progress=points.append
        )
        assert lost == [1]
        assert scan.ended is Outcome.COMPLETED
        assert scan.column("lose").tolist() == [0, 1, 2]
        assert scan.column(axis.path) == pytest.approx([0.1, 0.2, 0.3], abs=1e-3)
        frames = [point.frame for point in points]
        numbers = [frame.seq for frame in frames if frame is not None]
        assert numbers == [0, 2, 3], "the frame of the lost point stands for no other"
        with (tmp_path / "a.csv").open(newline="") as file:
            assert [row[-1] for row in csv.reader(file)][1:] == ["0.0", "1.0", "2.0"]
        with TiffFile(tmp_path / "a.tiff") as stack:
            assert len(stack.pages) == 3


def test_an_axis_lost_in_mid_motion_goes_there_again(tmp_path: Path) -> None:
    with linked("tcp", ESP300, tmp_path) as link, driven(link) as (device, axis):
        device.set_reopen(0.02)
        scan = Scan(axis, [0.0, 1.0, 1.1], [(axis, "velocity")])

        def cut() -> None:
            assert eventually(lambda: link.speed() != 0 and len(scan) == 1)
            mend_when_noticed(link, device)

        cutting = threading.Thread(target=cut)
        cutting.start()
        scan.record()
        cutting.join()
        assert scan.column(axis.path) == pytest.approx([0.0, 1.0, 1.1], abs=1e-3)


def test_stopping_ends_the_wait_and_so_does_a_device_that_nobody_opens(tmp_path: Path) -> None:
    with linked("tcp", ESP300, tmp_path) as link, driven(link) as (device, axis):
        scan = Scan(axis, [0.0, 0.1], [(axis, "velocity")])

        def cut(point: Point) -> None:
            link.cut()

        with pytest.raises(errors.DisconnectedError, match="point 2 of 2"):
            scan.record(progress=cut)
        assert len(scan) == 1
        link.mend()
        link.open_again(device)
        device.set_reopen(30)

        def stop() -> None:
            eventually(lambda: device.state is DeviceState.DISCONNECTED)
            scan.stop()

        def cut_and_stop(point: Point) -> None:
            link.cut()
            threading.Thread(target=stop, daemon=True).start()

        scan.record(progress=cut_and_stop)
        assert scan.ended is Outcome.STOPPED
        assert len(scan) == 1


def test_asyncio_waits_too(tmp_path: Path) -> None:
    async def main(link: Link) -> Scan:
        with driven(link):
            pass  # somebody answers
        async with aio.Device("device", ESP300.driver, link.options) as device:
            device.set_reopen(0.02)
            axis = device.child(ESP300.part, aio.Movable)
            await axis.home()

            def lose(point: Point) -> None:
                if point.row == 0:
                    mend_when_noticed(link, device)

            scan = aio.Scan(axis, [0.1, 0.2], [(axis, "velocity")])
            await scan.record(progress=lose)
            return scan

    with linked("tcp", ESP300, tmp_path) as link:
        assert len(asyncio.run(main(link))) == 2
