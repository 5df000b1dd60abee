"""Waiting, as coroutines. `alidade._waiting` has the same names in their synchronous form.

No wait occupies a thread: operations end through the queue of the event loop, and queues wake the
loop by their descriptors. Only what has no other form runs on a thread of the package.
"""

from __future__ import annotations

import asyncio
import inspect
from asyncio import Future
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

from .. import _executor, errors
from .._call import (
    ERROR_OUT,
    INT32,
    NULL,
    OP_OUT,
    VALUE_OUT,
    call,
    described,
    log_failure,
    new,
    taken,
)
from .._constants import NotifyFlags, OpState, Status, Type
from .._handle import output, started
from .._library import ffi, lib
from .._unsplit import clear, on_main, place
from ._completions import (
    Completions,
    End,
    no_completions,
    of_loop,
    of_running_loop,
    release,
    running_loop,
)
from ._values import borrowed

if TYPE_CHECKING:
    from .._ffi import CData
    from .queue import Records

__all__ = [
    "Delivery",
    "begun",
    "blocking",
    "called",
    "check_callable",
    "ended",
    "filled",
    "finish",
    "join",
    "sleep",
    "until",
]

T = TypeVar("T")

_CANCEL_OUT = ffi.typeof("ald_cancel **")
_BEGUN = NotifyFlags.BEGUN.value
_ENDED = NotifyFlags.ENDED.value
_DONE = OpState.DONE.value
_FAILED = OpState.FAILED.value
_TIMEOUT = Status.TIMEOUT.value
_NULL = Type.NULL.value
_BOOL = Type.BOOL.value
_INT = Type.INT.value
_DOUBLE = Type.DOUBLE.value

_running_loop = running_loop
_notify = lib.ald_op_notify


async def finish(
    start: Callable[..., int], *arguments: Any, keep: Callable[[T], None] | None = None
) -> T:
    """Starts an operation, waits for its end and gives its result.

    Cancelling the task cancels the operation, waits for its end and goes on being cancelled.

    Args:
        start: A function of the library whose last arguments are the operation and the error.
        *arguments: Its arguments but those two.
        keep: Is given a result that came although the task was cancelled.
    """
    # Path of every awaited call: written out for speed.
    loop = _running_loop()
    ends = of_loop(id(loop), no_completions)() or of_running_loop()
    out = place(OP_OUT)
    if start(*arguments, out, ends.err):
        raise taken(ends.err)
    op = out[0]
    try:
        tag = next(ends.tags)
        future: Future[End] = Future(loop=loop)
        ends.waiting[tag] = future
        if _notify(op, ends.queue, tag, _ENDED, ends.err):
            raise taken(ends.err)
        try:
            end = await future
        except BaseException as stopped:
            await _stop(ends, op, tag, future, stopped)
            if keep is not None and lib.ald_op_status(op) == _DONE:
                keep(_value(op))
            raise
        kind = end[3]
        if end[2]:
            raise _failure(end)
        found: Any = None
        if kind == _DOUBLE:
            found = end[5]
        elif kind:
            found = _result(op, end)
        result: T = found
        return result
    finally:
        clear(out)


async def begun(start: Callable[..., int], *arguments: Any) -> CData:
    """Starts an operation and waits until it runs: the instrument has accepted it.

    Cancelling the task cancels the operation, waits for its end and goes on being cancelled.

    Returns:
        The operation, which gives itself back.
    """
    ends = of_running_loop()
    op = started(start, *arguments)
    tag, future = ends.watch(op, _BEGUN)
    try:
        await future
    except BaseException as stopped:
        ends.waiting.pop(tag, None)
        tag, again = ends.watch(op, _ENDED)
        await _stop(ends, op, tag, again, stopped)
        raise
    if lib.ald_op_status(op) == _FAILED and lib.ald_op_result(op, NULL, ends.err):
        raise taken(ends.err)
    return op


async def ended(op: CData, timeout_ns: int) -> None:
    """Waits until an operation has ended. Timeouts and cancelling end the wait, nothing else.

    Raises:
        TimedOutError: The deadline passed; the operation goes on.
    """
    if lib.ald_op_status(op) >= _DONE:
        return
    ends = of_running_loop()
    tag, future = ends.watch(op, _ENDED)
    try:
        if timeout_ns < 0:
            await future
        else:
            await asyncio.wait([future], timeout=timeout_ns / 1e9)
    finally:
        ends.waiting.pop(tag, None)
        _forget(future)
    if not future.done():
        call(lib.ald_op_wait, op, 0, NULL)  # for the description, if it has still not ended


async def filled(queue: CData, timeout_ns: int) -> bool:
    """Waits until a queue has records.

    Returns:
        True; False if the deadline passed.

    Raises:
        ClosedError: The queue is closed and empty.
    """
    status = _look(queue)
    if status and timeout_ns:
        descriptor = new(INT32)
        call(lib.ald_queue_fd, queue, descriptor)
        limit = None if timeout_ns < 0 else timeout_ns / 1e9
        if await of_running_loop().readable(descriptor[0], limit):
            _look(queue)
            return True
        status = _look(queue)
    return not status


def _look(queue: CData) -> int:
    """Tells by its status whether a queue has records; raises if it will have none any more."""
    err = place(ERROR_OUT)
    status: int = lib.ald_queue_wait(queue, 0, NULL, err)
    if status:
        error = taken(err)
        if status != _TIMEOUT:
            raise error
    return status


