"""Frames that a camera loses, consumers that are too slow, and cameras that go away."""

from __future__ import annotations

import pytest

from alidade import MockCamera, errors
from faulty_instruments import cpu_share
from support import eventually, quickest, took

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
    assert quickest(0.1, time_to_miss) < 0.1
    with free_running(disconnect_after=20) as camera:
        with camera.stream(policy="lossless", capacity=32) as stream:
            camera.arm()
            assert eventually(lambda: "disconnected" in repr(camera))
            # What had come is not lost.
            assert [stream.next(5).seq for _ in range(20)] == list(range(20))
            with pytest.raises(errors.DisconnectedError):
                stream.next(5)
        assert quickest(0.05, cpu_share) < 0.05
        camera.open()
        camera.arm()
        assert camera.next_frame(5).to_numpy().shape == (48, 64)
