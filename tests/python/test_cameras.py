from __future__ import annotations

import gc
import io
import math
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alidade
from alidade import Camera, Frame, FrameStream, MockCamera, MockMovable, Policy, Roi, errors
from alidade._constants import FrameFlags
from alidade.streams import open_stream
from support import eventually, every


def quick(**options: object) -> MockCamera:
    """A small camera that needs no time for its pictures."""
    return MockCamera(**{"pattern": "gradient", "width": 32, "height": 16, **options})  # type: ignore[arg-type]


def running(**options: object) -> MockCamera:
    """One that runs freely, as fast as it can, once it is armed."""
    return quick(trigger_mode="internal", frame_rate=1e6, exposure=1e-6, **options)


def gradient(hw_seq: int, width: int = 32, height: int = 16) -> np.ndarray:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return ((x + y + 8 * hw_seq) % 65536).astype(np.uint16)


def one_frame(camera: Camera) -> Frame:
    camera.trigger()
    return camera.next_frame(10)


def test_the_first_script() -> None:
    stage, camera = MockMovable(), MockCamera()
    stage.move_abs(10.0)
    assert camera.set_exposure(0.1) == 0.1
    camera.arm()
    begun = time.time()
    camera.trigger()
    frame = camera.next_frame()
    assert frame.to_numpy().shape == (480, 640)
    assert frame.exposure == 0.1
    assert begun + 0.05 <= frame.timestamp + 0.01
    assert frame.timestamp < time.time() - 0.04, "the middle of the exposure"


def quick_clock() -> int:
    """The clock of another camera."""
    camera = quick()
    camera.arm()
    return one_frame(camera).clock_id


def test_a_frame_says_that_it_is_saturated() -> None:
    camera = quick(pattern="optics", bit_depth=8, exposure=0.001)
    camera.arm()
    assert FrameFlags.SATURATED not in one_frame(camera).flags
    camera.disarm()
    camera.set_exposure(0.5)
    camera.arm()
    frame = one_frame(camera)
    assert FrameFlags.SATURATED in frame.flags
    assert frame.to_numpy().max() == 255


def test_a_frame_tells_all_that_is_known() -> None:
    camera = quick(exposure=0.002, gain=0.25, offset=50.0)
    camera.arm()
    first, second = one_frame(camera), one_frame(camera)
    assert (first.seq, second.seq) == (0, 1)
    assert (first.hw_seq, second.lost_before) == (0, 0)
    assert (second.exposure, second.gain, second.offset, second.bit_depth) == (0.002, 0.25, 50, 16)
    assert second.roi == (0, 0, 32, 16)
    assert second.binning == (1, 1)
    assert second.flags == FrameFlags(0)
    assert second.temperature == pytest.approx(22)
    assert second.t_mono_ns - first.t_mono_ns == second.t_hw_ns - first.t_hw_ns
    assert second.clock_id == first.clock_id != 0
    assert quick_clock() != first.clock_id
    assert second.uncertainty_ns > 0
    assert second.timestamp == second.t_wall_ns / 1e9
    assert second.datetime.timestamp() == pytest.approx(second.timestamp, abs=1e-5)
    assert (second.shape, second.dtype) == ((16, 32), "uint16")
    assert repr(second) == "<Frame 1 uint16 (16, 32) 0.002 s>"


def test_pixels_are_read_only_and_not_copied() -> None:
    camera = quick()
    camera.arm()
    frame = one_frame(camera)
    pixels = frame.to_numpy()
    assert np.array_equal(pixels, gradient(0))
    assert pixels.ctypes.data == frame.to_numpy().ctypes.data == frame.array.to_numpy().ctypes.data
    assert pixels.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        pixels.flags.writeable = True
    assert np.shares_memory(np.asarray(frame), pixels)
    assert np.shares_memory(np.from_dlpack(frame), pixels)
    assert np.asarray(frame, dtype=np.float32).dtype == np.float32


def test_slices_keep_the_memory_alive_whatever_is_closed() -> None:
    camera = running()
    stream = camera.stream(policy="latest")
    camera.arm()
    frame = stream.next(10)
    number = frame.hw_seq
    kept = frame.to_numpy()[4:8, ::2]
    del frame
    gc.collect()
    for _ in range(50):
        stream.next(10)
    assert np.array_equal(kept, gradient(number)[4:8, ::2]), "it was overwritten"
    assert stream.stats().leased == 1
    stream.close()
    camera.close()
    del camera, stream
    gc.collect()
    assert np.array_equal(kept, gradient(number)[4:8, ::2])


