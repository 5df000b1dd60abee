"""Handles that are closed, stale, wrong, and used by several threads at once."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

import alidade
from alidade import Lab, MockMovable, MockReadable, Op, Queue, Source, errors
from alidade._library import ffi, lib
from support import eventually


def in_threads(function: Callable[[], Any], count: int = 10) -> list[BaseException]:
    """What the threads raised that all call a function at the same time."""
    together = threading.Barrier(count)
    raised: list[BaseException] = []

    def run() -> None:
        together.wait()
        try:
            function()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def opened_lab() -> Lab:
    lab = Lab()
    lab.add("stage", "mock-movable")
    lab.open()
    return lab


@pytest.mark.parametrize(
    "make",
    [
        MockReadable,
        MockMovable,
        opened_lab,
        lambda: Queue(10),
        lambda: alidade.Callable(lambda x: x),
        lambda: Source.of_array(alidade.Buffer(8).array()),
    ],
)
def test_closing_from_ten_threads(make: Callable[[], Any]) -> None:
    for _ in range(5):
        thing = make()
        assert in_threads(thing.close) == []


def test_closing_while_ten_threads_use_it() -> None:
    sensor = MockReadable(value=1)
    closer = threading.Timer(0.005, sensor.close)

    def read() -> None:
        while True:
            assert sensor.read() == 1

    closer.start()
    raised = in_threads(read)
    closer.join()
    assert len(raised) == 10
    assert {type(error) for error in raised} <= {errors.ClosedError, errors.CancelledError}


def test_moving_from_ten_threads() -> None:
    stage = MockMovable(velocity=1000, settle_time=0)
    raised = in_threads(lambda: stage.move_abs(5))
    assert {type(error) for error in raised} <= {errors.BusyError}
    assert len(raised) < 10
    assert stage.position() == 5


def test_an_operation_is_cancelled_from_ten_threads() -> None:
    stage = MockMovable(velocity=1)
    op = stage.start_move(50)
    assert in_threads(op.cancel) == []
    raised = in_threads(op.wait)
    assert [type(error) for error in raised] == [errors.CancelledError] * 10


def stale(kind: type[alidade._handle.Handle], make: Callable[[], Any]) -> Any:
    """An object whose handle was given back behind its back."""
    thing = make()
    other = kind._own(ffi.cast(f"ald_{kind._type} *", int(ffi.cast("intptr_t", thing._h))))
    del thing
    gc.collect()
    assert eventually(lambda: lib.ald_handle_kind(other._h) == 0)
    return other


def test_stale_handles_are_refused() -> None:
    op = stale(Op, alidade.CompletableOp)
    for call in (op.wait, op.result, op.cancel, op.pause, op.resume, op.progress):
        with pytest.raises(errors.InvalidError, match="stale"):
            call()
    clock = stale(alidade.Clock, lambda: alidade.Clock("c"))
    with pytest.raises(errors.InvalidError, match="stale"):
        clock.to_mono(0)
    assert clock.name == ""
    assert clock.id == 0
    device = stale(alidade.Device, lambda: alidade.Device("a", "mock-readable"))
    for method in (device.open, device.describe, device.snapshot, device.events):
        with pytest.raises(errors.InvalidError, match="stale"):
            method()
    assert repr(device) == "<Readable '' stale>"
    queue = stale(Queue, lambda: Queue(3))
    for method in (queue.next, queue.drain, queue.push, queue.fileno, queue.stats):
        with pytest.raises(errors.InvalidError, match="stale"):
            method()
    assert repr(queue) == "<Queue invalid>"
    buffer = stale(alidade.Buffer, lambda: alidade.Buffer(3))
    assert buffer.nbytes == 0
    with pytest.raises(errors.InvalidError, match="stale"):
        buffer.array("uint8", 0)
    assert "given back" in repr(stale(alidade.Settings, lambda: alidade.Settings.parse("")))


def test_handles_of_the_wrong_kind_are_refused() -> None:
    wrong, queue = Op.__new__(Op), Queue(3)
    wrong._h = ffi.cast("ald_op *", queue._h)
    with pytest.raises(errors.InvalidError, match="is a Queue, expected an Op"):
        wrong.cancel()
    wrong._h = ffi.NULL
    with pytest.raises(errors.InvalidError, match="is NULL, expected an Op"):
        wrong.cancel()
    wrong._h = ffi.cast("ald_op *", 0x1234567)
    with pytest.raises(errors.InvalidError, match="stale or no handle"):
        wrong.cancel()


def test_equality() -> None:
    queue = Queue(3)
    assert queue == queue
    assert queue != Queue(3)
    assert queue != 3
    assert len({queue, queue}) == 1


def test_shutting_down_closes_everything_and_lets_begin_anew() -> None:
    sensor, queue = MockReadable(value=2), Queue(5)
    assert sensor.read() == 2
    assert lib.ald_shutdown(10_000_000_000, ffi.NULL) == 0
    with pytest.raises(errors.ClosedError):
        sensor.read()
    with pytest.raises(errors.ClosedError):
        queue.push()
    assert MockReadable(value=3).read() == 3


def test_shutting_down_from_a_callback_is_refused() -> None:
    status = alidade.Callable(lambda x: lib.ald_shutdown(0, ffi.NULL)).call()
    assert status == errors.StateError.code
