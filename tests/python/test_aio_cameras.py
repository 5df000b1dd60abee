from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from alidade import aio, errors
from support import every


def quick(**options: object) -> aio.MockCamera:
    return aio.MockCamera(**{"pattern": "gradient", "width": 32, "height": 16, **options})  # type: ignore[arg-type]


def test_the_first_script() -> None:
    async def main() -> None:
        stage = aio.MockMovable()
        await stage.move_abs(10.0)
        assert await stage.position() == 10.0
        camera = aio.MockCamera()
        await camera.set_exposure(0.1)
        await camera.arm()
        await camera.trigger()
        frame = await camera.next_frame()
        assert frame.to_numpy().shape == (480, 640)
        assert frame.exposure == 0.1

    asyncio.run(main())


def test_one_task_awaits_the_frame_that_another_triggers() -> None:
    async def main() -> None:
        async with quick() as camera:
            await camera.arm()
            waiting = asyncio.create_task(camera.next_frame())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            await camera.trigger()
            frame = await asyncio.wait_for(waiting, 10)
            assert frame.seq == 0

    asyncio.run(main())


def test_cancelling_the_waiting_task_loses_no_frame() -> None:
    async def main() -> None:
        async with quick(exposure=1e-4) as camera:
            await camera.arm()
            seen = []
            for number in range(30):
                waiting = asyncio.create_task(camera.next_frame())
                await asyncio.sleep(0)
                await camera.trigger()
                # At any moment around the frame's arrival.
                await asyncio.sleep(number * 1e-5)
                waiting.cancel()
                try:
                    seen.append((await waiting).seq)
                except asyncio.CancelledError:
                    seen.append((await asyncio.wait_for(camera.next_frame(), 10)).seq)
            assert seen == list(range(30))
            with pytest.raises(errors.TimedOutError):
                await camera.next_frame(0.01)

    asyncio.run(main())


def test_waiting_occupies_no_thread() -> None:
    async def main() -> None:
        async with quick() as camera:
            await camera.arm()
            streams = [camera.stream() for _ in range(50)]
            before = threading.active_count()
            waiting = [asyncio.create_task(stream.next()) for stream in streams]
            await asyncio.sleep(0.02)
            assert threading.active_count() == before
            await camera.trigger()
            frames = await asyncio.gather(*waiting)
            assert {frame.seq for frame in frames} == {0}
            first = frames[0].to_numpy()
            assert every(np.shares_memory(first, frame.to_numpy()) for frame in frames)

    asyncio.run(main())


def test_two_tasks_share_a_stream() -> None:
    async def main() -> None:
        async with quick(exposure=1e-5) as camera:
            stream = camera.stream(policy="lossless")
            await camera.arm()
            waiting = [asyncio.create_task(stream.next(10)) for _ in range(2)]
            await asyncio.sleep(0.01)
            await camera.trigger()
            done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert (len(done), len(pending)) == (1, 1)
            await camera.trigger()
            frames = await asyncio.gather(*waiting)
            assert sorted(frame.seq for frame in frames) == [0, 1]

    asyncio.run(main())


def test_iterating() -> None:
    async def main() -> None:
        async with quick(trigger_mode="internal", frame_rate=1e6, exposure=1e-6) as camera:
            await camera.arm()
            numbers = [frame.seq async for frame in camera.frames(5, policy="lossless")]
            assert numbers == list(range(numbers[0], numbers[0] + 5))
            with camera.stream() as stream:
                count = 0
                async for _ in stream:
                    count += 1
                    if count == 3:
                        stream.close()
                assert count == 3
            stream = camera.stream()
            await camera.disarm()
            while stream.stats().waiting:
                await stream.next()
            waiting = asyncio.create_task(stream.next())
            await asyncio.sleep(0)
            await camera.close()
            with pytest.raises(errors.ClosedError):
                await waiting

    asyncio.run(main())
