from __future__ import annotations

import math
import threading
import time
from typing import Any

import numpy as np
import pytest

from alidade import Cancel, Frame, Source, errors
from alidade.sources import SourceInfo


def test_an_array() -> None:
    x = np.arange(24, dtype=np.uint16).reshape(4, 2, 3)
    source = Source.of_array(x, rate=10)
    assert source.info == SourceInfo("uint16", (2, 3), 4, 10.0, "", seekable=True, live=False)
    assert [frame.index for frame in source] == [0, 1, 2, 3]
    with pytest.raises(EOFError):
        source.next()
    one = source.at(2)
    assert one.array.tolist() == x[2].tolist()
    assert np.shares_memory(one.to_numpy(), x)
    assert one.index == 2
    assert source.find(0.25) == 2
    assert source.find(1e9) == 3
    assert source.find(-1) == 0
    for bad in (4, -1):
        with pytest.raises(errors.RangeError):
            source.at(bad)
    with pytest.raises(errors.InvalidError):
        source.find(math.nan)
    with pytest.raises(errors.InvalidError):
        Source.of_array(np.array(3.0))
    with pytest.raises(errors.UnsupportedError):
        Source.of_array(x).find(1)


def frame(index: int, cancel: Cancel) -> Any:
    return np.full((2, 2), float(index)) if index < 3 else None


def test_a_function() -> None:
    info = SourceInfo("float64", (2, 2), 3, 5.0, "mW", seekable=True)
    source = Source.of_function(frame, info)
    assert source.info == info
    items = list(source)
    assert [item.array.tolist()[0][0] for item in items] == [0, 1, 2]
    assert items[0].t_mono_ns <= items[1].t_mono_ns <= time.monotonic_ns()
    assert items[0].t_wall_ns > 1_600_000_000_000_000_000
    assert source.at(1).array.tolist()[0][0] == 1
    unknown = Source.of_function(frame).info
    assert (unknown.dtype, unknown.shape, unknown.count, unknown.seekable) == (
        None,
        None,
        -1,
        False,
    )
    with pytest.raises(errors.UnsupportedError):
        Source.of_function(frame).at(1)
    with pytest.raises(TypeError, match="cannot be called"):
        Source.of_function(3)
    with pytest.raises(errors.InvalidError, match="15 bytes"):
        Source.of_function(frame, SourceInfo(unit="x" * 16))
    with pytest.raises(errors.InvalidError, match="unknown unit 'Torr'"):
        Source.of_function(frame, SourceInfo(unit="Torr"))
    with pytest.raises(errors.InvalidError, match="8 dimensions"):
        Source.of_function(frame, SourceInfo(shape=(1,) * 9))


def test_what_the_function_raises_is_raised_unchanged() -> None:
    error = LookupError("no frame")

    def fail(index: int, cancel: Cancel) -> Any:
        raise error

    source = Source.of_function(fail, SourceInfo(count=5, seekable=True))
    for read in (source.next, lambda: source.at(1)):
        with pytest.raises(LookupError) as caught:
            read()
        assert caught.value is error
    error.__traceback__ = None  # it refers to the function, which refers to the error
    with pytest.raises(TypeError, match="no array"):
        Source.of_function(lambda index, cancel: "text").next()


def test_deadline_and_close() -> None:
    begun = threading.Event()

    def wait(index: int, cancel: Cancel) -> Any:
        begun.set()
        while not cancel.triggered:
            time.sleep(0.001)
        raise errors.CancelledError("given up")

    source = Source.of_function(wait, SourceInfo(count=9, seekable=True))
    with pytest.raises(TimeoutError):
        source.next(timeout=0.02)
    with pytest.raises(TimeoutError):
        source.at(1, timeout=0.02)
    begun.clear()
    threading.Thread(target=lambda: begun.wait(5) and source.close()).start()
    with pytest.raises(errors.Error):
        source.next()
    with source, pytest.raises(errors.ClosedError):
        source.next()


def test_several_readers_share_the_items() -> None:
    source = Source.of_array(np.arange(200))
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.extend(item.index for item in source)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(200))


def test_a_function_may_give_a_frame_with_all_that_is_known() -> None:
    given = Frame.of_array(np.ones((2, 3)), exposure=0.25, metadata={"sample": "A3"}, index=7)
    source = Source.of_function(lambda index, cancel: given)
    for index in range(2):
        got = source.next(10)
        assert (got.index, got.exposure, got.metadata) == (index, 0.25, {"sample": "A3"})
        assert got.t_mono_ns == 0, "the times are the frame's own"
        assert np.shares_memory(got.to_numpy(), given.to_numpy())
