"""Cancelling awaited calls: before, during, at the end, twice; and by timeouts."""

from __future__ import annotations

import asyncio
import sys
import threading

import numpy as np
import pytest

import alidade
from alidade import aio
from alidade._constants import NotifyFlags
from alidade.aio import _completions
from support import every

pytestmark = pytest.mark.timeout(60)


async def cancelled(task: asyncio.Task[object]) -> bool:
    """Waits for a task and tells whether it was cancelled."""
    await asyncio.wait([task])
    return task.cancelled()


async def moving(stage: aio.MockMovable) -> asyncio.Task[float]:
    """A task that moves the stage, which has begun to move."""
    task = asyncio.ensure_future(stage.move_abs(100.0))
    while await stage.get("settled"):
        await asyncio.sleep(0)
    return task


async def stands(stage: aio.MockMovable) -> bool:
    """Tells whether the axis stands somewhere on its way."""
    first = await stage.position()
    await asyncio.sleep(0.02)
    return await stage.get("settled") and 0 < first == await stage.position() < 100


def test_before_it_begins() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=1.0)
        task = asyncio.ensure_future(stage.move_abs(50.0))
        task.cancel()
        assert await cancelled(task)
        assert await stage.position() == 0

    asyncio.run(main())


def test_a_cancelled_move_stops_the_axis_and_it_stands() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        task = await moving(stage)
        task.cancel()
        assert await cancelled(task)
        assert await stands(stage)
        assert not _completions.of_running_loop().waiting
        assert await stage.move_abs(0.0) == 0.0

    asyncio.run(main())


def test_cancelled_twice() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        task = await moving(stage)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        task.cancel()
        assert await cancelled(task)
        assert await stands(stage)

    asyncio.run(main())


def test_cancelled_when_it_has_ended_but_was_not_resumed() -> None:
    async def main() -> None:
        sensor = aio.MockReadable(value=3.0)
        await sensor.read()
        task = asyncio.ensure_future(sensor.read())
        ends = _completions.of_running_loop()
        while not ends.waiting:
            await asyncio.sleep(0)
        # The end is there; the task that waits for it has not run yet.
        ends._deliver()
        task.cancel()
        assert await cancelled(task)
        assert sensor.value == 3.0
        assert not ends.waiting

    asyncio.run(main())


def test_cancelled_after_the_end_changes_nothing() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(aio.MockReadable(value=3.0).read())
        assert await task == 3.0
        assert not task.cancel()
        assert task.result() == 3.0

    asyncio.run(main())


def test_a_thousand_cancelled_at_once() -> None:
    async def main() -> None:
        sensor = aio.MockReadable(latency=5.0)
        tasks = [asyncio.ensure_future(sensor.read()) for _ in range(1000)]
        while len(_completions.of_running_loop().waiting) < 1000:
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert every(task.cancelled() for task in tasks)
        assert not _completions.of_running_loop().waiting

    asyncio.run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is of Python 3.11")
def test_asyncio_timeout_stops_the_axis() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stage.move_abs(100.0)
        assert await stands(stage)

    asyncio.run(main())


def test_wait_for_stops_the_axis() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stage.move_abs(100.0), 0.05)
        assert await stands(stage)

    asyncio.run(main())


def test_the_verbs_own_timeout_stops_the_axis() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        with pytest.raises(alidade.TimedOutError):
            await stage.move_abs(100.0, timeout=0.05)
        assert await stands(stage)

    asyncio.run(main())


def test_cancelling_a_wait_leaves_the_motion_alone() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        op = await stage.start_move(100.0)
        for wait in (op.wait(), stage.wait_settled()):
            task = asyncio.ensure_future(wait)
            await asyncio.sleep(0.01)
            task.cancel()
            assert await cancelled(task)
            assert op.state.name == "RUNNING"
        with pytest.raises(alidade.TimedOutError):
            await op.wait(0.01)
        with pytest.raises(alidade.TimedOutError):
            await op.wait(0)
        assert op.state.name == "RUNNING"
        op.cancel()
        with pytest.raises(alidade.CancelledError):
            await op.wait()

    asyncio.run(main())


