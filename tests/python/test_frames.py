"""Frames: any array with all that is known of it, whichever way it goes."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from alidade import Callable, Frame, MockCamera, Queue, Source, errors
from alidade._constants import FrameFlags
from alidade._library import lib
from alidade.aio import Source as AsyncSource

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "index": 1, "seq": 2, "lost_before": 3, "hw_seq": 4, "t_mono_ns": 5, "t_wall_ns": 6,
    "t_hw_ns": 7, "clock_id": 8, "uncertainty_ns": 9,
    "flags": FrameFlags.SATURATED | FrameFlags.INCOMPLETE, "exposure": 0.5, "gain": 1.5,
    "offset": 2.5, "temperature": -3.5, "bit_depth": 12, "roi": (10, 11, 12, 13),
    "binning": (14, 15),
}  # fmt: skip
METADATA = {"sample": "A3", "pass": [1, 2], "nested": {"x": None}}


def known(frame: Frame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in EVERYTHING}


def whole(array: Any = None) -> Frame:
    pixels = np.arange(24.0).reshape(2, 3, 4) if array is None else array
    return Frame.of_array(pixels, metadata=METADATA, **EVERYTHING)


@given(
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=8, max_side=3))
    ),
    st.booleans(),
    st.booleans(),
)
def test_any_array_is_shared(pixels: np.ndarray, reverse: bool, transpose: bool) -> None:
    if reverse and pixels.ndim:
        pixels = pixels[::-1]
    pixels = pixels.T if transpose else pixels
    frame = Frame.of_array(pixels)
    got = frame.to_numpy()
    assert got.dtype == pixels.dtype
    assert got.shape == pixels.shape == frame.shape
    np.testing.assert_array_equal(got, pixels)
    assert np.shares_memory(got, pixels)
    assert not got.flags.writeable
    with pytest.raises(ValueError, match="WRITEABLE"):
        got.flags.writeable = True
    np.testing.assert_array_equal(frame.array.to_numpy(), pixels)
    np.testing.assert_array_equal(np.from_dlpack(frame), pixels)
    assert frame.dtype == str(pixels.dtype)


def test_an_array_without_elements() -> None:
    frame = Frame.of_array(np.zeros((0, 5), "int16"))
    assert frame.to_numpy().shape == (0, 5)
    assert frame.shape == (0, 5)


def test_all_that_is_known_is_kept() -> None:
    frame = whole()
    assert known(frame) == EVERYTHING
    assert frame.metadata == METADATA
    nothing = Frame.of_array(np.zeros(3))
    assert math.isnan(nothing.exposure)
    assert nothing.hw_seq == -1
    assert nothing.metadata == {}
    assert nothing.binning == (1, 1)


def test_the_owner_of_the_memory_lives_as_long_as_the_frame() -> None:
    pixels = np.arange(1000, dtype="uint16")
    frame = Frame.of_array(pixels.copy())
    gc.collect()
    assert np.array_equal(frame.to_numpy(), pixels)
    last = frame.to_numpy()[-3:]
    frame.release()
    del frame
    gc.collect()
    assert last.tolist() == [997, 998, 999]


def test_metadata_are_a_snapshot() -> None:
    mutable = {"passes": [1]}
    frame = Frame.of_array(np.zeros(1), metadata=mutable)
    mutable["passes"].append(2)
    frame.metadata["passes"].append(3)
    assert frame.metadata == {"passes": [1]}


def test_a_frame_goes_through_a_value() -> None:
    """As the argument of a callable, its result, and the payload of a record."""
    frame = whole()
    seen: list[Frame] = []

    def echo(given: Frame) -> Frame:
        seen.append(given)
        return given

    back = Callable(echo).call(frame)
    assert isinstance(back, Frame)
    queue = Queue(1)
    queue.push(payload=frame)
    for one in (seen[0], back, queue.next(10).payload):
        assert one == frame
        assert known(one) == EVERYTHING
        assert one.metadata == METADATA
        assert np.shares_memory(one.to_numpy(), frame.to_numpy())


def test_a_frame_goes_through_a_source() -> None:
    frame = whole()
    source = Source.of_function(lambda index, cancel: frame if index < 2 else None)
    got = list(source)
    assert [known(one) for one in got] == [{**EVERYTHING, "index": index} for index in (0, 1)]
    assert [one.metadata for one in got] == [METADATA] * 2
    assert np.shares_memory(got[0].to_numpy(), frame.to_numpy())

    async def by_asyncio() -> list[Frame]:
        return [one async for one in AsyncSource.of_function(lambda i, c: frame if i < 2 else None)]

    assert [known(one) for one in asyncio.run(by_asyncio())] == [known(one) for one in got]


def test_a_camera_as_a_source_loses_nothing() -> None:
    """Frame by frame the same as by the camera's stream, but for the number in the source."""
    with MockCamera(
        pattern="gradient", width=32, height=16, trigger_mode="internal", frame_rate=1e4,
        exposure=1e-5, lose=3, garble=4, metadata=METADATA,
    ) as camera:  # fmt: skip
        stream = camera.stream(policy="lossless", capacity=64)
        other = camera.stream(policy="lossless", capacity=64)
        camera.set_binning(2)
        camera.arm()
        by_source = [other.source().next(10) for _ in range(1)]
        source = other.source()
        by_source += [source.next(10) for _ in range(11)]
        by_stream = [stream.next(10) for _ in range(12)]
        camera.disarm()
    for index, (a, b) in enumerate(zip(by_source, by_stream)):
        assert {**known(a), "index": 0} == {**known(b), "index": 0}
        assert b.index == b.seq
        assert a.index == max(index - 1, 0), "each source counts its own"
        assert a.metadata == b.metadata == METADATA
        assert np.shares_memory(a.to_numpy(), b.to_numpy())
    assert any(frame.lost_before for frame in by_source)
    assert any(frame.flags for frame in by_source)


