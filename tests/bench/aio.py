"""Awaited calls, one after the other and a thousand in flight, against `asyncio.to_thread`.

`asyncio` itself takes its share of each call that is gathered: a task. That share is printed, and
so is what a call takes that needs no task: started first, awaited afterwards.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import alidade
from alidade import aio
from alidade.aio import _completions
from harness import Result, Settings, arguments, per_call, report

IN_FLIGHT = 1000
GOAL_SEQUENTIAL_US = 35.0
GOAL_IN_FLIGHT_US = 5.0


def measure(
    loop: asyncio.AbstractEventLoop,
    settings: Settings,
    run: Callable[[int], Awaitable[None]],
    clock: Callable[[], float],
) -> float:
    """Microseconds for one of many awaited calls."""

    def call(count: int) -> None:
        loop.run_until_complete(run(count))

    return per_call(call, settings, clock) * 1e6


def sequential(loop: asyncio.AbstractEventLoop, settings: Settings) -> list[Result]:
    sensor, plain = aio.MockReadable(), alidade.MockReadable()

    async def ours(count: int) -> None:
        for _ in range(count):
            await sensor.read()

    async def peer(count: int) -> None:
        for _ in range(count):
            await asyncio.to_thread(plain.read)

    threads = measure(loop, settings, peer, time.perf_counter)
    awaited = measure(loop, settings, ours, time.perf_counter)
    return [
        Result("awaited read", awaited, "us", GOAL_SEQUENTIAL_US, peer=threads),
        Result("asyncio.to_thread of the same read", threads, "us"),
    ]


def in_flight(loop: asyncio.AbstractEventLoop, settings: Settings, objects: int) -> list[Result]:
    sensors = [aio.MockReadable() for _ in range(objects)] * (IN_FLIGHT // objects)
    plain = [alidade.MockReadable() for _ in range(objects)] * (IN_FLIGHT // objects)

    def in_rounds(begin: Callable[[int], Awaitable[object]]) -> Callable[[int], Awaitable[None]]:
        async def run(count: int) -> None:
            while count > 0:
                await begin(min(count, IN_FLIGHT))
                count -= IN_FLIGHT

        return run

    def gathered(count: int) -> Awaitable[object]:
        return asyncio.gather(*(sensor.read() for sensor in sensors[:count]))

    async def started_first(count: int) -> None:
        for operation in [sensor.start_read() for sensor in sensors[:count]]:
            await operation.wait()

    def threaded(count: int) -> Awaitable[object]:
        return asyncio.gather(*(asyncio.to_thread(sensor.read) for sensor in plain[:count]))

    def sleeping(count: int) -> Awaitable[object]:
        return asyncio.gather(*(asyncio.sleep(0) for _ in range(count)))

    # What all these take is processor time: other programs need not count.
    peer = measure(loop, settings, in_rounds(threaded), time.process_time)
    result = measure(loop, settings, in_rounds(gathered), time.process_time)
    first = measure(loop, settings, in_rounds(started_first), time.process_time)
    tasks = measure(loop, settings, in_rounds(sleeping), time.process_time)
    return [
        Result("gathered reads", result, "us each", GOAL_IN_FLIGHT_US, peer=peer),
        Result("of that, the tasks of asyncio", tasks, "us each", peer=peer),
        Result("reads started first, then awaited", first, "us each", GOAL_IN_FLIGHT_US, peer=peer),
        Result("gathered asyncio.to_thread of the same reads", peer, "us each"),
        Result("wake-ups of the loop for 1000 gathered reads", wake_ups(loop, sensors), "", 1),
    ]


def wake_ups(loop: asyncio.AbstractEventLoop, sensors: Sequence[aio.MockReadable]) -> int:
    async def count() -> int:
        ends = _completions.of_running_loop()
        before = ends.batches
        await asyncio.gather(*(sensor.read() for sensor in sensors))
        return ends.batches - before

    return loop.run_until_complete(count())


def main() -> None:
    settings = arguments(__doc__)
    loop = asyncio.new_event_loop()
    try:
        report("One awaited call after the other", sequential(loop, settings))
        for objects, name in (1, "one object"), (IN_FLIGHT, f"{IN_FLIGHT} objects"):
            title = f"{IN_FLIGHT} awaited calls in flight on {name}"
            report(title, in_flight(loop, settings, objects))
    finally:
        loop.close()


if __name__ == "__main__":
    main()
