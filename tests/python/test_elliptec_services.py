"""What the driver elliptec does beside moves: jogs, zeros, the maker's services, motors' data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import alidade
from alidade import Bench, Device, Lab
from elliptec_by_manual import Bus, Motor
from instruments import driven
from support import eventually

pytestmark = pytest.mark.timeout(120)

PULSE = 360 / 262144
STEP = 7281  # of an ELL14 here: 10 degrees


@contextmanager
def at(*motors: Motor) -> Iterator[tuple[Bus, Device]]:
    with Bus(motors) as bus:
        options = {"uri": bus.uri, "addresses": [m.address for m in motors]}
        with Device("bus", "elliptec", options) as device:
            yield bus, device


def plate(**given: object) -> Motor:
    return Motor("0", 14, jog=STEP, **given)  # type: ignore[arg-type]


def runs_on(motor: Motor) -> bool:
    return motor.moves and motor.goal is not None and abs(motor.goal) > 1e9


# --- jogs ---


@pytest.mark.parametrize("direction", [1, -1])
def test_an_ell14_jogs_until_it_is_stopped(direction: int) -> None:
    with at(plate()) as (bus, device):
        axis = device.child("0")
        axis.set("velocity", 60)
        jog = axis.start_jog(direction)
        assert eventually(lambda: runs_on(bus["0"]) and abs(bus["0"].where) > 5)
        assert bus["0"].jog == 0
        axis.stop()
        assert not bus["0"].moves
        assert bus["0"].where * direction > 5
        with pytest.raises(alidade.CancelledError, match="stopped at"):
            jog.wait(10.0)
        # Its buttons have their step again: nothing runs on.
        assert eventually(lambda: bus["0"].jog == STEP)
        assert axis.move_abs(1.0) == pytest.approx(1.0, abs=PULSE)


def test_a_cancelled_jog_stands_and_has_its_step_again() -> None:
    with at(plate()) as (bus, device):
        axis = device.child("0")
        axis.set("velocity", 50)
        jog = axis.start_jog(1)
        assert eventually(lambda: runs_on(bus["0"]))
        jog.cancel()
        with pytest.raises(alidade.CancelledError, match="stopped at"):
            jog.wait(10.0)
        assert not bus["0"].moves
        assert bus["0"].jog == STEP


def test_a_jog_out_of_time_stands() -> None:
    with at(plate()) as (bus, device):
        axis = device.child("0")
        axis.set("velocity", 50)
        with pytest.raises(alidade.TimedOutError, match="jogged until its time was up"):
            axis.jog(1, timeout=0.3)
        assert not bus["0"].moves
        assert bus["0"].jog == STEP


@pytest.mark.parametrize("how", ["the device is closed", "emergency stop", "the lab is closed"])
def test_nothing_jogs_on(how: str) -> None:
    with Bus([plate()]) as bus, Lab() as lab:
        device = lab.add("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]})
        lab.open()
        axis = device.child("0")
        axis.set("velocity", 50)
        jog = axis.start_jog(1)
        assert eventually(lambda: runs_on(bus["0"]))
        if how == "emergency stop":
            lab.emergency_stop()
        elif how == "the device is closed":
            device.close()
        else:
            lab.close()
        with pytest.raises(alidade.Error):
            jog.wait(10.0)
        assert not bus["0"].moves
        assert eventually(lambda: bus["0"].jog == STEP)


@pytest.mark.parametrize("percent", [49, 71, 100])
def test_a_jog_that_would_overheat_it_is_refused(percent: int) -> None:
    with at(plate()) as (bus, device):
        axis = device.child("0")
        axis.set("velocity", percent)
        with pytest.raises(alidade.StateError, match=f"50 to 70 % alone, and has {percent} %"):
            axis.jog(1)
        assert not bus["0"].moves
        assert bus["0"].jog == STEP


def test_a_jog_that_somebody_else_stopped_is_an_error() -> None:
    with at(plate()) as (bus, device):
        axis = device.child("0")
        axis.set("velocity", 50)
        jog = axis.start_jog(1)
        assert eventually(lambda: runs_on(bus["0"]))
        bus.halt("0")
        with pytest.raises(alidade.StateError, match="nobody has stopped its jog here"):
            jog.wait(10.0)
        assert eventually(lambda: bus["0"].jog == STEP)


@pytest.mark.parametrize("model", [9, 15, 16, 17, 18, 20, 21])
def test_others_do_not_jog(model: int) -> None:
    with at(Motor("0", model)) as (_bus, device), pytest.raises(alidade.UnsupportedError):
        device.child("0").jog(1)


def test_the_simulated_plate_jogs() -> None:
    bench = Bench()
    with driven("elliptec", {"addresses": ["0"]}, bench=bench) as (_, bus):
        axis = bus.child("0")
        axis.set("velocity", 70)
        jog = axis.start_jog(1)
        assert eventually(lambda: bench.get("waveplate") > 5)
        axis.stop()
        stood = bench.get("waveplate")
        with pytest.raises(alidade.CancelledError):
            jog.wait(10.0)
        assert axis.position() == pytest.approx(stood, abs=360 / 143360)
        assert bench.get("waveplate") == stood


# --- zeros ---


@pytest.mark.parametrize("model", [14, 16, 18, 21])
def test_the_present_position_becomes_zero(model: int) -> None:
    with at(Motor("0", model)) as (bus, device):
        axis = device.child("0")
        axis.move_abs(30.0)
        assert axis.set_zero() == 0.0
        there = bus["0"].position
        assert axis.position() == 0.0
        assert axis.move_abs(-10.0) == pytest.approx(-10.0, abs=0.01)
        assert bus["0"].where == pytest.approx(20.0, abs=0.01)
        assert axis.move_abs(0.0) == 0.0
        assert bus["0"].position == there
        axis.home()
        assert axis.position() == 0.0
        assert bus["0"].position == 0
        assert axis.move_abs(15.0) == pytest.approx(15.0, abs=0.01)
        assert bus["0"].where == pytest.approx(15.0, abs=0.01)


def test_a_moving_axis_keeps_its_zero() -> None:
    with at(Motor("0", 14)) as (bus, device):
        axis = device.child("0")
        motion = axis.start_move(100.0)
        assert eventually(lambda: bus["0"].moves)
        with pytest.raises(alidade.BusyError):
            axis.set_zero()
        assert motion.wait(20.0) == pytest.approx(100.0, abs=0.01)


def test_a_move_beyond_its_counter_is_refused() -> None:
    with at(Motor("0", 14)) as (bus, device):
        axis = device.child("0")
        axis.move_abs(30.0)
        axis.set_zero()
        assert axis.limits is not None
        with pytest.raises(alidade.RangeError, match="counts no further"):
            axis.move_abs(axis.limits[1])
        assert not bus["0"].moves


@pytest.mark.parametrize("model", [9, 15, 17, 20])
def test_those_with_a_travel_keep_their_zero(model: int) -> None:
    with at(Motor("0", model)) as (_, device), pytest.raises(alidade.UnsupportedError):
        device.child("0").set_zero()


# --- services ---


@pytest.mark.parametrize(("model", "name"), [(14, "optimize_motors"), (17, "clean_mechanics")])
def test_services_end_by_themselves(model: int, name: str) -> None:
    with at(Motor("0", model, service_s=0.6)) as (bus, device):
        axis = device.child("0")
        served = axis.start_act(name)
        assert eventually(lambda: bool(bus["0"].service))
        with pytest.raises(alidade.BusyError, match="answers nothing else"):
            axis.position()
        assert served.wait(20.0) is None
        assert not bus["0"].busy
        assert axis.move_abs(5.0) == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (14, "clean_mechanics"),
        (14, "optimize_motors"),
        (16, "clean_mechanics"),
        (15, "optimize_motors"),
        (20, "clean_mechanics"),
        (20, "optimize_motors"),
    ],
)
def test_services_can_be_cancelled(model: int, name: str) -> None:
    with at(Motor("0", model, position=2048.0)) as (bus, device):
        axis = device.child("0")
        served = axis.start_act(name, timeout=600)
        assert eventually(lambda: bool(bus["0"].service))
        progress = served.progress()
        assert eventually(lambda: served.progress().phase in ("optimizing", "cleaning")), progress
        served.cancel()
        with pytest.raises(alidade.CancelledError, match="was interrupted; it stands"):
            served.wait(10.0)
        assert not bus["0"].busy
        assert axis.move_abs(5.0) == pytest.approx(5.0, abs=0.01)


def test_a_service_out_of_time_is_ended_and_says_that_it_takes_minutes() -> None:
    with at(Motor("0", 18)) as (bus, device):
        with pytest.raises(alidade.TimedOutError, match=r"cleaning of '0' takes minutes.*stands"):
            device.child("0").act("clean_mechanics", timeout=0.3)
        assert not bus["0"].busy


@pytest.mark.parametrize("model", [14, 20])
def test_closing_ends_a_service(model: int) -> None:
    with Bus([Motor("0", model)]) as bus:
        device = Device("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]})
        device.open()
        device.child("0").start_act("clean_mechanics", timeout=600)
        assert eventually(lambda: bool(bus["0"].service))
        device.close()
        assert not bus["0"].busy


def test_optimizing_an_ell16_goes_on_until_it_has_ended() -> None:
    with at(Motor("0", 16, service_s=1.0)) as (bus, device):
        served = device.child("0").start_act("optimize_motors")
        assert eventually(lambda: bool(bus["0"].service))
        served.cancel()
        with pytest.raises(alidade.CancelledError, match="cannot be interrupted; it has ended"):
            served.wait(20.0)
        assert not bus["0"].busy
        assert "0st" not in bus.heard


@pytest.mark.parametrize(
    ("model", "services"),
    [
        (9, set()),
        (15, {"optimize_motors"}),
        (14, {"optimize_motors", "clean_mechanics"}),
        (20, {"optimize_motors", "clean_mechanics"}),
    ],
)
def test_models_have_the_services_of_the_manual(model: int, services: set[str]) -> None:
    with at(Motor("0", model)) as (_, device):
        actions = set(device.child("0").describe()["actions"])
        assert actions & {"optimize_motors", "clean_mechanics"} == services


# --- motors' data, and what goes wrong ---


def test_motors_tell_their_frequencies() -> None:
    with driven("elliptec", {"addresses": ["0", "1"]}, addresses="0,1", models="14,6") as (_, bus):
        axis = bus.child("0")
        for motor in (1, 2):
            assert axis.get(f"motor_{motor}_forward_frequency") == 14740000 / 0xBD
            assert axis.get(f"motor_{motor}_backward_frequency") == 14740000 / 0x8B
            assert axis.get(f"motor_{motor}_current") == 0x428 / 1866


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (7, alidade.StateError, r"status 07 \(initializing error\)"),
        (12, alidade.RangeError, r"status 0C \(out of range\); .*beyond its travel"),
    ],
)
def test_statuses_mean_what_the_manual_says(
    status: int, error: type[Exception], words: str
) -> None:
    with driven("elliptec", fails=status) as (_, bus), pytest.raises(error, match=words):
        bus.child("0").move_abs(10.0)