def test_releasing_gives_the_lease_back_once_no_array_has_it() -> None:
    camera = quick()
    camera.arm()
    camera.trigger()
    stream = camera._frames()
    frame = camera.next_frame(10)
    pixels = frame.to_numpy()
    frame.release()
    assert stream.stats().leased == 1
    assert np.array_equal(pixels, gradient(0))
    with pytest.raises(errors.ClosedError, match="released"):
        frame.to_numpy()
    with pytest.raises(errors.ClosedError, match="released"):
        frame.array  # noqa: B018
    assert frame.seq == 0
    assert repr(frame).startswith("<Frame 0 released")
    del pixels
    gc.collect()
    assert stream.stats().leased == 0


def test_cameras_say_why_they_take_no_frame() -> None:
    camera = quick(exposure=30.0)
    with pytest.raises(errors.StateError, match="arm it first"):
        camera.trigger()
    camera.arm()
    with pytest.raises(errors.TimedOutError, match="armed and triggered"):
        camera.next_frame(0.01)
    camera.trigger()
    with pytest.raises(errors.BusyError):
        camera.trigger()
    with pytest.raises(errors.StateError, match="disarm"):
        camera.set_binning(2)
    camera.disarm()
    with pytest.raises(errors.TimedOutError):
        camera.next_frame(0)
    with pytest.raises(errors.RangeError, match="exposure"):
        camera.set_exposure(1e9)
    stage = MockMovable()
    assert not isinstance(stage, Camera)
    with pytest.raises(errors.UnsupportedError, match="frame_producer"):
        open_stream(stage._h, Policy.LATEST, 1, 1)
    camera.close()
    with pytest.raises(errors.ClosedError):
        camera.next_frame(1)


def test_what_cameras_have() -> None:
    camera = quick()
    assert camera.exposure() == 0.01
    assert camera.roi() == Roi(0, 0, 32, 16)
    assert camera.set_roi(4, 2, 16, 8) == Roi(4, 2, 16, 8)
    assert camera.set_binning(2) == camera.binning() == 2
    assert camera.set_bit_depth(12) == camera.bit_depth() == 12
    assert camera.set_gain(2) == camera.gain() == 2.0
    assert camera.set_offset(10) == camera.offset() == 10.0
    assert camera.set_readout_mode("fast") == camera.readout_mode() == "fast"
    assert camera.set_shutter_mode("closed") == camera.shutter_mode() == "closed"
    assert camera.set_trigger_polarity("falling") == camera.trigger_polarity() == "falling"
    assert camera.set_output_lines("exposing") == camera.output_lines() == "exposing"
    assert camera.set_frame_rate(100) == camera.frame_rate() == 100.0
    assert camera.set_trigger_mode("software") == camera.trigger_mode() == "software"
    assert camera.cooling() is False
    assert camera.temperature() == pytest.approx(22)
    camera.arm()
    frame = one_frame(camera)
    assert frame.shape == (4, 8)
    assert (frame.roi, frame.binning) == ((4, 2, 16, 8), (2, 2))
    assert (frame.gain, frame.offset, frame.bit_depth) == (2.0, 10.0, 12)
    camera.disarm()
    for bad in ((0, 0, 33, 8), (-2, 0, 2, 2), (0, 0, 3, 2), (0, 0, 0, 0), (30, 0, 4, 4)):
        with pytest.raises(errors.RangeError, match="32 x 16"):
            camera.set_roi(*bad)
    with pytest.raises(errors.InvalidError):
        camera.set_readout_mode("faster")
    assert set(camera.properties) >= {"exposure", "roi", "cooling", "temperature"}


def test_the_sensor_follows_its_cooler() -> None:
    camera = quick(cooling_time=0.02)
    assert camera.set_cooling(True, target=-40) is True
    assert eventually(lambda: camera.temperature() < -39)
    camera.arm()
    assert one_frame(camera).temperature < -39
    camera.set_cooling(False)
    assert eventually(lambda: camera.temperature() > 20)


def test_a_device_with_frames_is_a_camera() -> None:
    with alidade.Lab("bench") as lab:
        lab.add("camera", "mock-camera", {"pattern": "gradient", "width": 8, "height": 8})
        lab.open()
        camera = lab.device("camera")
        assert type(camera) is Camera
        assert camera.can("frame_producer")
        assert camera.can("triggerable")
        assert camera.can("exposure_control")
        camera.arm()
        assert one_frame(camera).shape == (8, 8)


