"""Frames from a camera into NumPy arrays, against the demonstration camera of Micro-Manager.

Both cameras write every pixel of 2048 x 2048 pixels of 16 bits for each frame, as fast as they can;
ours counts what is lost and may lose nothing.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

import numpy as np

import alidade
from harness import Result, Settings, arguments, per_call, report

SIZE = 2048


def frames_per_second(next_frame: Callable[[], np.ndarray], settings: Settings) -> float:
    """Counts frames for a while; each is looked at in one corner."""
    seconds = 10 * settings.seconds
    for _ in range(5):
        next_frame()
    count = 0
    began = time.perf_counter()
    while (now := time.perf_counter()) - began < seconds or count < 3:
        assert next_frame().shape == (SIZE, SIZE)
        count += 1
    return count / (now - began)


def ours(pattern: str, settings: Settings) -> float:
    camera = alidade.MockCamera(
        width=SIZE, height=SIZE, pattern=pattern, trigger_mode="internal",
        frame_rate=1e6, exposure=1e-6,
    )  # fmt: skip
    with camera, camera.stream(policy="lossless", capacity=4) as stream:
        camera.arm()
        last = [-1]

        def next_frame() -> np.ndarray:
            frame = stream.next(10)
            assert frame.seq == last[0] + 1, "a frame was lost"
            last[0] = frame.seq
            pixels = frame.to_numpy()
            if pattern == "gradient":
                assert pixels[-1, -1] == (2 * SIZE - 2 + 8 * frame.hw_seq) % 65536
            return pixels

        rate = frames_per_second(next_frame, settings)
        assert stream.stats().lost == 0
    return rate


def peer(settings: Settings, fast: bool) -> float:
    import mm_test_adapters
    import pymmcore

    core = pymmcore.CMMCore()
    core.setDeviceAdapterSearchPaths([str(mm_test_adapters.device_adapter_path())])
    core.loadDevice("Camera", "DemoCamera", "DCam")
    core.initializeAllDevices()
    core.setCameraDevice("Camera")
    for name, value in {
        "OnCameraCCDXSize": SIZE, "OnCameraCCDYSize": SIZE, "PixelType": "16bit",
        "FastImage": int(fast),
    }.items():  # fmt: skip
        core.setProperty("Camera", name, str(value))
    core.setExposure(0.001)
    core.startContinuousSequenceAcquisition(0)

    def next_frame() -> np.ndarray:
        while not core.getRemainingImageCount():
            time.sleep(0)
        return core.popNextImage()

    try:
        return frames_per_second(next_frame, settings)
    finally:
        core.stopSequenceAcquisition()
        core.reset()


def lease(settings: Settings) -> float:
    """Seconds for fetching one frame that is there already, as an array."""
    most = 2000
    camera = alidade.MockCamera(
        width=64, height=64, pattern="gradient", trigger_mode="internal",
        frame_rate=1e6, exposure=1e-6,
    )  # fmt: skip
    with camera, camera.stream(policy="lossless", capacity=most) as stream:
        taken = []
        for _ in range(3 * settings.repeats):
            camera.arm()
            while stream.stats().waiting < most:
                time.sleep(0.001)
            camera.disarm()
            began = time.thread_time()  # it only computes: other programs do not count
            for _ in range(most):
                stream.next().to_numpy()
            taken.append((time.thread_time() - began) / most)
    return sorted(taken)[len(taken) // 2]


def copied(settings: Settings) -> float:
    """Seconds for one copy of a frame in memory: what a stream without leases pays for each."""
    frame = np.zeros((SIZE, SIZE), np.uint16)
    copy = frame.copy()

    def many(count: int) -> None:
        for _ in range(count):
            np.copyto(copy, frame)

    return per_call(many, settings)


def main() -> None:
    settings = arguments(__doc__)
    gradient = ours("gradient", settings)
    results = [Result("ours, moving gradient, lossless", gradient, "frames/s")]
    if importlib.util.find_spec("pymmcore") and importlib.util.find_spec("mm_test_adapters"):
        demo = peer(settings, False)
        results += [
            Result("pymmcore, DemoCamera", demo, "frames/s"),
            Result("ours against pymmcore", gradient / demo, "x", goal=3, more_is_better=True),
            Result(
                "pymmcore, DemoCamera that computes no picture", peer(settings, True), "frames/s"
            ),
        ]
    else:
        print("no pymmcore or no mm-test-adapters here: their numbers are left out")
    copy = copied(settings)
    results += [
        Result("ours, the bench through a lens", ours("optics", settings), "frames/s"),
        Result("one copy of a frame", 1e6 * copy, "us"),
        Result(
            "ours, moving gradient, against copies",
            gradient * copy,
            "x",
            goal=0.8,
            more_is_better=True,
        ),
        Result("a lease and its array", 1e6 * lease(settings), "us", goal=5),
    ]
    report(f"Frames of {SIZE} x {SIZE} pixels of 16 bits into NumPy", results)


if __name__ == "__main__":
    main()
