"""The driver elliptec, and the simulated bus, judged by the maker's manual."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import alidade
from alidade import Device, Lab, Movable, Simulation, aio
from elliptec_by_manual import Bus, Motor
from support import eventually, every

pytestmark = pytest.mark.timeout(120)


@contextmanager
def at_bus(*motors: Motor, collides: bool = True) -> Iterator[tuple[Bus, Device]]:
    """A bus by the manual, and the open device of the driver."""
    with Bus(motors, collides) as bus:
        options = {"uri": bus.uri, "addresses": sorted({m.address for m in motors})}
        with Device("bus", "elliptec", options) as device:
            yield bus, device


def slow_stage(**given: object) -> Motor:
    """A stage of 60 mm that takes longer for 50 than a caller is usually held after a cancel."""
    return Motor("0", 20, speed=15 * 1024, **given)  # type: ignore[arg-type]


def stands(motor: Motor) -> bool:
    return not motor.moves


# --- which of them can be stopped ---


@pytest.mark.parametrize("model", [6, 9, 12, 14, 15, 16, 17, 18, 20, 21])
def test_it_says_which_can_be_stopped(model: int) -> None:
    with at_bus(Motor("0", model)) as (_, device):
        axis = device.child("0")
        known = axis.describe()
        assert axis.can("movable")
        assert axis.can("stop") == (model in (14, 16, 21))
        assert ("stop" in known["capabilities"]) == axis.can("stop")
        assert ("stop" in known["actions"]) == axis.can("stop")
    assert alidade.MockMovable().can("stop")  # old code can ask it of any axis


def test_a_stage_that_cannot_be_stopped_is_no_success() -> None:
    with at_bus(slow_stage()) as (bus, device):
        axis = device.child("0")
        motion = axis.start_move(50.0)
        assert eventually(lambda: bus["0"].where >= 10)
        with pytest.raises(alidade.UnsupportedError, match="cannot be stopped"):
            axis.stop()
        with pytest.raises(alidade.UnsupportedError, match="cannot be stopped"):
            axis.act("stop")
        assert bus["0"].moves
        with pytest.raises(alidade.BusyError):
            axis.move_abs(0.0)
        assert motion.wait(30.0) == 50.0
        assert bus["0"].where == 50.0
        assert every(c[1:3] != "st" for c in bus.heard)


def test_a_cancelled_move_waits_for_the_end_and_says_where_it_stands() -> None:
    with at_bus(slow_stage()) as (bus, device):
        motion = device.child("0").start_move(50.0)
        assert eventually(lambda: bus["0"].where >= 1)
        motion.cancel()
        with pytest.raises(alidade.CancelledError, match=r"cannot be stopped.*stands at 50 mm"):
            motion.wait(30.0)
        assert stands(bus["0"])
        assert device.child("0").move_abs(51.0) == 51.0


def test_a_move_out_of_time_waits_for_the_end_and_says_where_it_stands() -> None:
    with at_bus(slow_stage(position_in_motion=False)) as (bus, device):
        with pytest.raises(alidade.TimedOutError, match=r"cannot be stopped.*stands at 50 mm"):
            device.child("0").move_abs(50.0, timeout=0.3)
        assert stands(bus["0"])


def test_a_cancelled_task_waits_for_the_end() -> None:
    async def main(bus: Bus) -> None:
        async with aio.Device("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]}) as device:
            axis = device.child("0")
            assert isinstance(axis, aio.Movable)
            assert not axis.can("stop")
            moving = asyncio.ensure_future(axis.move_abs(50.0))
            while bus["0"].where < 1:
                await asyncio.sleep(0.01)
            with pytest.raises(alidade.UnsupportedError):
                await axis.stop()
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            assert stands(bus["0"])
            assert bus["0"].where == 50.0

    with Bus([slow_stage()]) as bus:
        asyncio.run(main(bus))


def test_closing_waits_until_it_stands() -> None:
    with Bus([slow_stage()]) as bus:
        device = Device("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]})
        device.open()
        motion = device.child("0").start_move(50.0)
        assert eventually(lambda: bus["0"].where >= 1)
        device.close()
        assert stands(bus["0"])
        with pytest.raises(alidade.Error):
            motion.wait(1.0)


def test_an_emergency_stop_names_what_it_cannot_stop() -> None:
    rotator = Motor("1", 14)
    with Bus([slow_stage(), rotator]) as bus, Lab() as lab:
        device = lab.add("stages", "elliptec", {"uri": bus.uri, "addresses": ["0", "1"]})
        lab.open()
        stage, plate = device.child("0"), device.child("1")
        moving, turning = stage.start_move(50.0), plate.start_move(300.0)
        assert eventually(lambda: bus["0"].where >= 1 and bus["1"].moves)
        with pytest.raises(alidade.UnsupportedError) as told:
            lab.emergency_stop()
        assert "stages/0" in str(told.value)
        assert "stages/1" not in str(told.value)
        with pytest.raises(alidade.CancelledError, match="stopped at"):
            turning.wait(10.0)
        assert bus["1"].where < 300
        assert bus["0"].moves
        assert moving.wait(30.0) == 50.0


@pytest.mark.parametrize("model", [14, 16, 21])
def test_those_that_stop_do(model: int) -> None:
    with at_bus(Motor("0", model)) as (bus, device):
        axis = device.child("0")
        motion = axis.start_move(300.0)
        assert eventually(lambda: bus["0"].where >= 1)
        axis.stop()
        assert stands(bus["0"])
        with pytest.raises(alidade.CancelledError, match="stopped at"):
            motion.wait(5.0)
        assert 0 < bus["0"].where < 300
        assert axis.move_abs(1.0) == pytest.approx(1.0, abs=0.01)


def test_a_stop_that_firmware_refuses_is_no_success() -> None:
    with at_bus(Motor("0", 14, refuses_stop=True)) as (bus, device):
        axis = device.child("0")
        motion = axis.start_move(150.0)
        assert eventually(lambda: bus["0"].where >= 10)
        with pytest.raises(alidade.UnsupportedError, match=r"refused to stop.*03"):
            axis.stop()
        assert bus["0"].moves
        with pytest.raises(
            alidade.CancelledError, match=r"refused to stop.*stands at 150(\.\d+)? deg"
        ):
            motion.wait(30.0)
        assert stands(bus["0"])
        # The error that the stop has left is not taken for one of the next motion.
        assert axis.move_abs(140.0) == pytest.approx(140.0, abs=0.01)


# --- moves that somebody else stopped ---


@pytest.mark.parametrize("model", [14, 18, 20])
def test_a_move_that_somebody_else_stopped_is_an_error(model: int) -> None:
    with at_bus(Motor("0", model)) as (bus, device):
        axis = device.child("0")
        motion = axis.start_move(50.0)
        assert eventually(lambda: bus["0"].where >= 10)
        bus.halt("0")
        with pytest.raises(alidade.StateError, match=r"stands at .* instead of 50 ") as told:
            motion.wait(10.0)
        said = re.search(r"stands at ([0-9.]+)", str(told.value))
        assert said is not None
        assert float(said[1]) == pytest.approx(bus["0"].where, abs=0.001)
        # Whatever error a move ends with, the axis is told to stop where it can.
        told_to = [c for c in bus.heard if c == "0st"]
        assert eventually(lambda: ("0st" in bus.heard) == axis.can("stop"))
        assert len(told_to) <= 1
        assert axis.move_abs(20.0) == pytest.approx(20.0, abs=0.01)


def test_homing_that_somebody_else_stopped_is_an_error() -> None:
    with at_bus(Motor("0", 14, position=100000.0)) as (bus, device):
        motion = device.child("0").start_home()
        assert eventually(lambda: bus["0"].moves)
        bus.halt("0")
        with pytest.raises(alidade.StateError, match="instead of 0 deg"):
            motion.wait(10.0)
        device.child("0").home()
        assert bus["0"].position == 0


def test_a_position_that_somebody_else_asked_for_is_no_arrival() -> None:
    with at_bus(Motor("0", 14)) as (bus, device):
        motion = device.child("0").start_move(100.0)
        for _ in range(5):
            assert eventually(lambda: bus["0"].where >= 1)
            with bus._lock:  # as another program on the same line
                bus._obey(bus["0"], "gp", "")
                bus._send()
            time.sleep(0.1)
        assert motion.wait(10.0) == pytest.approx(100.0, abs=0.01)


# --- what the models are ---


@pytest.mark.parametrize(
    ("model", "pulses"), [(14, 262144), (16, 65536), (18, 262144), (21, 65536)]
)
@pytest.mark.parametrize("announces", [False, True])
def test_rotators_move_in_degrees(model: int, pulses: int, announces: bool) -> None:
    with at_bus(Motor("0", model, announces=announces)) as (bus, device):
        axis = device.child("0")
        assert axis.unit == "deg"
        assert axis.move_abs(1.0) == pytest.approx(1.0, abs=360 / pulses)
        assert bus["0"].position == round(pulses / 360)
        assert axis.move_abs(-30.0) == pytest.approx(-30.0, abs=360 / pulses)


@pytest.mark.parametrize(("model", "travel"), [(17, 28.0), (20, 60.0)])
def test_stages_move_in_millimetres(model: int, travel: float) -> None:
    with at_bus(Motor("0", model)) as (bus, device):
        axis = device.child("0")
        assert (axis.unit, axis.limits) == ("mm", (0.0, travel))
        assert axis.move_abs(7.5) == 7.5
        assert bus["0"].position == 7.5 * 1024
        with pytest.raises(alidade.RangeError):
            axis.move_abs(travel + 0.5)


@pytest.mark.parametrize(("model", "places", "pitch"), [(6, 2, 31), (9, 4, 31), (12, 6, 19)])
def test_sliders_move_by_number(model: int, places: int, pitch: int) -> None:
    with at_bus(Motor("0", model, hardware=2)) as (bus, device):
        axis = device.child("0")
        assert (axis.unit, axis.limits) == ("1", (0.0, places - 1.0))
        for place in (places - 1, 0, 1, 1):
            assert axis.move_abs(place) == place
            assert bus["0"].position == place * pitch
        assert axis.position() == 1.0
        with pytest.raises(alidade.RangeError, match="places 0 to"):
            axis.move_abs(0.5)
        with pytest.raises(alidade.RangeError):
            axis.move_abs(places)
        assert axis.describe()["actions"] == ["save", "search_frequency"]


def test_a_slider_between_two_places_says_so_and_can_be_moved() -> None:
    with at_bus(Motor("0", 9, position=47.0)) as (bus, device):
        axis = device.child("0")
        with pytest.raises(alidade.StateError, match="between two of its places"):
            axis.position()
        bus["0"].position = 31.0
        assert axis.move_abs(3.0) == 3.0


def test_a_cancelled_slider_stands_at_a_place() -> None:
    with at_bus(Motor("0", 12, speed=10.0)) as (bus, device):
        motion = device.child("0").start_move(5.0)
        assert eventually(lambda: bus["0"].moves)
        motion.cancel()
        with pytest.raises(alidade.CancelledError, match=r"stands at place 1\b"):
            motion.wait(20.0)
        assert stands(bus["0"])
        assert bus["0"].where == 1


@pytest.mark.parametrize(("hardware", "least"), [(1, 1.0), (40, 0.0)])
def test_an_iris_opens_in_millimetres(hardware: int, least: float) -> None:
    with at_bus(Motor("0", 15, hardware=hardware, position=5000.0)) as (bus, device):
        axis = device.child("0")
        assert (axis.unit, axis.limits) == ("mm", (least, 11.5))
        assert axis.move_abs(4.0) == 4.0
        assert bus["0"].position == 4000
        axis.home()
        assert axis.position() == 11.5


def test_slow_rotators_take_no_slow_velocity() -> None:
    with at_bus(Motor("0", 16)) as (_, device):
        with pytest.raises(alidade.RangeError, match="50"):
            device.child("0").set("velocity", 40.0)
        assert device.child("0").set("velocity", 60.0) == 60.0


# --- motors that are not understood ---


def test_one_that_is_not_understood_leaves_the_others_theirs() -> None:
    motors = [
        Motor("0", 14, "11400001"),
        Motor("3", 99, "99900001"),
        Motor("5", 17, "11700001", pulses=0),
        Motor("7", 14, "11400007", garbles="IN0E1140"),
        Motor("A", 20, "12000001"),
    ]
    with Bus(motors) as bus, Lab() as lab:
        device = lab.add("bus", "elliptec", {"uri": bus.uri})
        with lab.events("device.failed") as events:
            report = lab.open()
            failed = {
                e.payload["device"]: e.payload["message"] for e in (next(events) for _ in "357")
            }
        assert device.describe()["children"] == ["0", "A"]
        assert device.child("0").move_abs(10.0) == pytest.approx(10.0, abs=0.01)
        assert device.child("A").move_abs(10.0) == 10.0
        assert set(failed) == {"bus/3", "bus/5", "bus/7"}
        assert set(device.describe()["failed_children"]) == {"3", "5", "7"}
        for address, error, words in (
            ("3", alidade.UnsupportedError, "ELL99"),
            ("5", alidade.ProtocolError, "0 pulses"),
            ("7", alidade.ProtocolError, "0E1140"),
        ):
            with pytest.raises(error, match=words):
                device.child(address)
            assert words in failed[f"bus/{address}"]
            told = report[f"bus/{address}"]
            assert told is not None
            assert words in told["message"]
        assert report["bus"] is None


def test_an_unknown_type_alone_is_refused_by_name() -> None:
    with (
        Bus([Motor("0", 99)]) as bus,
        pytest.raises(alidade.UnsupportedError, match=r"ELL99.*it knows ELL6"),
    ):
        Device("bus", "elliptec", {"uri": bus.uri}).open()


@pytest.mark.parametrize("collides", [True, False])
@pytest.mark.parametrize("addresses", [[], ["0"]])
def test_two_motors_at_one_address_are_an_error(collides: bool, addresses: list[str]) -> None:
    motors = [Motor("0", 14, "11400001"), Motor("0", 17, "11723456")]
    with Bus(motors, collides) as bus:
        device = Device("bus", "elliptec", {"uri": bus.uri, "addresses": addresses})
        with pytest.raises(alidade.ProtocolError, match="two motors"):
            device.open()
        device.close()
        assert every(not m.moves for m in motors)


def test_two_motors_at_one_address_leave_the_others_theirs() -> None:
    motors = [Motor("0", 14, "11400001"), Motor("0", 14, "11423456"), Motor("1", 17)]
    with (
        Bus(motors, collides=False) as bus,
        Device("bus", "elliptec", {"uri": bus.uri}) as device,
    ):
        assert device.describe()["children"] == ["1"]
        assert device.child("1").move_abs(2.0) == 2.0
        with pytest.raises(alidade.ProtocolError, match=r"11400001 and 11423456"):
            device.child("0")


@pytest.mark.parametrize("stray", [b"0", b"0m", b"0ma000", b"\x00", b"in"])
def test_after_a_stray_byte_motors_are_found(stray: bytes) -> None:
    with Bus([Motor("0", 14), Motor("2", 17)]) as bus:
        line = os.open(bus.path, os.O_RDWR | os.O_NOCTTY)
        os.write(line, stray)  # as a program that was killed
        assert eventually(lambda: all(m.last_byte > 0 for m in bus.motors))
        os.close(line)
        with Device("bus", "elliptec", {"uri": bus.uri, "addresses": ["0", "2"]}) as device:
            assert device.describe()["children"] == ["0", "2"]
            assert device.child("2").move_abs(1.0) == 1.0


def test_another_model_in_its_place_is_refused_after_reopening(tmp_path: Path) -> None:
    link = tmp_path / "line"
    with Bus([Motor("0", 14), Motor("1", 17)]) as first:
        link.symlink_to(first.path)
        device = Device("bus", "elliptec", {"uri": f"serial:{link}", "addresses": ["0", "1"]})
        device.open()
        plate = device.child("0")
        assert plate.move_abs(1.0) == pytest.approx(1.0, abs=0.01)
    assert eventually(lambda: device.state.name == "DISCONNECTED")
    link.unlink()
    with Bus([Motor("0", 20), Motor("1", 17)]) as second:
        link.symlink_to(second.path)
        with device:
            assert device.child("1").move_abs(1.0) == 1.0
            for ask in (plate.position, lambda: plate.move_abs(1.0), plate.stop):
                with pytest.raises(alidade.StateError, match="is an ELL20 and was an ELL14"):
                    ask()
            with pytest.raises(alidade.StateError, match="make the device anew"):
                device.child("0")


# --- searches ---


@pytest.mark.parametrize(("hardware", "searches"), [(1, ["0s1"]), (2, ["0s1", "0s2"])])
def test_searches_take_as_long_as_they_take(hardware: int, searches: list[str]) -> None:
    # Both together take longer than a query may.
    stage = Motor("0", 6, hardware=hardware, search_s=4.5)
    with at_bus(stage, Motor("1", 17)) as (bus, device):
        begun = time.monotonic()
        search = device.child("0").start_act("search_frequency")
        assert eventually(lambda: bus["0"].busy)
        with pytest.raises(alidade.BusyError, match="searches"):
            device.child("0").position()
        assert device.child("1").move_abs(2.0) == 2.0  # the others go on
        assert search.wait(40.0) is None
        assert time.monotonic() - begun >= 4.5 * len(searches)
        assert [c for c in bus.heard if c[1:2] == "s"] == searches
        assert device.child("0").move_abs(1.0) == 1.0


# --- buttons ---


def test_buttons_move_it_unasked() -> None:
    with at_bus(Motor("0", 14), Motor("1", 9)) as (bus, device):
        bus.press("0", 1)
        bus.press("1", 1)
        assert eventually(lambda: not bus["0"].moves and not bus["1"].moves)
        slider, plate = device.child("1"), device.child("0")
        assert eventually(lambda: slider.position() == 1.0)
        assert plate.position() == pytest.approx(bus["0"].where)
        assert plate.move_abs(5.0) == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize("models", ["14,20,9,15", "16,17,12,15", "21,18,6,8"])
def test_the_driver_at_the_simulated_bus(models: str) -> None:
    kinds = [int(m) for m in models.split(",")]
    with (
        Simulation("elliptec", addresses="0,1,2,3", models=models) as simulated,
        Device("bus", "elliptec", {"uri": simulated.uri, "addresses": list("0123")}) as device,
    ):
        assert _stops(device) == [kind in (14, 16, 21) for kind in kinds]
        assert [device.child(a).unit for a in "0123"] == [_unit(kind) for kind in kinds]
        for address in "0123":
            axis = device.child(address)
            assert isinstance(axis, Movable)
            assert axis.move_abs(1.0) == pytest.approx(1.0, abs=0.01)


def _unit(model: int) -> str:
    return "1" if model in (6, 9, 12) else "mm" if model in (15, 17, 20) else "deg"


def _stops(device: Device) -> Sequence[bool]:
    return [device.child(address).can("stop") for address in "0123"]