def test_a_lossless_stream_bounds_the_memory() -> None:
    """The stream behind `next_frame` keeps nothing that another stream needs."""
    with MockCamera(
        pattern="gradient", width=64, height=64, trigger_mode="internal", frame_rate=1e6,
        exposure=1e-6,
    ) as camera, camera.stream(policy="lossless", capacity=4) as stream:  # fmt: skip
        camera.arm()
        places = set()
        for _ in range(200):
            places.add(stream.next(10).array.buffer.address)
        assert len(places) <= 6
        assert stream.stats().lost == 0
        assert camera.next_frame(10).seq > 0


def test_sixteen_frames_wait_for_next_frame_alone() -> None:
    with MockCamera(pattern="gradient", width=8, height=8, exposure=1e-6) as camera:
        camera.arm()
        for _ in range(16):
            while True:
                try:
                    camera.trigger()
                except errors.BusyError:
                    continue
                break
        seen = [camera.next_frame(10).seq for _ in range(16)]
        assert seen == list(range(seen[0], seen[0] + 16))


def test_what_no_frame_can_be_is_refused() -> None:
    pixels = np.zeros(3)
    with pytest.raises(TypeError, match=r"'colour'.*exposure"):
        Frame.of_array(pixels, colour=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="exposure is 'long'"):
        Frame.of_array(pixels, exposure="long")  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidError, match=r"roi.*expected 4"):
        Frame.of_array(pixels, roi=(1, 2))  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidError, match="binning"):
        Frame.of_array(pixels, binning=(0, 1))
    with pytest.raises(OverflowError, match="seq"):
        Frame.of_array(pixels, seq=2**70)
    with pytest.raises(TypeError, match="array"):
        Frame.of_array("pixels")
    with pytest.raises(errors.UnsupportedError):
        Frame.of_array(np.array(["a"]))


def test_a_released_frame_tells_what_is_known_and_no_more() -> None:
    frame = whole()
    frame.release()
    frame.release()
    assert known(frame) == EVERYTHING
    assert frame.shape == (2, 3, 4)
    for use in (frame.to_numpy, lambda: frame.array, lambda: frame.metadata):
        with pytest.raises(errors.ClosedError):
            use()
    assert "released" in repr(frame)


def test_frames_are_given_back() -> None:
    before = lib.ald_handle_count()
    kept = [whole() for _ in range(10)]
    arrays_of = [frame.to_numpy() for frame in kept]
    assert lib.ald_handle_count() >= before + 10
    del kept
    gc.collect()
    assert lib.ald_handle_count() >= before + 10, "their arrays keep them"
    del arrays_of
    gc.collect()
    assert lib.ald_handle_count() == before


def test_many_threads_read_one_frame() -> None:
    frame = whole()
    wrong = []

    def read() -> None:
        for _ in range(200):
            if frame.to_numpy().sum() != 276 or known(frame) != EVERYTHING:
                wrong.append(1)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
