"""Public clients at the simulated bus of Elliptec motors and at the one by the maker's manual."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import elliptec
import pytest
import thorlabs_elliptec

from alidade import Bench, Simulation
from elliptec_by_manual import Bus, Motor
from support import eventually

pytestmark = pytest.mark.timeout(120)

PULSE = 360 / 143360


def test_a_public_client_finds_an_ell14() -> None:
    """The package elliptec is the judge of the simulated instrument."""
    bench = Bench()
    with Simulation("elliptec", bench, addresses="0,2") as instrument:
        controller = elliptec.Controller(instrument.path, debug=False)
        rotator = elliptec.Rotator(controller)
        assert rotator.motor_type == 14
        assert (rotator.range, rotator.pulse_per_rev) == (360, 143360)
        assert rotator.serial_no == "11400517"
        assert rotator.get_angle() == 0.0
        assert rotator.set_angle(45.0) == 45.0
        assert bench.get("waveplate") == 45.0
        time.sleep(0.15)
        assert rotator.shift_angle(-90.0) == -45.0
        assert rotator.get("status") == ("0", "GS", "0")
        assert rotator.set_jog_step(10.0) == ("0", "GS", "0")
        assert rotator.get_jog_step() == pytest.approx(10.0, abs=PULSE)
        time.sleep(0.15)
        assert rotator.jog("forward") == pytest.approx(-35.0, abs=2 * PULSE)
        time.sleep(0.15)
        rotator.home()
        assert rotator.get_angle() == 0.0
        other = elliptec.Rotator(controller, address="2")
        assert other.serial_no == "11400518"
        controller.close_connection()


@dataclass
class Line:
    """A bus of four models at 0, 1, 2, 3: a rotator, a stage, a slider, an iris."""

    path: str
    close: Callable[[], None]


def by_manual() -> Line:
    motors = [Motor("0", 14), Motor("1", 20), Motor("2", 9), Motor("3", 15, position=5000.0)]
    bus = Bus(motors)
    return Line(bus.path, bus.close)


def in_tree() -> Line:
    bus = Simulation("elliptec", addresses="0,1,2,3", models="14,20,9,15")
    return Line(bus.path, bus.close)


@pytest.fixture(params=[by_manual, in_tree])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    made = request.param()
    yield made
    made.close()


def test_the_client_elliptec(line: Line) -> None:
    controller = elliptec.Controller(line.path, debug=False)
    rotator = elliptec.Rotator(controller, address="0", debug=False)
    stage = elliptec.Linear(controller, address="1", debug=False)
    slider = elliptec.Slider(controller, address="2", debug=False)
    iris = elliptec.Iris(controller, address="3", debug=False)
    assert [m.motor_type for m in (rotator, stage, slider, iris)] == [14, 20, 9, 15]
    assert rotator.set_angle(45.0) == pytest.approx(45.0, abs=0.01)
    assert rotator.get_angle() == pytest.approx(45.0, abs=0.01)
    assert (stage.range, stage.pulse_per_rev) == (60, 1024)
    assert stage.set_distance(12.5) == 12.5
    assert slider.get_slot() == 1
    assert slider.jog("forward") == 2
    assert slider.get_slot() == 2
    assert iris.set_aperture(4.0) == 4.0
    assert rotator.get("motor_1_info")["Forward period"] == 0xBD
    assert rotator.get("motor_2_info")["Backward period"] == 0x8B
    # What this model refuses, and that the error is told once.
    assert controller.send_instruction(b"st", address="1") == ("1", "GS", "3")
    controller.send_instruction(b"gs", address="1")
    assert controller.send_instruction(b"gs", address="1") == ("1", "GS", "0")
    assert controller.send_instruction(b"st", address="0") == ("0", "GS", "0")
    for command, data in ((b"f1", "804E"), (b"b2", "806D"), (b"us", None)):
        assert controller.send_instruction(command, address="0", message=data) == ("0", "GS", "0")
    before = time.monotonic()
    controller.s.timeout = 10
    assert controller.send_instruction(b"s1", address="0") == ("0", "GS", "0")
    assert time.monotonic() - before > 1
    assert controller.send_instruction(b"ca", address="0", message="B") == ("B", "GS", "0")
    controller.close_connection()


def test_the_client_thorlabs_elliptec(line: Line) -> None:
    rotator = thorlabs_elliptec.ELLx(line.path, x=14, device_id=0)
    stage = thorlabs_elliptec.ELLx(rotator, x=20, device_id=1)
    try:
        assert (rotator.units, stage.units) == ("°", "mm")
        rotator.move_absolute(30.0, blocking=True)
        assert rotator.get_position() == pytest.approx(30.0, abs=0.01)
        stage.move_absolute(7.5, blocking=True)
        assert stage.get_position() == 7.5
        time.sleep(0.15)
        stage.move_relative(2.5, blocking=True)
        assert stage.get_position() == 10.0
        with pytest.raises(thorlabs_elliptec.ELLError):
            stage.move_absolute(61.0, blocking=True)
    finally:
        rotator.close()
        stage.close()
        assert eventually(lambda: not rotator._thread.is_alive() and not stage._thread.is_alive())
