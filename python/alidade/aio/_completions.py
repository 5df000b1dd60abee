"""The ends of operations, delivered to an event loop: one queue and one descriptor for each loop.

However many operations end between two turns of the loop, it wakes once and takes them all.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import weakref
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from .. import errors
from .._call import ERROR_OUT, INT32, INT64, NULL, new, taken
from .._constants import Policy
from .._handle import number_of, output
from .._library import ffi, lib
from .._unsplit import SLICE_S, on_main, place

if TYPE_CHECKING:
    from .._ffi import CData

__all__ = [
    "Completions",
    "End",
    "no_completions",
    "of_loop",
    "of_running_loop",
    "release",
    "running_loop",
]

T = TypeVar("T")

# Record of the end: tag, payload, status, type of the scalar, the scalar as int and as double.
End = tuple[int, int, int, int, int, float]
_FIELDS = {
    "tag": "Q",
    "payload": "Q",
    "status": "i",
    "value_type": "i",
    "integer": "q",
    "real": "d",
}
# A queue never drops ends, so this is only how many one wake-up takes at most.
_BATCH = 1024

_RECORD_SIZE = ffi.sizeof("ald_record")
_drain = lib.ald_queue_drain


def _layout() -> struct.Struct:
    """Picks the fields out of a record, wherever the library has them."""
    form, place = "=", 0
    for name, code in _FIELDS.items():
        offset = ffi.offsetof("ald_record", name)
        form += f"{offset - place}x{code}"
        place = offset + struct.calcsize(f"={code}")
    return struct.Struct(f"{form}{_RECORD_SIZE - place}x")


_iter_records = _layout().iter_unpack


class Completions:
    """Completions that an event loop waits for."""

    __slots__ = (
        "__weakref__", "_count", "_descriptor", "_readers", "_records", "_view",
        "batches", "deliveries", "err", "queue", "tags", "waiting",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.queue: CData = output(lib.ald_queue_new, _BATCH, Policy.LOSSLESS, out="ald_queue **")
        self._descriptor = number_of(lib.ald_queue_fd, self.queue, out=INT32)
        self._records = new("ald_record[]", _BATCH)
        self._view = memoryview(ffi.buffer(self._records))
        self._count = new(INT64)
        # For starting operations: all of them are started on the loop's thread.
        self.err = place(ERROR_OUT)
        self.tags = count(1)
        self.waiting: dict[int, asyncio.Future[End]] = {}
        self.batches = 0
        # asyncio holds its tasks weakly; those that hand events over belong to nobody else.
        self.deliveries: set[asyncio.Task[None]] = set()
        self._readers: dict[int, list[asyncio.Future[bool]]] = {}
        loop.add_reader(self._descriptor, self._deliver)
        if on_main():
            self._beat(loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Turns the loop now and then, so that an interrupt does not wait for something to happen.

        A signal just before the loop sleeps does not wake it; and the handler of a notebook's
        kernel cancels the cell by a callback that does not either.
        """
        loop.call_later(SLICE_S, self._beat, loop)

    def watch(self, op: CData, which: int) -> tuple[int, asyncio.Future[End]]:
        """Lets the loop be told of an operation: a tag, and a future of its record."""
        tag = next(self.tags)
        future = self.expect(tag)
        if lib.ald_op_notify(op, self.queue, tag, which, self.err):
            del self.waiting[tag]
            raise taken(self.err)
        return tag, future

    def expect(self, tag: int) -> asyncio.Future[End]:
        """Makes a future of the record with a tag."""
        future = self.waiting[tag] = asyncio.Future()
        return future

    def _deliver(self) -> None:
        """Takes what has ended out of the queue; what is left wakes the loop again."""
        if _drain(self.queue, self._records, _RECORD_SIZE, _BATCH, self._count, NULL):
            self._end()
            return
        self.batches += 1
        pop = self.waiting.pop
        for end in _iter_records(self._view[: self._count[0] * _RECORD_SIZE]):
            future = pop(end[0], None)
            if future is None or not _set(future, end):
                release(end)

    def _end(self) -> None:
        """The library was shut down, which has closed the queue: nothing will come any more."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        _of_loop.pop(id(loop), None)
        for future in self.waiting.values():
            with suppress(asyncio.InvalidStateError):
                future.set_exception(errors.ClosedError("the library was shut down"))
        self.waiting.clear()

    async def readable(self, descriptor: int, timeout: float | None) -> bool:
        """Waits until a descriptor is readable; false if it is not within so many seconds."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        futures = self._readers.setdefault(descriptor, [])
        if not futures:
            loop.add_reader(descriptor, self._tell, descriptor)
        futures.append(future)
        timer = None if timeout is None else loop.call_later(timeout, _set, future, False)
        try:
            return await future
        finally:
            if timer is not None:
                timer.cancel()
            futures.remove(future)
            if not futures:
                del self._readers[descriptor]
                loop.remove_reader(descriptor)

    def _tell(self, descriptor: int) -> None:
        for future in self._readers[descriptor]:
            _set(future, True)


def _set(future: asyncio.Future[T], result: T) -> bool:
    """Gives a future its result; false if it was cancelled.

    Not after a look at `done()`: the handler of Ctrl-C cancels futures, and may run in between.
    """
    try:
        future.set_result(result)
    except asyncio.InvalidStateError:
        return False
    return True


def release(end: End) -> None:
    """Gives back what the record of an end carries and nobody takes: the error of a failed one."""
    if end[1]:
        lib.ald_error_unref(ffi.cast("ald_error *", end[1]))


# By the identity of the loop. The loop alone holds its completions, as a reader of it, until it is
# closed: what is in flight then is in a cycle with them, which the garbage collector finds.
_of_loop: dict[int, weakref.ref[Completions]] = {}


def no_completions() -> None:
    """Stands for the completions of a loop that has none."""


# `of_loop(id(loop), no_completions)()` gives the completions of a loop, or None.
of_loop = _of_loop.get


def running_loop() -> asyncio.AbstractEventLoop:
    """The loop of asyncio that runs this task.

    Raises:
        StateError: There is none; the message tells what to do under another library.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        under_trio = "; under trio use the synchronous alidade: await trio.to_thread.run_sync(...)"
        raise errors.StateError(
            "no running event loop: alidade.aio runs under asyncio; start the program "
            f"by asyncio.run{under_trio if 'trio' in sys.modules else ''}"
        ) from None


def of_running_loop() -> Completions:
    """The completions of the loop that runs on this thread, made at the first call."""
    loop = running_loop()
    key = id(loop)
    found = of_loop(key, no_completions)()
    if found is None:

        def forget(gone: weakref.ref[Completions]) -> None:
            if of_loop(key) is gone:
                del _of_loop[key]

        found = Completions(loop)
        _of_loop[key] = weakref.ref(found, forget)
    return found


# A forked child has none of the loops; and its queues are the parent's.
os.register_at_fork(after_in_child=_of_loop.clear)
