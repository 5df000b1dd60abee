"""Memory for the frames of a camera: that of a stream, and that of one more.

A frame of 2048 x 2048 pixels of 16 bits has 8.4 MB. How many a stream needs follows from what its
readers may keep: those that wait, those that are lent, and the one that is being written. A
camera that is armed keeps the newest one for `next_frame` too.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import alidade
from harness import QUICK, Result, arguments, report

SIZE = 2048
FRAME_MB = 2 * SIZE * SIZE / 1e6
CAPACITY = 4


def memory_mb() -> float:
    """What this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def camera(size: int) -> alidade.MockCamera:
    return alidade.MockCamera(
        width=size, height=size, pattern="gradient", trigger_mode="internal",
        frame_rate=1e6, exposure=1e-6,
    )  # fmt: skip


def of_a_stream() -> float:
    """Megabytes of a camera that runs, with a lossless stream that is as far behind as it may."""
    with camera(SIZE) as source:
        before = memory_mb()
        with source.stream(policy="lossless", capacity=CAPACITY) as stream:
            source.arm()
            while stream.stats().waiting < CAPACITY:
                time.sleep(0.001)
            for _ in range(64):  # more than anybody keeps
                stream.next(10)
            source.disarm()
            return memory_mb() - before


def of_one_more(count: int) -> float:
    """Kilobytes for each of many streams of one camera that have no frame."""
    with camera(64) as source:
        streams = [source.stream() for _ in range(count)]  # what the first ones bring with them
        before = memory_mb()
        streams += [source.stream() for _ in range(count)]
        taken = memory_mb() - before
        for stream in streams:
            stream.close()
    return 1e3 * taken / count


def main() -> None:
    settings = arguments(__doc__)
    one_more = of_one_more(10 if settings is QUICK else 2000)
    results = [
        Result("one more stream", one_more, "kB"),
        Result(
            f"a camera and a lossless stream of capacity {CAPACITY}", of_a_stream() / FRAME_MB,
            "frames", goal=6.5,
        ),
        Result("one frame", FRAME_MB, "MB"),
    ]  # fmt: skip
    report(f"Memory for frames of {SIZE} x {SIZE} pixels of 16 bits", results)


if __name__ == "__main__":
    main()
