"""Relative moves: their sum is exact, whatever the readings between them are rounded to."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alidade
from alidade import Bench, MockMovable, Movable, Simulation, aio
from instruments import driven

pytestmark = pytest.mark.timeout(90)

SCALE = 143360 / 360  # pulses for a degree, of an ELL14
PULSE = 1 / SCALE


def pulses(plate: Movable) -> int:
    """Where a rotator stands, as it counts itself."""
    return round(plate.position() * SCALE)


def test_steps_of_a_degree_add_up() -> None:
    bench = Bench()
    with driven("elliptec", {"addresses": ["0"]}, bench=bench) as (_, bus):
        plate = bus.child("0")
        assert plate.schema("position").step == pytest.approx(PULSE)
        plate.move_abs(0)
        for _ in range(9):  # each of 398.2 pulses
            plate.move_rel(1)
        assert pulses(plate) == 3584
        assert bench.get("waveplate") == pytest.approx(9, abs=PULSE / 2 + 1e-9)


def test_a_step_below_the_resolution_is_refused_by_name() -> None:
    with driven("elliptec", {"addresses": ["0"]}) as (_, bus):
        plate = bus.child("0")
        for step in (0.001, -0.001, 0.0025):
            with pytest.raises(alidade.RangeError) as told:
                plate.move_rel(step)
            assert f"'it/0' cannot move by {step} deg" in str(told.value)
            assert "its resolution is 0.00251116 deg" in str(told.value)
            assert told.value.where == "it/0: position"
            with pytest.raises(alidade.RangeError, match="its resolution is"):
                plate.start_move_rel(step * 60, unit="'")
        assert pulses(plate) == 0
        plate.move_rel(0)  # that is no step
        plate.move_rel(PULSE)
        plate.move_rel(0.00251116)  # as it was printed
        assert pulses(plate) == 2


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > PULSE), min_size=2, max_size=4))
def test_steps_of_any_length_do_not_drift(steps: list[float]) -> None:
    with driven("elliptec", {"addresses": ["0"]}) as (_, bus):
        plate = bus.child("0")
        plate.move_abs(10)
        for step in steps:
            plate.move_rel(step)
        assert abs(plate.position() - 10 - math.fsum(steps)) <= PULSE * (0.5 + 1e-6)


def test_steps_of_a_stage_do_not_drift() -> None:
    with driven("esp300", axes=1) as (_, stage):
        x = stage.child("1")
        resolution = x.schema("position").step
        assert resolution > 0
        with pytest.raises(alidade.RangeError, match="'it/1' cannot move by"):
            x.move_rel(resolution / 3)
        x.move_abs(0)
        for _ in range(9):
            x.move_rel(resolution * 4 / 3)
        assert x.position() == pytest.approx(12 * resolution, abs=resolution / 1.9)


def test_after_a_motion_by_others_the_reading_rules() -> None:
    bench = Bench()
    with (
        MockMovable(bench=bench, axis="stage/x") as axis,
        MockMovable(bench=bench, axis="stage/x") as other,
    ):
        axis.move_abs(1)
        other.move_abs(3)
        assert axis.move_rel(0.5) == pytest.approx(3.5)


def test_after_home_and_stop_the_reading_rules() -> None:
    with MockMovable(position=1.0, home=0.25, settle_time=0.0) as axis:
        axis.move_abs(2.0)
        axis.home()
        assert axis.move_rel(1.0) == 1.25
        axis.set("velocity", 1.0)
        move = axis.start_move(50.0)
        axis.stop()
        with pytest.raises(alidade.CancelledError):
            move.wait()
        stood = axis.position()
        assert axis.move_rel(0.125) == pytest.approx(stood + 0.125, abs=1e-9)


def test_moves_by_any_way_count() -> None:
    """Setting the property is a move as any other, and the twin makes the same moves."""

    async def go() -> None:
        with Simulation("elliptec", addresses="0") as instrument:
            async with aio.Device("bus", "elliptec", {"uri": instrument.uri}) as bus:
                plate = bus.child("0")
                await plate.set("position", 0.3)
                for _ in range(4):
                    await plate.move_rel(0.3)
                assert round(await plate.position() * SCALE) == round(1.5 * SCALE)
                with pytest.raises(alidade.RangeError, match="its resolution is"):
                    await plate.move_rel(0.001)

    asyncio.run(go())
