"""Axes that stand elsewhere than at their goal: never a success, and never left moving."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import alidade
from alidade import Bench, Device, MockMovable, Simulation, aio
from faulty_instruments import ESP300, relayed
from instruments import driven
from support import eventually

pytestmark = pytest.mark.timeout(60)

# How long the driver waits for an axis to begin.
START = 0.5


@contextmanager
def shared(
    options: dict[str, Any] | None = None, **simulated: Any
) -> Iterator[tuple[Bench, Any, int]]:
    """An axis, and the line as another program has it: open from before it was locked."""
    bench = Bench()
    with Simulation("esp300", bench, **simulated) as instrument:
        other = os.open(instrument.path, os.O_RDWR | os.O_NOCTTY)
        try:
            with Device("stage", "esp300", {"uri": instrument.uri, **(options or {})}) as stage:
                yield bench, stage.child("1"), other
        finally:
            os.close(other)


@pytest.mark.parametrize("tolerance", [0.0, 0.01])
def test_done_is_said_before_the_axis_has_begun(tolerance: float) -> None:
    bench = Bench()
    with driven("esp300", {"tolerance": tolerance}, bench, start_delay=0.1) as (_, stage):
        x = stage.child("1")
        x.set("velocity", 50.0)
        x.set("acceleration", 500.0)
        assert x.move_abs(5.0) == 5.0
        assert bench.get("stage/x") == 5.0
        assert x.move_rel(-1.0) == 4.0
        # So little that where it was is near enough: it has to get there all the same.
        assert x.move_rel(0.0015) == 4.0015
        assert bench.get("stage/x") == pytest.approx(4.0015, abs=1e-9)
        x.home()
        assert bench.get("stage/x") == 0.0
        assert x.position() == 0.0


def test_done_is_said_before_the_axis_has_begun_in_a_task() -> None:
    async def main(uri: str) -> None:
        async with aio.Device("stage", "esp300", {"uri": uri}) as stage:
            assert await stage.child("1").move_abs(1.0) == 1.0

    with Simulation("esp300", start_delay=0.1) as instrument:
        asyncio.run(main(instrument.uri))


@pytest.mark.parametrize("tolerance", [0.0, 0.01])
def test_an_axis_that_does_not_begin_is_told_to_stop(tolerance: float) -> None:
    bench = Bench()
    late = 2 * START
    with driven("esp300", {"tolerance": tolerance}, bench, start_delay=late) as (_, stage):
        x = stage.child("1")
        with pytest.raises(
            alidade.StateError, match=r"stands at 0 mm instead of 5 mm, .* has not begun to move"
        ):
            x.move_abs(5.0)
        time.sleep(late)
        assert bench.get("stage/x") == 0.0
        assert bench.get("stage/x.velocity") == 0.0


def test_a_home_that_does_not_begin() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (_, stage):
        stage.child("1").move_abs(2.0)
    with driven("esp300", bench=bench, start_delay=2 * START) as (_, stage):
        x = stage.child("1")
        with pytest.raises(alidade.StateError, match="stands at 2 mm instead of 0 mm"):
            x.home()
    assert bench.get("stage/x") == 2.0


def test_no_way_at_all_is_no_fault() -> None:
    with driven("esp300") as (_, stage):
        x = stage.child("1")
        assert x.move_abs(0.0) == 0.0
        assert x.move_abs(0.000001) == 0.0  # less than it can tell
        x.home()
        assert x.move_rel(0.0) == 0.0


@pytest.mark.parametrize("home", [False, True])
def test_another_program_stops_the_axis(home: bool) -> None:
    with shared() as (bench, x, other):
        if home:
            x.set("velocity", 50.0)
            x.move_abs(10.0)
            op, goal = x.start_home(), 0
        else:
            op, goal = x.start_move(20.0), 20
        start = x.position()
        assert eventually(lambda: abs(bench.get("stage/x") - start) > 0.5)
        os.write(other, b"1ST\r")
        with pytest.raises(
            alidade.StateError, match=rf"stands at [0-9.]+ mm instead of {goal} mm, .*somebody else"
        ):
            op.wait(20)
        assert bench.get("stage/x.velocity") == 0
        assert x.move_abs(1.0) == 1.0


def test_another_program_stops_the_axis_of_a_task() -> None:
    async def main(uri: str, bench: Bench, other: int) -> None:
        async with aio.Device("stage", "esp300", {"uri": uri}) as stage:
            task = asyncio.ensure_future(stage.child("1").move_abs(20.0))
            while bench.get("stage/x") < 0.5:
                await asyncio.sleep(0.001)
            os.write(other, b"1ST\r")
            with pytest.raises(alidade.StateError, match="instead of 20 mm"):
                await task

    bench = Bench()
    with Simulation("esp300", bench) as instrument:
        other = os.open(instrument.path, os.O_RDWR | os.O_NOCTTY)
        try:
            asyncio.run(main(instrument.uri, bench, other))
        finally:
            os.close(other)


# Goal, velocity, and where another program sends the axis instead: just near enough, and not.
NEAR = [
    (20.0, 10.0, 19.81, True),  # 1 % of the distance
    (20.0, 10.0, 19.79, False),
    (0.05, 0.05, 0.0481, True),  # 2 um
    (0.05, 0.05, 0.0479, False),
]


@pytest.mark.parametrize(("goal", "velocity", "end", "near"), NEAR)
def test_how_near_is_near_enough(goal: float, velocity: float, end: float, near: bool) -> None:
    with shared() as (bench, x, other):
        x.set("velocity", velocity)
        op = x.start_move(goal)
        assert eventually(lambda: bench.get("stage/x.velocity") != 0)
        os.write(other, f"1PA{end}\r".encode())
        if near:
            assert op.wait(30) == pytest.approx(end, abs=1e-5)
        else:
            with pytest.raises(alidade.StateError, match=f"at {end} mm instead of {goal:g} mm"):
                op.wait(30)


def test_a_tolerance_goes_before_all_that() -> None:
    with shared({"tolerance": 1.0}) as (bench, x, other):
        op = x.start_move(5.0)
        assert eventually(lambda: bench.get("stage/x.velocity") != 0)
        os.write(other, b"1PA4.1\r")
        assert op.wait(30) == 4.1


def test_whatever_a_move_ends_with_the_axis_is_told_to_stop(tmp_path: Path) -> None:
    with relayed(ESP300, tmp_path) as (setup, relay):
        op = setup.stage.start_move(20.0)
        assert eventually(lambda: setup.bench.get("stage/x") > 0.5)
        relay.sent = b""
        relay.answers[b"1MO?\r"] = b"0\r\n"  # the motor went off, it says
        os.write(relay._line, b"1ST\r")
        with pytest.raises(alidade.StateError, match="motor of axis '1' went off"):
            op.wait(20)
        assert eventually(lambda: b"1ST\r" in relay.sent)


def test_a_mock_whose_axis_is_moved_by_another_one() -> None:
    bench = Bench()
    with (
        MockMovable("one", axis="stage/y", bench=bench, velocity=5.0) as one,
        MockMovable("two", axis="stage/y", bench=bench, velocity=1.0) as two,
    ):
        op = one.start_move(1.0)
        assert eventually(lambda: bench.get("stage/y.velocity") != 0)
        elsewhere = two.start_move(-20.0)
        with pytest.raises(alidade.RangeError, match=r"mm instead of 1.* mm: .*somebody else"):
            op.wait(10)
        assert bench.get("stage/y.velocity") == 0, "it has braked"
        with pytest.raises(alidade.RangeError, match="somebody else"):
            elsewhere.wait(60)