def test_policies() -> None:
    camera = quick(exposure=1e-5)
    streams = {
        policy: camera.stream(policy=policy, capacity=3)
        for policy in ("latest", "drop_oldest", "drop_newest")
    }
    camera.arm()
    for _ in range(8):
        one_frame(camera)

    def found(policy: str) -> list[tuple[int, int]]:
        stream = streams[policy]
        count = stream.stats().waiting
        return [(f.seq, f.lost_before) for f in (stream.next(0) for _ in range(count))]

    assert found("latest") == [(7, 7)]
    assert found("drop_oldest") == [(5, 5), (6, 0), (7, 0)]
    assert found("drop_newest") == [(0, 0), (1, 0), (2, 0)]
    assert streams["drop_newest"].stats() == (3, 5, 0, 0, 0)
    one_frame(camera)
    assert found("drop_newest") == [(8, 5)]
    assert "4 received, 5 lost" in repr(streams["drop_newest"])
    for stream in streams.values():
        stream.close()
    with pytest.raises(errors.ClosedError):
        streams["latest"].next(1)
    with pytest.raises(errors.InvalidError, match="lossless"):
        camera.stream(policy="all")
    with pytest.raises(errors.InvalidError, match="capacity"):
        camera.stream(capacity=0)


def test_a_slow_lossless_consumer_loses_nothing() -> None:
    camera = running()
    with camera.stream(policy="lossless", capacity=2) as stream:
        camera.arm()
        for expected in range(40):
            frame = stream.next(10)
            assert (frame.seq, frame.lost_before) == (expected, 0)
            assert np.array_equal(frame.to_numpy(), gradient(expected))
            if expected % 10 == 0:
                time.sleep(0.005)
        assert stream.stats().lost == 0


def test_a_camera_that_cannot_wait_tells_everybody_what_it_lost() -> None:
    camera = quick(trigger_mode="internal", frame_rate=5000.0, exposure=1e-4, waits=False)
    with camera.stream(policy="lossless", capacity=2) as slow, camera.stream() as other:
        camera.arm()
        assert eventually(lambda: slow.stats().lost_at_source > 5)
        seen = [slow.next(10) for _ in range(3)]
        assert sum(frame.lost_before for frame in seen) > 0
        assert [f.seq for f in seen] == [f.hw_seq for f in seen]
        assert other.stats().lost_at_source > 0


def test_a_consumer_with_too_many_frames_is_refused_alone() -> None:
    camera = running()
    with camera.stream(lease_cap=3) as greedy, camera.stream(lease_cap=3) as other:
        camera.arm()
        kept = [greedy.next(10) for _ in range(3)]
        with pytest.raises(errors.LimitError, match="lease_cap"):
            greedy.next(10)
        for _ in range(10):
            other.next(10)
        kept.pop()
        assert greedy.next(10).seq > kept[-1].seq


def test_iterating() -> None:
    camera = running()
    camera.arm()
    assert len([frame.seq for frame in camera.frames(5)]) == 5
    with camera.stream(policy="lossless") as stream:
        for frame in stream:
            if frame.seq > 20:
                stream.close()
    stream = camera.stream()
    closer = threading.Timer(0.05, camera.close)
    closer.start()
    assert sum(1 for _ in stream) > 0, "closing the camera ends the loop"
    closer.join()


