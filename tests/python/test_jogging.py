"""Axes that jog until they are stopped, and axes whose present position becomes their zero."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

import alidade
from alidade import Lab, Movable, OpState, aio
from support import eventually

pytestmark = pytest.mark.timeout(60)

FAR = 1e6
SLOW: dict[str, object] = {"velocity": 20.0, "min": -FAR, "max": FAR, "settle_time": 0.0}


def axis_of(lab: Lab, **options: object) -> Movable:
    lab.add("stage", "mock-movable", SLOW | options)
    lab.open()
    return lab.device("stage", Movable)


def stands(axis: Movable) -> bool:
    return axis.get("settled") is True and axis.position() == axis.position()


@pytest.mark.parametrize("direction", [1, -1, 0.5, -7])
def test_a_jog_goes_on_until_it_is_stopped(direction: float) -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab)
        going = axis.start_jog(direction)
        assert going.state is OpState.RUNNING, "the instrument has accepted it"
        sense = 1 if direction > 0 else -1
        assert eventually(lambda: axis.position() * sense > 1.0)
        for other in (lambda: axis.move_abs(0), lambda: axis.jog(1), axis.home, axis.set_zero):
            with pytest.raises(alidade.BusyError, match="in motion"):
                other()
        assert going.state is OpState.RUNNING
        axis.stop()
        assert stands(axis)
        with pytest.raises(alidade.CancelledError, match="stopped"):
            going.wait(10)
        assert 1.0 < axis.position() * sense < FAR
        assert axis.move_abs(0.0) == 0.0, "the axis is free again"


def test_a_jog_ends_at_the_end_of_the_travel() -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab, min=-0.5, max=0.25)
        assert axis.jog(1) == axis.position() == 0.25
        assert axis.jog(1) == 0.25, "it stands there already"
        assert axis.jog(-1) == axis.position() == -0.5


def latched(lab: Lab, axis: Movable) -> None:
    lab.emergency_stop()
    with pytest.raises(alidade.StateError, match="reset_stop"):
        axis.jog(1)
    lab.reset_stop()


STOPS: dict[str, Callable[[Lab, Movable], object]] = {
    "stop": lambda _lab, axis: axis.stop(),
    "emergency stop": latched,
    "safe state": lambda lab, _axis: lab.safe_state(),
}


@pytest.mark.parametrize("how", STOPS)
def test_whatever_stops_axes_stops_a_jog(how: str) -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab)
        going = axis.start_jog(1)
        assert eventually(lambda: axis.position() > 0.5)
        STOPS[how](lab, axis)
        with pytest.raises(alidade.CancelledError):
            going.wait(10)
        assert stands(axis)


@pytest.mark.parametrize("closes", ["the device", "the lab"])
def test_closing_stops_a_jog(closes: str) -> None:
    with Lab("bench") as lab:
        bench = lab.bench
        lab.add("stage", "mock-movable", {"axis": "stage/x", "min": -25.0, "max": 25.0,
                                          "velocity": 0.5, "acceleration": 1e9})  # fmt: skip
        lab.open()
        axis = lab.device("stage", Movable)
        going = axis.start_jog(1)
        assert eventually(lambda: bench.get("stage/x") > 0.01)
        (axis if closes == "the device" else lab).close()
        with pytest.raises(alidade.ClosedError):
            going.wait(10)
        place = bench.get("stage/x")
        assert 0.01 < place < 25.0
        assert bench.get("stage/x") == place


def test_a_jog_that_times_out_is_stopped() -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab)
        with pytest.raises(alidade.TimedOutError):
            axis.jog(-1, timeout=0.05)
        assert stands(axis)
        assert -FAR < axis.position() < 0.0
        going = axis.start_jog(1, timeout=0.05)
        with pytest.raises(alidade.TimedOutError):
            going.wait(30)
        assert stands(axis)


def test_a_jog_that_is_cancelled_is_stopped() -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab)
        going = axis.start_jog(1)
        assert eventually(lambda: axis.position() > 0.1)
        going.cancel()
        with pytest.raises(alidade.CancelledError):
            going.wait(10)
        assert stands(axis)


def test_a_task_that_is_cancelled_stops_its_jog() -> None:
    async def run() -> None:
        async with aio.Lab("bench") as lab:
            lab.add("stage", "mock-movable", SLOW)
            await lab.open()
            axis = lab.device("stage", aio.Movable)
            task = asyncio.create_task(axis.jog(1))
            while await axis.position() < 0.1:
                pass
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await axis.get("settled")
            assert await axis.position() == await axis.position()
            going = await axis.start_jog(-1)
            await axis.stop()
            with pytest.raises(alidade.CancelledError):
                await going.wait()
            assert await axis.set_zero() == 0.0
            assert await axis.start_set_zero().wait() == 0.0
            assert await axis.position() == 0.0

    asyncio.run(run())


@pytest.mark.parametrize("direction", [0, 0.0, float("nan")])
def test_a_jog_needs_a_direction(direction: float) -> None:
    with Lab("bench") as lab:
        axis = axis_of(lab)
        with pytest.raises(alidade.InvalidError, match=r"direction of a jog is 0; give 1 .* or -1"):
            axis.jog(direction)
        with pytest.raises(TypeError, match="direction"):
            axis.start_jog("forward")  # type: ignore[arg-type]
        assert stands(axis)


def test_the_present_position_becomes_the_zero() -> None:
    with Lab("bench") as lab:
        bench = lab.bench
        lab.add("stage", "mock-movable", {"axis": "stage/x", "min": -5.0, "max": 5.0,
                                          "velocity": 50.0, "home": 0.5})  # fmt: skip
        lab.open()
        axis = lab.device("stage", Movable)
        assert axis.move_abs(2.0) == 2.0
        with axis.events("property.changed") as events:
            assert axis.set_zero() == 0.0
            assert next(events).payload["value"] == 0.0
        assert axis.position() == axis.cached("position")[0] == 0.0
        assert bench.get("stage/x") == 2.0, "nothing moved"
        assert axis.limits == (-5.0, 5.0)
        assert axis.move_abs(1.5) == axis.position() == 1.5
        assert bench.get("stage/x") == pytest.approx(3.5)
        assert axis.move_rel(-0.5) == 1.0
        assert bench.get("stage/x") == pytest.approx(3.0)
        assert axis.jog(1, timeout=30) == 5.0
        assert bench.get("stage/x") == pytest.approx(7.0), "the limits went along"
        axis.home()
        assert bench.get("stage/x") == pytest.approx(0.5), "home is a place of the instrument"
        assert axis.position() == pytest.approx(-1.5)
        assert axis.start_set_zero().wait(10) == 0.0
        assert axis.act("set_zero") is None


def test_what_cannot_jog_says_so() -> None:
    with (
        alidade.Simulation("elliptec", models="9") as bus,
        alidade.Device("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]}) as sliders,
    ):
        slider = sliders.children[0]
        assert isinstance(slider, Movable)
        with pytest.raises(alidade.UnsupportedError, match=r"'bus/.*' cannot jog; move it by dist"):
            slider.jog(1)
        with pytest.raises(alidade.UnsupportedError, match=r"'bus/.*' keeps its zero"):
            slider.set_zero()
        assert [a for a in slider.describe()["actions"] if "jog" in a or "zero" in a] == []
