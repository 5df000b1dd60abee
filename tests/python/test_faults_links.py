"""Network links that are lost in mid-motion: the motion ends, and the device comes back usable."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from alidade import DeviceState, aio, errors
from faulty_instruments import ESP300, MOVABLE, Kind
from links import LINKS, Link, driven, linked
from support import eventually, run_python, took

pytestmark = pytest.mark.timeout(100)

each_link = pytest.mark.parametrize("how", LINKS)
each_axis = pytest.mark.parametrize("kind", MOVABLE, ids=str)

# Far enough that a motion goes on for seconds: at 5 mm/s, and at 430 degrees per second.
FAR = {"esp300": 20.0, "elliptec": 3000.0}

# What a close waits for a driver that does not end.
LEFT_BEHIND = 5.0


def cut_in_motion(link: Link) -> None:
    """Cuts the line when the axis really moves, and sees that it moves on."""
    assert eventually(lambda: link.speed() != 0)
    link.cut()


@each_link
@each_axis
def test_a_link_lost_in_mid_motion(how: str, kind: Kind, tmp_path: Path) -> None:
    with linked(how, kind, tmp_path) as link, driven(link) as (device, axis):
        for _ in range(2):
            op = axis.start_move(FAR[kind.driver])
            cut_in_motion(link)
            with pytest.raises(errors.DisconnectedError):
                op.wait(10)
            assert device.state is DeviceState.DISCONNECTED
            assert link.speed() != 0, "nobody could tell it to stop"
            with device.events("device.opened", "motion.found") as told:
                link.mend()
                link.open_again(device)
                # Stopped before anybody could ask for anything, and that is told.
                assert link.speed() == 0
                kinds = [told.next(timeout=5) for _ in range(2)]
            assert [event.name for event in kinds] == ["device.opened", "motion.found"]
            assert kinds[1].payload["device"] == f"device/{kind.part}"
            assert "was stopped" in kinds[1].payload["message"]
            # And it is not "in motion" for ever.
            assert axis.get("settled") is True
            assert axis.move_abs(1.0) == pytest.approx(1.0, abs=0.01)
            axis.stop()
        assert took(device.close) < 0.8 * LEFT_BEHIND


@each_link
@each_axis
def test_reopening_by_itself_stops_the_axis_first(how: str, kind: Kind, tmp_path: Path) -> None:
    with linked(how, kind, tmp_path) as link, driven(link) as (device, axis):
        device.set_reopen(0.02)
        op = axis.start_move(FAR[kind.driver])
        cut_in_motion(link)
        assert eventually(lambda: device.state is not DeviceState.OPEN)
        speeds: list[float] = []

        def read_as_soon_as_it_answers() -> None:
            while not speeds:
                try:
                    axis.position()
                except errors.Error:
                    continue
                speeds.append(link.speed())

        others = [threading.Thread(target=read_as_soon_as_it_answers) for _ in range(2)]
        for other in others:
            other.start()
        link.mend()
        for other in others:
            other.join(30)
        assert speeds
        assert set(speeds) == {0.0}
        with pytest.raises(errors.DisconnectedError):
            op.wait(10)
        assert axis.move_abs(1.0) == pytest.approx(1.0, abs=0.01)


@each_link
@each_axis
def test_a_task_whose_link_is_lost(how: str, kind: Kind, tmp_path: Path) -> None:
    async def main(link: Link) -> None:
        with driven(link):
            pass  # somebody answers
        device = aio.Device("device", kind.driver, link.options)
        await device.open()
        axis = device.child(kind.part)
        with device.events("motion.found") as told:
            task = asyncio.ensure_future(axis.move_abs(FAR[kind.driver]))
            while link.speed() == 0:
                await asyncio.sleep(0.001)
            link.cut()
            with pytest.raises(errors.DisconnectedError):
                await task
            assert device.state is DeviceState.DISCONNECTED
            link.mend()
            while device.state is not DeviceState.OPEN:
                try:
                    await device.open()
                except errors.NotFoundError:
                    await asyncio.sleep(0.01)
            assert link.speed() == 0
            assert (await told.next(timeout=5)).payload["device"] == f"device/{kind.part}"
        assert await axis.move_abs(1.0) == pytest.approx(1.0, abs=0.01)
        await device.close()

    with linked(how, kind, tmp_path) as link:
        asyncio.run(main(link))


def test_an_axis_that_stood_is_left_alone(tmp_path: Path) -> None:
    with linked("tcp", ESP300, tmp_path) as link, driven(link) as (device, axis):
        axis.move_abs(1.0)
        with device.events("device.opened", "motion.found") as told:
            link.cut()
            assert eventually(lambda: device.state is DeviceState.DISCONNECTED)
            link.mend()
            link.open_again(device)
            assert told.next(timeout=5).name == "device.opened"
            with pytest.raises(errors.TimedOutError):
                told.next(timeout=0.2)


def test_a_new_program_stops_what_one_before_it_has_left_moving(tmp_path: Path) -> None:
    """An ESP300 is told to stop whenever it is opened, and that it was needed is told."""
    with linked("tcp", ESP300, tmp_path) as link:
        with driven(link) as (_, axis):
            op = axis.start_move(20.0)
            cut_in_motion(link)
            with pytest.raises(errors.DisconnectedError):
                op.wait(10)
        link.mend()
        with driven(link) as (device, axis):
            assert eventually(lambda: link.speed() == 0)
            assert axis.position() < 20.0
            assert device.state is DeviceState.OPEN


ROUNDS = """
import gc, sys, time
from alidade import Bench, Device, DeviceState, Simulation, errors
driver, part, far = sys.argv[1], sys.argv[2], float(sys.argv[3])
settings = {"addresses": ["0"]} if driver == "elliptec" else {}
for i in range(8):
    with Simulation(driver, Bench(), listen=("tcp", "rfc2217")[i % 2]) as instrument:
        device = Device("device", driver, {"uri": instrument.uri, **settings})
        device.open()
        op = device.child(part).start_move(far)
        time.sleep(0.05)
        instrument.unplug()
        while device.state is DeviceState.OPEN:
            time.sleep(0.001)
        if i % 4 < 3:
            instrument.plug()
            device.open()
        if i % 4 < 2:
            device.close()
        del device, op
        gc.collect()
print("all rounds")
"""


@each_axis
def test_rounds_of_lost_links_end_no_process(kind: Kind) -> None:
    done = run_python(ROUNDS, kind.driver, kind.part, str(FAR[kind.driver]), timeout=90)
    assert done.code == 0, done
    assert "all rounds" in done.out
    assert "left behind" not in done.err