def test_a_frame_that_nothing_triggers_is_waited_for_so_long() -> None:
    """All waits at once: the default takes 10 s."""
    untriggered, slow = quick(), quick(exposure=0.5)
    outside = quick(trigger_mode="external", external_rate=0.01)  # every 100 s
    for camera in (untriggered, slow, outside):
        camera.arm()
    outcomes: dict[str, tuple[float, str]] = {}

    def wait(name: str, give: Callable[[], object]) -> None:
        began = time.monotonic()
        try:
            give()
            text = "a frame"
        except alidade.Error as error:
            text = f"{type(error).__name__}: {error}"
        outcomes[name] = time.monotonic() - began, text

    waits: dict[str, Callable[[], object]] = {
        "next_frame": untriggered.next_frame,
        "frames": lambda: next(untriggered.frames()),
        "stream": untriggered.stream().next,
        "slow": slow.next_frame,
        "without limit": lambda: untriggered.next_frame(math.inf),
        "outside": outside.next_frame,
        "frames from outside": lambda: next(outside.frames()),
    }
    threads = {
        name: threading.Thread(target=wait, args=(name, give), daemon=True)
        for name, give in waits.items()
    }
    for thread in threads.values():
        thread.start()
    for name in ("next_frame", "frames", "stream", "slow"):
        threads[name].join(60)
    with pytest.raises(errors.TimedOutError) as timed:
        untriggered.next_frame(0.001)
    for name in ("next_frame", "frames", "stream"):
        seconds, text = outcomes[name]
        assert seconds >= 10, name
        assert text == f"TimedOutError: {timed.value}", name
    seconds, text = outcomes["slow"]
    assert seconds >= 10.5
    assert text == f"TimedOutError: {timed.value}"
    assert not {"without limit", "outside", "frames from outside"} & outcomes.keys()
    untriggered.close()
    outside.close()
    for thread in threads.values():
        thread.join(60)
    assert every(outcomes[name][1].startswith("ClosedError") for name in list(waits)[4:])


def test_frames_take_a_timeout_for_each() -> None:
    with quick() as camera:
        camera.arm()
        frames = camera.frames(timeout=0.2)
        with pytest.raises(errors.TimedOutError, match="armed and triggered"):
            next(frames)
        frames = camera.frames(2, timeout=60)
        threading.Timer(0.01, camera.trigger).start()
        assert next(frames).shape == (16, 32)


def test_faults_of_the_camera() -> None:
    camera = running(lose=4, garble=5, disconnect_after=12)
    stream = camera.stream(policy="lossless", capacity=20)
    camera.arm()
    frames: list[Frame] = []
    with pytest.raises(errors.DisconnectedError):
        frames.extend(iter(lambda: stream.next(10), None))
    assert [f.seq for f in frames] == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert [f.lost_before for f in frames] == [0, 0, 0, 1, 0, 0, 1, 0, 0]
    broken = [f for f in frames if f.flags & FrameFlags.INCOMPLETE]
    assert [f.seq for f in broken] == [4, 9]
    assert every(broken[0].to_numpy()[8:] == 0)
    camera.open()
    camera.arm()
    assert stream.next(10).lost_before == 1, "the last one was lost before it went away"


def test_a_live_camera_is_a_source() -> None:
    camera = running()
    with camera.stream(policy="lossless") as stream:
        source = stream.source()
        info = source.info
        assert (info.dtype, info.shape, info.live, info.seekable) == (
            "uint16",
            (16, 32),
            True,
            False,
        )
        camera.arm()
        items = [source.next(10) for _ in range(3)]
        assert [item.index for item in items] == [0, 1, 2]
        assert np.array_equal(items[2].array.to_numpy(), gradient(2))
        assert items[0].array.readonly


