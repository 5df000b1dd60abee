"""What an axis of an ESP300 does beyond moves: jogs, a zero of one's own, and its settings."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

import alidade
from alidade import Bench, Device, Lab, Movable, Simulation
from instruments import Wire, driven
from support import eventually

pytestmark = pytest.mark.timeout(90)


def child(stage: Device, name: str = "1") -> Movable:
    axis = stage.child(name)
    assert isinstance(axis, Movable)
    return axis


def rests(bench: Bench) -> bool:
    """The stage of the bench is at the same place twice."""
    return bench.get("stage/x") == bench.get("stage/x")


@pytest.mark.parametrize("limits", [{}, {"min": 0.0, "max": 0.0}], ids=["PA", "MV"])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_jog_goes_on_until_it_is_stopped(direction: int, limits: dict[str, float]) -> None:
    bench = Bench()
    with driven("esp300", bench=bench, **limits) as (_, stage):
        x = child(stage)
        going = x.start_jog(direction)
        assert eventually(lambda: bench.get("stage/x") * direction > 0.2)
        assert going.state is alidade.OpState.RUNNING
        assert going.progress().phase == "jogging"
        with pytest.raises(alidade.BusyError):
            x.move_abs(0.0)
        x.stop()
        with pytest.raises(alidade.CancelledError, match=r"stopped at .* mm"):
            going.wait(30)
        assert rests(bench)
        assert x.get("position_known") is True
        assert x.move_abs(0.0) == 0.0


STOPS: dict[str, Callable[[Lab], object]] = {
    "emergency stop": lambda lab: lab.emergency_stop(),
    "safe state": lambda lab: lab.safe_state(),
    "close": lambda lab: lab.close(),
}


@pytest.mark.parametrize("how", STOPS)
def test_whatever_stops_axes_stops_a_jog(how: str) -> None:
    bench = Bench()
    with Simulation("esp300", bench, min=0.0, max=0.0) as instrument, Lab("lab") as lab:
        lab.add("it", "esp300", {"uri": instrument.uri})
        lab.open()
        going = child(lab["it"]).start_jog(1)
        assert eventually(lambda: bench.get("stage/x") > 0.1)
        STOPS[how](lab)
        with pytest.raises((alidade.CancelledError, alidade.ClosedError)):
            going.wait(30)
        assert eventually(lambda: rests(bench))
        assert bench.get("stage/x") < 25.0


PROGRAM = """
import sys, time
from alidade import Device
stage = Device("stage", "esp300", {"uri": sys.argv[1]})
stage.open()
stage.child("1").start_jog(1)
print("jogs", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("end", ["the end of the program", "Ctrl-C"])
def test_the_end_of_the_program_stops_a_jog(end: str) -> None:
    bench = Bench()
    with Simulation("esp300", bench, min=0.0, max=0.0) as instrument:
        seconds = "0" if end == "the end of the program" else "60"
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, instrument.uri, seconds],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert program.stdout is not None
        assert program.stdout.readline() == "jogs\n"
        if end == "Ctrl-C":
            program.send_signal(signal.SIGINT)
        program.wait(30)
        program.stdout.close()
        assert rests(bench)
        wire = Wire(instrument)
        assert wire.ask("1MD?") == "1"
        wire.close()


def test_a_killed_program_jogs_to_the_software_limit_and_no_further() -> None:
    bench = Bench()
    with Simulation("esp300", bench, min=-2.0, max=2.0) as instrument:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, instrument.uri, "60"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert program.stdout is not None
        assert program.stdout.readline() == "jogs\n"
        program.kill()
        program.wait(30)
        program.stdout.close()
        assert eventually(lambda: bench.get("stage/x") == pytest.approx(2.0, abs=1e-6))


def test_a_jog_ends_at_the_software_limit() -> None:
    with driven("esp300", min=-0.5, max=0.25) as (_, stage):
        x = child(stage)
        assert x.jog(1) == 0.25
        assert x.jog(-1) == -0.5
        assert x.jog(-1) == -0.5


