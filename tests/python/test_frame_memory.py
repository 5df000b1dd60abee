"""Memory for frames: it runs out, and it is given back."""

from __future__ import annotations

import pytest

from support import run_python

OUT_OF_MEMORY = """
    import resource, sys
    from pathlib import Path
    import alidade
    from alidade import MockCamera, errors

    lines = []
    alidade.log.set_sink(lambda time, level, domain, message: lines.append(message))
    side = 2048  # 8 MiB a frame, so that Python itself has room where a frame has none
    camera = MockCamera(pattern=sys.argv[1], width=side, height=side, trigger_mode="internal",
                        frame_rate=200, exposure=1e-4)
    camera.open()
    camera.arm()
    camera.next_frame(60)
    with camera.stream(policy="lossless", capacity=100_000, lease_cap=100_000) as stream:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]) * 2**20, -1))
        while stream.stats().lost < 3:
            pass
        camera.disarm()
        numbers = [stream.next(10).seq for _ in range(stream.stats().waiting)]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers
        try:
            stream.next(10)
        except errors.NoMemoryError as error:
            assert "no memory" in str(error), error
        else:
            raise AssertionError("nothing was said")
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        lost = stream.stats().lost
        camera.arm()
        frame = stream.next(60)
        assert frame.seq == numbers[-1] + 1 + frame.lost_before
        assert frame.lost_before >= 3, frame.lost_before
        camera.disarm()
    camera.close()
    told = [line for line in lines if "memory" in line]
    assert len(told) == 1, told
    print("done")
"""


@pytest.mark.parametrize(("pattern", "room_mib"), [("gradient", 60), ("optics", 12)])
def test_a_lossless_stream_says_that_memory_ran_out(pattern: str, room_mib: int) -> None:
    """Memory ends for a frame, and while the picture of a frame is made."""
    ended = run_python(OUT_OF_MEMORY, pattern, str(room_mib))
    assert ended.out == "done\n", ended


POOL = """
    import gc
    from pathlib import Path
    from alidade import MockCamera

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    def leases(count: int):
        camera = MockCamera(pattern="gradient", width=640, height=512, trigger_mode="internal",
                            frame_rate=1e6, exposure=1e-6)
        camera.open()
        with camera.stream(policy="lossless", capacity=4, lease_cap=count) as stream:
            camera.arm()
            frames = [stream.next(20) for _ in range(count)]
            camera.disarm()
        return camera, frames

    leases(1)[0].close()
    before = resident()
    camera, frames = leases(400)
    one = frames[200]
    all_of_them = resident() - before  # the control
    assert all_of_them > 400 * 640 * 512 * 2 * 0.9, all_of_them
    del frames[:]
    gc.collect()
    assert resident() - before > all_of_them * 0.9, "an open camera keeps them for the next ones"
    camera.close()
    kept = resident() - before
    assert kept < all_of_them / 10, (kept, all_of_them)
    assert one.to_numpy().shape == (512, 640)
    assert one.to_numpy()[3, 5] == one.to_numpy()[5, 3]
    print("done")
"""


def test_the_memory_for_frames_goes_with_the_closed_camera() -> None:
    ended = run_python(POOL)
    assert ended.out == "done\n", ended