def test_a_picture_for_notebooks() -> None:
    camera = quick(width=2048, height=100)
    camera.arm()
    png = io.BytesIO(one_frame(camera)._repr_png_())
    assert png.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while header := png.read(8):
        size, kind = struct.unpack(">I4s", header)
        data = png.read(size)
        assert struct.unpack(">I", png.read(4))[0] == zlib.crc32(kind + data)
        chunks[kind] = data
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (1024, 50, 8, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(50, 1025)
    assert (rows[0, 1], rows[-1, -1]) == (0, 255)


class Model:
    """What a consumer of a policy gets, told in a few lines."""

    def __init__(self, policy: str, capacity: int, begin: int) -> None:
        self.policy, self.capacity, self.expected = policy, capacity, begin
        self.waiting: deque[int] = deque()
        self.lost = 0

    def frame(self, seq: int) -> None:
        if self.policy == "latest":
            self.lost += len(self.waiting)
            self.waiting.clear()
        elif len(self.waiting) == self.capacity:
            self.lost += 1
            if self.policy == "drop_newest":
                return
            self.waiting.popleft()
        self.waiting.append(seq)

    def next(self) -> tuple[int, int] | None:
        if not self.waiting:
            return None
        seq = self.waiting.popleft()
        gap, self.expected = seq - self.expected, seq + 1
        return seq, gap


@settings(max_examples=40)
@given(st.data())
def test_streams_do_what_their_model_does(data: st.DataObject) -> None:
    lose = data.draw(st.sampled_from([0, 3]), "lose")
    with quick(exposure=1e-6, lose=lose) as camera:
        camera.arm()
        pairs: list[tuple[FrameStream, Model]] = []
        taken = 0
        for _ in range(data.draw(st.integers(1, 25), "steps")):
            step = data.draw(st.sampled_from(["trigger", "trigger", "next", "open", "close"]))
            if step == "trigger":
                camera.trigger()
                is_lost = lose and taken % lose == lose - 1
                if is_lost:
                    watched = camera._frames()
                    assert eventually(
                        lambda w=watched, n=taken // lose + 1: w.stats().lost_at_source == n
                    )
                else:
                    camera.next_frame(10)
                for _stream, model in pairs:
                    if is_lost:
                        model.lost += 1
                    else:
                        model.frame(taken)
                taken += 1
            elif step == "open" and len(pairs) < 4:
                policy = data.draw(st.sampled_from(["latest", "drop_oldest", "drop_newest"]))
                capacity = data.draw(st.integers(1, 4))
                stream = camera.stream(policy=policy, capacity=capacity)
                pairs.append((stream, Model(policy, capacity, taken)))
            elif pairs:
                stream, model = pairs[data.draw(st.integers(0, len(pairs) - 1))]
                if step == "close":
                    stream.close()
                    pairs.remove((stream, model))
                    continue
                expected = model.next()
                if expected is None:
                    with pytest.raises(errors.TimedOutError):
                        stream.next(0)
                else:
                    frame = stream.next(0)
                    assert (frame.seq, frame.lost_before) == expected
                    assert frame.to_numpy()[0, 0] == 8 * expected[0]
                assert stream.stats().lost == model.lost
                assert stream.stats().waiting == len(model.waiting)


def test_consumers_come_and_go_on_many_threads() -> None:
    camera = running()
    problems: list[BaseException] = []
    steady = camera.stream(policy="lossless", capacity=4)
    stop = threading.Event()

    def visit(policy: str) -> None:
        try:
            while not stop.is_set():
                with camera.stream(policy=policy, capacity=2) as mine:
                    for _ in range(3):
                        frame = mine.next(10)
                        assert frame.to_numpy()[0, 0] == 8 * frame.hw_seq % 65536
        except BaseException as problem:
            problems.append(problem)

    visitors = [
        threading.Thread(target=visit, args=(policy,))
        for policy in ("latest", "drop_oldest", "drop_newest", "lossless")
    ]
    camera.arm()
    for visitor in visitors:
        visitor.start()
    for expected in range(300):
        assert steady.next(20).seq == expected
    stop.set()
    steady.close()
    for visitor in visitors:
        visitor.join()
    assert not problems


def optical(**options: object) -> MockCamera:
    camera = MockCamera(width=256, height=256, read_noise=3.0, gain=0.5, **options)  # type: ignore[arg-type]
    camera.set("scene", "flat")
    return camera


def test_the_same_seed_gives_the_same_frames() -> None:
    def frames(seed: int) -> list[np.ndarray]:
        camera = optical(seed=seed, exposure=0.002)
        camera.arm()
        return [one_frame(camera).to_numpy().copy() for _ in range(2)]

    first, again, other = frames(1), frames(1), frames(2)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])


def test_the_noise_of_flat_frames_tells_gain_and_read_noise() -> None:
    camera = optical()
    camera.arm()
    means, variances = [], []
    for exposure in np.linspace(0.002, 0.02, 10):
        camera.set_exposure(exposure)
        a = one_frame(camera).to_numpy().astype(float)
        b = one_frame(camera).to_numpy().astype(float)
        means.append((a.mean() + b.mean()) / 2 - 100)
        variances.append(np.var(a - b) / 2)
    assert max(means) < 14000, "saturated frames would tell nothing"
    assert max(means) > 1000, "too little light tells nothing"
    gain, _ = np.polyfit(means, variances, 1)
    assert gain == pytest.approx(0.5, rel=0.02)
    camera.set_shutter_mode("closed")
    camera.set_exposure(1e-6)
    a = one_frame(camera).to_numpy().astype(float)
    b = one_frame(camera).to_numpy().astype(float)
    # Rounding to whole counts adds a twelfth.
    read_noise = math.sqrt(np.var(a - b) / 2 - 1 / 12) / 0.5
    assert read_noise == pytest.approx(3.0, rel=0.05)
    assert a.mean() == pytest.approx(100, abs=0.1)
