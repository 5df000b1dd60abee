"""Queues and events, awaited."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

import alidade
from alidade import aio

pytestmark = pytest.mark.timeout(60)


def test_iterating_waits_for_records_and_ends_with_the_queue() -> None:
    async def main() -> None:
        queue = aio.Queue(100)

        async def produce() -> None:
            for value in range(50):
                await queue.push(value=value)
                await asyncio.sleep(0)
            queue.close()

        producer = asyncio.ensure_future(produce())
        assert [record.value async for record in queue] == list(range(50))
        await producer

    asyncio.run(main())


def test_a_timed_out_wait_loses_nothing() -> None:
    async def main() -> None:
        queue = aio.Queue()
        with pytest.raises(alidade.TimedOutError):
            await queue.next(0.01)
        with pytest.raises(alidade.TimedOutError):
            await queue.next(0)
        task = asyncio.ensure_future(queue.next())
        await asyncio.sleep(0)
        await queue.push(value=5)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert (await queue.next(0)).value == 5

    asyncio.run(main())


def test_closing_ends_waits() -> None:
    async def main() -> None:
        queue = aio.Queue()
        task = asyncio.ensure_future(queue.next())
        await asyncio.sleep(0)
        queue.close()
        with pytest.raises(alidade.ClosedError):
            await task

    asyncio.run(main())


def test_events_of_a_device() -> None:
    async def main() -> None:
        sensor = aio.MockReadable()
        await sensor.read()
        with sensor.events("property.changed") as events:
            await sensor.set("noise", 0.25)
            async for event in events:
                if event.payload["property"] == "noise":
                    assert event.payload["value"] == 0.25
                    break

    asyncio.run(main())


@pytest.mark.parametrize("awaits", [False, True])
def test_subscribed_functions_run_in_the_loop(awaits: bool) -> None:
    async def main() -> None:
        seen: list[object] = []
        enough = asyncio.Event()

        def note(event: alidade.Record) -> None:
            asyncio.get_running_loop()
            seen.append(event.payload["value"])
            if len(seen) == 3:
                enough.set()

        async def note_later(event: alidade.Record) -> None:
            await asyncio.sleep(0)
            note(event)

        sensor = aio.MockReadable()
        await sensor.read()
        token = sensor.subscribe("property.changed", note_later if awaits else note)
        for noise in (0.5, 0.25, 0.125):
            await sensor.set("noise", noise)
        await enough.wait()
        await token.close()
        await sensor.set("noise", 1.0)
        await asyncio.sleep(0.01)
        assert seen == [0.5, 0.25, 0.125]

    asyncio.run(main())


def test_a_subscription_whose_token_is_dropped_goes_on() -> None:
    async def main() -> None:
        seen: list[object] = []
        sensor = aio.MockReadable()
        await sensor.read()
        sensor.subscribe("property.changed", lambda event: seen.append(event.payload["value"]))
        gc.collect()
        await sensor.set("noise", 0.5)
        while not seen:
            await asyncio.sleep(0.001)
        assert seen == [0.5]
        await sensor.close()

    asyncio.run(main())


def test_a_subscribed_function_that_raises_goes_on_being_called() -> None:
    async def main() -> None:
        calls = 0

        def fail(event: object) -> None:
            nonlocal calls
            calls += 1
            raise LookupError(calls)

        sensor = aio.MockReadable()
        await sensor.read()
        token = sensor.subscribe("property.changed", fail)
        for noise in (0.5, 0.25):
            await sensor.set("noise", noise)
        while calls < 2:
            await asyncio.sleep(0.001)
        await token.close()
        assert isinstance(token.exception, LookupError)

    asyncio.run(main())


def test_closing_a_subscription_from_its_own_function() -> None:
    async def main() -> None:
        done = asyncio.Event()
        seen: list[Any] = []

        async def once(event: Any) -> None:
            seen.append(event.payload["value"])
            await token.close()
            done.set()

        sensor = aio.MockReadable()
        await sensor.read()
        token = sensor.subscribe("property.changed", once)
        others: list[Any] = []
        other = sensor.subscribe("property.changed", lambda event: others.append(event))
        await sensor.set("noise", 0.5)
        await asyncio.wait_for(done.wait(), 10)
        await sensor.set("noise", 0.25)
        while len(others) < 2:  # the second one has been told
            await asyncio.sleep(0.001)
        assert seen == [0.5]
        await other.close()

    asyncio.run(main())