def test_a_jog_that_hits_a_limit_switch_says_so() -> None:
    bench = Bench(quantities={"stage/x.max": 0.5})
    with driven("esp300", bench=bench, min=0.0, max=0.0) as (_, stage):
        x = child(stage)
        with pytest.raises(alidade.RangeError, match=r"104 \(POSITIVE HARDWARE LIMIT DETECTED\)"):
            x.jog(1)
        assert x.get("position_known") is False


def test_a_jog_that_times_out_is_stopped() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (_, stage):
        with pytest.raises(alidade.TimedOutError, match=r"time of the jog .* stopped at .* mm"):
            child(stage).jog(1, timeout=0.3)
        assert rests(bench)


@pytest.mark.parametrize("limits", [{}, {"min": 0.0, "max": 0.0}], ids=["PA", "MV"])
def test_a_jog_that_somebody_else_stops_has_failed(limits: dict[str, float]) -> None:
    bench = Bench()
    with driven("esp300", bench=bench, enabled=True, **limits) as (instrument, stage):
        other = Wire(instrument)
        going = child(stage).start_jog(1)
        assert eventually(lambda: bench.get("stage/x") > 0.1)
        other.tell("1ST")
        with pytest.raises(alidade.StateError, match=r"does not jog on, and stands at .* mm"):
            going.wait(30)
        other.close()


def test_a_motor_that_is_off_does_not_jog() -> None:
    options = {"enable": False}
    with (
        driven("esp300", options, min=0.0, max=0.0) as (_, stage),
        pytest.raises(alidade.StateError, match=r"113 .MOTOR NOT ENABLED"),
    ):
        child(stage).jog(1)


def test_an_axis_beyond_its_limit_does_not_jog_backwards() -> None:
    with driven("esp300", min=-2.0, max=2.0, enabled=True) as (instrument, stage):
        x = child(stage)
        other = Wire(instrument)
        other.tell("1DH5")
        other.close()
        with pytest.raises(alidade.RangeError, match=r"is at 5 mm, beyond its limit of 2"):
            x.jog(1)


def test_the_present_position_becomes_the_zero() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (_, stage):
        x = child(stage)
        x.move_abs(1.5)
        assert x.set_zero() == x.position() == 0.0
        assert bench.get("stage/x") == 1.5
        assert x.move_abs(1.0) == 1.0
        assert bench.get("stage/x") == pytest.approx(2.5)
        assert x.limits == (-25.0, 25.0)
        going = x.start_move(20.0)
        for set_zero in (x.set_zero, lambda: x.act("set_zero")):
            with pytest.raises(alidade.BusyError):
                set_zero()
        x.stop()
        with pytest.raises(alidade.CancelledError):
            going.wait(30)
        x.home()
        assert x.position() == bench.get("stage/x") == 0.0


def test_a_zero_makes_the_position_known() -> None:
    bench = Bench(quantities={"stage/x.max": 0.5})
    with driven("esp300", bench=bench) as (_, stage):
        x = child(stage)
        with pytest.raises(alidade.RangeError):
            x.move_abs(1.0)
        assert x.get("position_known") is False
        x.set_zero()
        assert x.get("position_known") is True


def test_deceleration_is_read_back_and_limited() -> None:
    with driven("esp300") as (_, stage):
        x = child(stage)
        assert x.set("deceleration", 80.0) == x.get("deceleration") == 80.0
        assert x.schema("deceleration").unit == "mm/s2"
        with pytest.raises(alidade.RangeError, match="500"):
            x.set("deceleration", 501.0)


def test_what_the_controller_refuses_later_is_an_error() -> None:
    """Its greatest velocity was lowered at its keys since the device was opened."""
    with driven("esp300", enabled=True) as (instrument, stage):
        x = child(stage)
        other = Wire(instrument)
        other.tell("1VU10", "1AU30")
        with pytest.raises(alidade.RangeError, match=r"110 \(MAXIMUM VELOCITY EXCEEDED\)"):
            x.set("velocity", 20.0)
        for name in ("acceleration", "deceleration"):
            with pytest.raises(alidade.RangeError, match=r"111 \(MAXIMUM ACCELERATION EXCEEDED\)"):
                x.set(name, 40.0)
        assert (x.get("velocity"), x.get("acceleration")) == (5.0, 20.0)
        other.close()