async def blocking(function: Callable[[CData], T], order: object = None, urgent: bool = False) -> T:
    """Calls a function that may block and has no operation, with an `ald_cancel` to end it.

    Cancelling the task triggers that cancel, waits for the end of the call and goes on being
    cancelled; a call that has not begun never begins.

    Args:
        function: Is given the cancel, NULL if `urgent`.
        order: Calls with the same object run one after the other.
        urgent: The call closes something: it does not queue behind others, and cannot be cancelled.
    """
    loop = running_loop()
    ended = asyncio.Event()

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(ended.set)
        except RuntimeError:  # the loop is closed; nobody waits
            pass

    cancel = NULL if urgent else output(lib.ald_cancel_new, out=_CANCEL_OUT)
    if on_main():
        of_running_loop()  # turns now and then, or an interrupt might wait as long as the call
    job = _executor.Job(partial(function, cancel), cancel, tell, order, urgent)
    _executor.submit(job)
    try:
        await ended.wait()
    except BaseException as stopped:
        if not isinstance(stopped, GeneratorExit) and not job.take():
            lib.ald_cancel_trigger(job.cancel)
            while not ended.is_set():
                await _uncancelled(ended.wait())
        raise
    result: T = job.result()
    return result


async def sleep(seconds: float) -> None:
    """Waits for a time."""
    await asyncio.sleep(seconds)


async def called(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a user's function or coroutine function, on the loop's thread."""
    given = function(*arguments)
    return await given if inspect.isawaitable(given) else given


def check_callable(function: Callable[..., Any], name: str) -> None:
    """Lets functions and coroutine functions pass."""


async def until(cancel: CData, function: Callable[[], Awaitable[T]]) -> T:
    """Awaits what a function gives, in a task of its own that a cancel ends when it is triggered.

    Raises:
        CancelledError: It was triggered, before or while the function waited.
    """
    if lib.ald_cancel_is_triggered(cancel) == 1:
        raise _ended_early()
    descriptor = new(INT32)
    call(lib.ald_cancel_fd, cancel, descriptor)
    working = asyncio.ensure_future(function())
    bell = asyncio.ensure_future(of_running_loop().readable(descriptor[0], None))
    try:
        await asyncio.wait({working, bell}, return_when=asyncio.FIRST_COMPLETED)
    except BaseException as stopped:
        bell.cancel()
        working.cancel()
        if not isinstance(stopped, GeneratorExit):  # there may be no loop any more
            await _ended(working)
        raise
    bell.cancel()
    if not working.done():
        working.cancel()
        await _ended(working)
    if working.cancelled():
        raise _ended_early()
    return working.result()


async def _ended(working: Future[Any]) -> None:
    """Waits for the end of a task that was cancelled, and takes note of what it raised."""
    while not working.done():
        await _uncancelled(asyncio.wait({working}))
    if not working.cancelled():
        working.exception()


def _ended_early() -> errors.CancelledError:
    return errors.CancelledError("what was waited for was stopped", domain="wait")


async def _stop(
    ends: Completions, op: CData, tag: int, future: Future[End], stopped: BaseException
) -> None:
    """Cancels an operation that nobody wants any more, and waits for its end."""
    lib.ald_op_cancel(op, NULL)
    if not isinstance(stopped, GeneratorExit):  # there may be no loop any more
        # A record that came for the cancelled future has taken its entry away.
        while not (future.done() and not future.cancelled()) and tag in ends.waiting:
            future = ends.expect(tag)
            await _uncancelled(future)
    ends.waiting.pop(tag, None)
    _forget(future)


async def _uncancelled(waiting: Awaitable[Any]) -> None:
    """Waits for something, or for the task to be cancelled once more, which changes nothing."""
    try:
        await waiting
    except asyncio.CancelledError:
        pass


def _forget(future: Future[End]) -> None:
    if future.done() and not future.cancelled() and future.exception() is None:
        release(future.result())


def _failure(end: End) -> BaseException:
    """The exception of an operation that has failed or was cancelled."""
    if not end[1]:
        kind = errors.OF_STATUS.get(end[2], errors.Error)
        return kind(f"the operation ended with {Status(end[2]).name}")
    try:
        return described(ffi.cast("ald_error *", end[1]))
    finally:
        release(end)


def _result(op: CData, end: End) -> Any:
    """Result of an operation, from its record where that has it."""
    if end[3] == _INT:
        return end[4]
    if end[3] == _BOOL:
        return bool(end[4])
    return _value(op)


def _value(op: CData) -> Any:
    return borrowed(output(lib.ald_op_result, op, out=VALUE_OUT))


class Delivery:
    """Hands the records of a queue to a function, in a task of its own, until it is closed."""

    __slots__ = ("_function", "_records", "exception", "task")

    def __init__(self, records: Records, function: Callable[[Any], Any]) -> None:
        self._records, self._function = records, function
        self.exception: BaseException | None = None
        """The last exception that the function raised; it goes to the log too."""

    def begin(self) -> None:
        """Begins to hand them over; the function may be a coroutine function."""
        self.task = running_loop().create_task(self._run(), name="alidade-events")
        deliveries = of_running_loop().deliveries
        deliveries.add(self.task)
        self.task.add_done_callback(deliveries.discard)

    async def _run(self) -> None:
        async for record in self._records:
            try:
                given = self._function(record)
                if isawaitable(given):
                    await given
            except Exception as error:
                self.exception = error
                log_failure(self._function, error)


async def join(delivery: Delivery) -> None:
    """Waits until the function does not run any more; its queue has been closed before.

    From inside the function itself it returns at once.
    """
    if delivery.task is not asyncio.current_task():
        await asyncio.wait([delivery.task])