def test_a_start_that_is_cancelled_before_the_instrument_accepts_it() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0, latency=0.2)
        reading = asyncio.ensure_future(stage.position())  # the move waits behind it
        await asyncio.sleep(0)
        task = asyncio.ensure_future(stage.start_move(50.0))
        await asyncio.sleep(0.02)
        task.cancel()
        assert await cancelled(task)
        assert await reading == 0.0
        assert await stage.position() == 0.0
        assert await stage.get("settled")

    asyncio.run(main())


def test_a_second_task_stops_the_axis_that_a_first_one_moves() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=10.0)
        task = await moving(stage)
        await stage.stop()
        with pytest.raises(alidade.CancelledError, match="stopped"):
            await task
        assert await stands(stage)

    asyncio.run(main())


def test_stop_does_not_wait_behind_slow_queries() -> None:
    async def main() -> None:
        stage = aio.MockMovable(latency=10.0)
        queries = [asyncio.ensure_future(stage.position()) for _ in range(10)]
        await asyncio.sleep(0.02)
        await stage.stop()
        assert every(not query.done() for query in queries)
        for query in queries:
            query.cancel()
        await asyncio.wait(queries)

    asyncio.run(main())


def test_closing_ends_what_is_awaited() -> None:
    async def main() -> None:
        sensor = aio.MockReadable(latency=10.0)
        reads = [asyncio.ensure_future(sensor.read()) for _ in range(10)]
        await asyncio.sleep(0.02)
        await sensor.close()
        for read in reads:
            with pytest.raises(alidade.ClosedError):
                await read

    asyncio.run(main())


def numbered(go_on: threading.Event) -> aio.Source:
    """A source whose items come when they may."""

    def read(index: int, _: alidade.Cancel) -> object:
        assert go_on.wait(30)
        return np.array([float(index)])

    return aio.Source.of_function(read)


def test_an_item_that_comes_after_its_call_was_cancelled_comes_again() -> None:
    async def main() -> None:
        go_on = threading.Event()
        source = numbered(go_on)
        task = asyncio.ensure_future(source.next())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.01)
        go_on.set()
        assert await cancelled(task)
        assert [(await source.next()).index for _ in range(2)] == [0, 1]

    asyncio.run(main())


def test_an_item_that_came_just_before_its_call_was_cancelled_is_not_lost() -> None:
    async def main() -> None:
        go_on = threading.Event()
        go_on.set()
        source = numbered(go_on)
        task = asyncio.ensure_future(source.next())
        ends = _completions.of_running_loop()
        while not ends.waiting:
            await asyncio.sleep(0)
        while ends.waiting:  # the loop stands still, so the task does not resume
            ends._deliver()
        task.cancel()
        assert await cancelled(task)
        assert [(await source.next()).index for _ in range(2)] == [0, 1]

    asyncio.run(main())


class Interrupted(asyncio.Future[_completions.End]):
    """A future that an interrupt cancels just after somebody has looked whether it is done."""

    def done(self) -> bool:
        was = super().done()
        self.cancel()
        return was


def test_a_future_that_is_cancelled_while_its_end_is_delivered_holds_no_other_up() -> None:
    async def main() -> None:
        ends = _completions.of_running_loop()
        sensor = aio.MockReadable(latency=0.01)
        ops = [sensor.start_read() for _ in range(2)]
        tag, _ = ends.watch(ops[0]._h, NotifyFlags.ENDED.value)
        interrupted = ends.waiting[tag] = Interrupted()
        await asyncio.wait_for(ops[1].wait(), 20)
        assert tag not in ends.waiting
        if not interrupted.cancelled():
            _completions.release(interrupted.result())
        await sensor.close()

    asyncio.run(main())
