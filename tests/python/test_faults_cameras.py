"""Frames that a camera loses, consumers that are too slow, and cameras that go away."""

from __future__ import annotations

import asyncio

import pytest

from alidade import MockCamera, aio, errors
from alidade._constants import FrameFlags
from faulty_instruments import best_of, cpu_share, took
from support import eventually

pytestmark = pytest.mark.timeout(60)


def free_running(**options: object) -> MockCamera:
    """A fast and small camera that takes frame after frame."""
    return MockCamera(
        pattern="gradient",
        width=64,
        height=48,
        trigger_mode="internal",
        exposure=1e-4,
        **{"frame_rate": 2000.0, **options},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("every", [2, 3, 7])
def test_frames_that_the_camera_loses(every: int) -> None:
    """They are counted where they are missing, and never renumbered."""
    with free_running(lose=every) as camera:
        with camera.stream(policy="lossless", capacity=64) as stream:
            camera.arm()
            got = [stream.next(5) for _ in range(60)]
            stats = stream.stats()
        kept = [n for n in range(every * 60) if n % every != every - 1][:60]
        assert [frame.seq for frame in got] == kept
        assert [frame.hw_seq for frame in got] == kept
        gaps = [b - a - 1 for a, b in zip([-1, *kept], kept, strict=False)]
        assert [frame.lost_before for frame in got] == gaps
        assert stats.received == 60
        assert stats.lost == stats.lost_at_source >= kept[-1] + 1 - 60


def test_frames_that_are_not_whole() -> None:
    with free_running(garble=3) as camera:
        with camera.stream(policy="lossless") as stream:
            camera.arm()
            for number in range(30):
                frame = stream.next(5)
                assert frame.seq == number
                assert bool(frame.flags & FrameFlags.INCOMPLETE) == (number % 3 == 2)


def test_a_slow_consumer_loses_alone() -> None:
    with free_running(frame_rate=500.0) as camera:
        slow = camera.stream(policy="drop_oldest", capacity=2)
        quick = camera.stream(policy="lossless", capacity=32)
        camera.arm()
        assert [quick.next(5).seq for _ in range(100)] == list(range(100))
        camera.disarm()
        frame = slow.next(5)
        stats = slow.stats()
        # It has what came last; what it missed is told, and nobody else missed anything.
        assert frame.seq >= 98
        assert frame.lost_before == frame.seq
        assert stats.lost == frame.seq
        assert stats.lost_at_source == 0
        assert quick.stats().lost == 0
        slow.close()
        quick.close()


def test_one_that_cannot_wait_loses_at_the_source_and_tells_everybody() -> None:
    with free_running(waits=False) as camera:
        lossless = camera.stream(policy="lossless", capacity=4)
        other = camera.stream(policy="drop_oldest", capacity=4)
        camera.arm()
        assert eventually(lambda: other.stats().lost_at_source > 10)
        camera.disarm()
        seen = [lossless.next(5).seq for _ in range(4)]
        assert seen == [0, 1, 2, 3]
        camera.arm()
        after = lossless.next(5)
        assert after.lost_before == after.seq - 4 > 10
        assert lossless.stats().lost_at_source >= after.lost_before
        lossless.close()
        other.close()


def test_frames_in_use_are_not_overwritten() -> None:
    with free_running() as camera:
        with camera.stream(policy="drop_oldest", capacity=4, lease_cap=8) as stream:
            camera.arm()
            kept = [stream.next(5) for _ in range(8)]
            pixels = [frame.to_numpy().copy() for frame in kept]
            with pytest.raises(errors.LimitError):
                stream.next(5)
            assert eventually(lambda: stream.stats().lost > 50)
            for frame, before in zip(kept, pixels, strict=True):
                assert (frame.to_numpy() == before).all()
            kept.clear()
            assert stream.next(5).lost_before > 50


def time_to_miss() -> float:
    """How long a task that waits for a frame takes to find out that the camera has gone."""
    with MockCamera(pattern="gradient", exposure=0.001, disconnect_after=2) as camera:
        camera.arm()
        for _ in range(2):
            camera.trigger()
            camera.next_frame(5)

        def miss() -> None:
            camera.trigger()
            with pytest.raises(errors.DisconnectedError):
                camera.next_frame(5)

        return took(miss)


def test_it_goes_away() -> None:
    assert best_of(3, time_to_miss) < 0.1
    with free_running(disconnect_after=20) as camera:
        with camera.stream(policy="lossless", capacity=32) as stream:
            camera.arm()
            assert eventually(lambda: "disconnected" in repr(camera))
            # What had come is not lost.
            assert [stream.next(5).seq for _ in range(20)] == list(range(20))
            with pytest.raises(errors.DisconnectedError):
                stream.next(5)
        assert best_of(3, cpu_share) < 0.05
        camera.open()
        camera.arm()
        assert camera.next_frame(5).to_numpy().shape == (48, 64)


def test_one_task_waits_first_and_another_triggers() -> None:
    async def main() -> None:
        camera = aio.MockCamera(pattern="gradient")
        await camera.arm()
        for _ in range(3):
            waiting = asyncio.ensure_future(camera.next_frame())
            await asyncio.sleep(0.02)
            assert not waiting.done()
            await camera.trigger()
            assert (await waiting).to_numpy().size > 0
        await camera.close()

    asyncio.run(main())


def test_a_task_that_waits_is_cancelled_and_loses_no_frame() -> None:
    async def main() -> None:
        camera = aio.MockCamera(pattern="gradient", exposure=0.001)
        await camera.arm()
        for number in range(20):
            waiting = asyncio.ensure_future(camera.next_frame())
            await camera.trigger()
            await asyncio.sleep(0.0002 * number)
            waiting.cancel()
            try:
                frame = await waiting
            except asyncio.CancelledError:
                frame = await camera.next_frame(timeout=5)
            assert frame.seq == number
            del frame, waiting
        await camera.close()

    asyncio.run(main())


def test_consumers_come_and_go_while_it_runs() -> None:
    with free_running(frame_rate=5000.0) as camera:
        camera.arm()
        with camera.stream(policy="lossless", capacity=64) as steady:
            expected = steady.next(5).seq
            for _ in range(200):
                with camera.stream(policy="latest") as guest:
                    assert guest.next(5).lost_before >= 0
                expected += 1
                frame = steady.next(5)
                assert frame.seq == expected
            assert steady.stats().lost == 0


def test_closing_ends_all_waits() -> None:
    camera = MockCamera(pattern="gradient")
    stream = camera.stream()
    op_ended = []

    async def main() -> None:
        other = aio.MockCamera(pattern="gradient")
        waiting = [asyncio.ensure_future(other.next_frame()) for _ in range(3)]
        await asyncio.sleep(0.02)
        await other.close()
        op_ended.extend(await asyncio.gather(*waiting, return_exceptions=True))

    asyncio.run(main())
    assert all(isinstance(e, errors.ClosedError) for e in op_ended)
    camera.close()
    with pytest.raises(errors.ClosedError):
        stream.next(5)
