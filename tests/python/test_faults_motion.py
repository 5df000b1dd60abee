"""What goes wrong with motions, for each driver of an axis: it stands, and it is told where."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alidade import aio, errors
from faulty_instruments import (
    ESP300,
    MOVABLE,
    Kind,
    Relay,
    Setup,
    cpu_share,
    opened,
    relayed,
    switched_on,
)
from support import eventually, quickest, took

pytestmark = pytest.mark.timeout(60)

each_axis = pytest.mark.parametrize("kind", MOVABLE, ids=str)

# Far enough that a motion goes on for seconds: at 10 mm/s, and at 430 degrees per second.
FAR = {"esp300": 20.0, "elliptec": 3000.0}


def goes(setup: Setup) -> bool:
    """Whether the axis really has begun to move."""
    start = setup.truth()
    return eventually(lambda: setup.truth() != start)


@each_axis
def test_a_move_that_is_not_in_time_is_stopped(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        with pytest.raises(errors.TimedOutError) as caught:
            setup.stage.move_abs(FAR[kind.driver], timeout=0.4)
        assert setup.stands()
        assert "had not reached" in str(caught.value)
        # Where it was stopped is said.
        assert 0 < setup.truth() < FAR[kind.driver]
        assert setup.stage.move_rel(0.5) == pytest.approx(setup.truth(), abs=0.01)


@each_axis
def test_a_task_that_is_cancelled(kind: Kind, tmp_path: Path) -> None:
    async def main(setup: Setup) -> None:
        device = aio.Device("device", kind.driver, setup.options)
        await device.open()
        stage = device.child(kind.part)
        task = asyncio.ensure_future(stage.move_abs(FAR[kind.driver]))
        while setup.bench.get(f"{kind.axis}.velocity") == 0:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert setup.stands()
        assert 0 < setup.truth() < FAR[kind.driver]
        await device.close()

    with switched_on(kind, tmp_path) as setup:
        asyncio.run(main(setup))


@pytest.mark.parametrize("moves", [True, False])
def test_a_stop_that_the_controller_refused_is_no_success(moves: bool, tmp_path: Path) -> None:
    with relayed(ESP300, tmp_path) as (setup, relay):
        motion = setup.stage.start_move(3.0) if moves else None
        relay.replaces[b"1ST\r"] = b"1XX\r"  # as firmware that does not know it
        with pytest.raises(errors.UnsupportedError, match="COMMAND DOES NOT EXIST"):
            setup.stage.stop(timeout=20)
        if motion is not None:
            with pytest.raises(errors.Error):
                motion.wait(10)
        relay.replaces.clear()
        setup.stage.stop()


def blind(relay: Relay, kind: Kind) -> None:
    """Has every question whether the axis stands answered with nonsense."""
    if kind is ESP300:
        relay.replaces[b"1MD?"] = b"1VA?"
    else:
        relay.distorts[b"0GS"] = b"0GSx"


@each_axis
@pytest.mark.parametrize("moves", [True, False])
def test_a_stop_whose_end_nobody_sees_is_no_success(
    kind: Kind, moves: bool, tmp_path: Path
) -> None:
    with relayed(kind, tmp_path) as (setup, relay):
        motion = setup.stage.start_move(FAR[kind.driver]) if moves else None
        assert motion is None or goes(setup)
        blind(relay, kind)
        with pytest.raises(errors.ProtocolError, match="it may still move"):
            setup.stage.stop(timeout=20)
        if motion is not None:
            with pytest.raises(errors.Error):
                motion.wait(10)
        relay.replaces.clear()
        relay.distorts.clear()
        setup.stage.stop()
        assert setup.stands()


@each_axis
def test_another_task_stops_the_axis(kind: Kind, tmp_path: Path) -> None:
    async def main(setup: Setup) -> None:
        device = aio.Device("device", kind.driver, setup.options)
        await device.open()
        stage = device.child(kind.part)
        task = asyncio.ensure_future(stage.move_abs(FAR[kind.driver]))
        while setup.bench.get(f"{kind.axis}.velocity") == 0:
            await asyncio.sleep(0.001)
        await stage.stop()
        assert setup.stands()
        with pytest.raises(errors.CancelledError):
            await task
        assert 0 < setup.truth() < FAR[kind.driver]
        # And it goes on from there.
        here = await stage.position()
        assert await stage.move_rel(1.0) == pytest.approx(here + 1.0, abs=0.01)
        await device.close()

    with switched_on(kind, tmp_path) as setup:
        asyncio.run(main(setup))


def time_to_miss(setup: Setup) -> float:
    """How long a motion that goes on takes to find out that the line was cut."""
    op = setup.stage.start_move(setup.truth() + FAR[setup.kind.driver] / 4)
    assert goes(setup)

    def unplug() -> None:
        setup.instrument.unplug()
        with pytest.raises(errors.DisconnectedError):
            op.wait(10)

    seconds = took(unplug)
    assert setup.gone()
    setup.plug()
    setup.device.open()
    return seconds


@each_axis
def test_unplugged_while_it_moves(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        assert quickest(0.1, lambda: time_to_miss(setup)) < 0.1
        # A controller leaves nothing moving when it is opened; motors go on to their goals.
        assert eventually(setup.stands, 10)
        setup.instrument.unplug()
        assert setup.gone()
        assert quickest(0.05, cpu_share) < 0.05


@each_axis
def test_silent_while_it_moves(kind: Kind, tmp_path: Path) -> None:
    """Nobody knows where the axis is: that is an error, and it was told to stop."""
    with opened(kind, tmp_path) as setup:
        op = setup.stage.start_move(FAR[kind.driver], timeout=1.0)
        assert goes(setup)
        setup.instrument.set_faults(silence=True)
        with pytest.raises(errors.Error) as caught:
            op.wait(30)
        assert isinstance(caught.value, (errors.TimedOutError, errors.CancelledError))
        assert eventually(setup.stands)
        assert 0 < setup.truth() < FAR[kind.driver]
        setup.instrument.set_faults(silence=False)
        assert setup.stage.position() == pytest.approx(setup.truth(), abs=0.01)


@each_axis
def test_answers_get_lost_while_it_moves(kind: Kind, tmp_path: Path) -> None:
    """The motion arrives all the same, or says why it was given up; it never ends elsewhere."""
    with opened(kind, tmp_path) as setup:
        for seed in range(2):
            setup.instrument.set_faults(drop=0.1, seed=seed)
            goal = 1.0 + seed
            try:
                assert setup.stage.move_abs(goal, timeout=4) == pytest.approx(goal, abs=0.01)
                assert setup.truth() == pytest.approx(goal, abs=0.01)
            except (errors.TimedOutError, errors.ProtocolError):
                setup.instrument.set_faults(drop=0.0)
                setup.stage.stop(timeout=10)
                assert setup.stands()
