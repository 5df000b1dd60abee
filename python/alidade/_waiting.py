"""Waiting, in its synchronous form. `aio/_waiting.py` has the same names as coroutines.

Signals arrive on the main thread only, and Python runs their handlers between two of its own
instructions. So the main thread waits in short slices, or for a lock, which signals interrupt;
other threads wait in the library for as long as it takes.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from . import _executor, errors
from ._call import ERROR_OUT, NULL, OP_OUT, VALUE_OUT, forked, log_failure, taken
from ._constants import OpState, Status
from ._handle import output
from ._library import ffi, lib
from ._unsplit import SLICE_S, await_lock, begin_thread, clear, kept, on_main, place
from ._values import borrowed

if TYPE_CHECKING:
    from ._ffi import CData
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
    "waits",
]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_SLICE_NS = round(SLICE_S * 1e9)
# After an interrupt this long for the work to end, so that Ctrl-C takes less than 200 ms in all.
_GRACE_NS = 100_000_000
_TIMEOUT = Status.TIMEOUT.value
_DONE = OpState.DONE.value
_FAILED = OpState.FAILED.value


def waits(function: F) -> F:
    """Marks what can wait. Its twin in `alidade.aio` is a coroutine function."""
    return function


def finish(
    start: Callable[..., int], *arguments: Any, keep: Callable[[T], None] | None = None
) -> T:
    """Starts an operation, waits for its end and gives its result.

    An interrupt (Ctrl-C) cancels the operation, waits for its end and is raised again.

    Args:
        start: A function of the library whose last arguments are the operation and the error.
        *arguments: Its arguments but those two.
        keep: Is given a result that came although the call was interrupted.
    """
    out, value, err = place(OP_OUT), place(VALUE_OUT), place(ERROR_OUT)
    try:
        if start(*arguments, out, err):
            raise taken(err)
        op = out[0]
        if _wait(lib.ald_op_wait, op, -1, err):
            raise taken(err)
        if lib.ald_op_result(op, value, err):
            raise taken(err)
        result: T = borrowed(value[0])
        return result
    except BaseException:
        _cancel(out[0])
        if keep is not None and out[0] and lib.ald_op_status(out[0]) == _DONE:
            value = place(VALUE_OUT)
            if not lib.ald_op_result(out[0], value, NULL):
                keep(borrowed(value[0]))
        clear(out)  # the exception holds this frame
        raise


def begun(start: Callable[..., int], *arguments: Any) -> CData:
    """Starts an operation and waits until it runs: the instrument has accepted it.

    An interrupt (Ctrl-C) cancels the operation, waits for its end and is raised again.

    Returns:
        The operation, which gives itself back.
    """
    out, err = place(OP_OUT), place(ERROR_OUT)
    try:
        if start(*arguments, out, err):
            raise taken(err)
        op: CData = out[0]
        if _wait(lib.ald_op_wait_begun, op, -1, err):
            raise taken(err)
        if lib.ald_op_status(op) == _FAILED and lib.ald_op_result(op, NULL, err):
            raise taken(err)
        return kept(op, out)
    except BaseException:
        _cancel(out[0])
        clear(out)
        raise


def ended(op: CData, timeout_ns: int) -> None:
    """Waits until an operation has ended. Timeouts and interrupts end the wait, nothing else.

    Raises:
        TimedOutError: The deadline passed; the operation goes on.
    """
    err = place(ERROR_OUT)
    if _wait(lib.ald_op_wait, op, timeout_ns, err):
        raise taken(err)


def filled(queue: CData, timeout_ns: int) -> bool:
    """Waits until a queue has records.

    Returns:
        True; False if the deadline passed.

    Raises:
        ClosedError: The queue is closed and empty.
    """
    err = place(ERROR_OUT)
    status = _wait(lib.ald_queue_wait, queue, timeout_ns, err)
    if status == _TIMEOUT:
        return False
    if status:
        raise taken(err)
    return True


def blocking(function: Callable[[CData], T], order: object = None, urgent: bool = False) -> T:
    """Calls a function that may block and has no operation, with an `ald_cancel` to end it.

    Args:
        function: Is given the cancel, NULL if `urgent`.
        order: In `alidade.aio`, calls with the same object run one after the other.
        urgent: The call closes something: it does not queue behind others, and cannot be cancelled.
    """
    if urgent:
        return _closed(function)
    cancel = output(lib.ald_cancel_new, out=_CANCEL_OUT)
    if not on_main():
        return function(cancel)
    return _executor.elsewhere(partial(function, cancel), cancel, _GRACE_NS / 1e9)


def _closed(close: Callable[[CData], T]) -> T:
    """Calls a function that nothing ends early; an interrupt only ends the wait for it."""
    if not on_main() or forked():
        return close(NULL)
    return _executor.elsewhere(partial(close, NULL))


def sleep(seconds: float) -> None:
    """Waits for a time."""
    if _early.cancel:
        if not _wait(_pause, _early.cancel, round(seconds * 1e9), NULL):
            raise _ended_early()
        return
    if not on_main():
        time.sleep(seconds)
        return
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, SLICE_S))


def called(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a user's function."""
    return function(*arguments)


def check_callable(function: Callable[..., Any], name: str) -> None:
    """Refuses a coroutine function, which nothing here could await.

    Raises:
        InvalidError: It is one.
    """
    if inspect.iscoroutinefunction(function):
        raise errors.InvalidError(
            f"{name} is a coroutine function, which only alidade.aio can await; give a plain "
            f"function here, or use alidade.aio"
        )


def until(cancel: CData, function: Callable[[], T]) -> T:
    """Calls a function whose waits end, with what they wait for, when a cancel is triggered.

    Raises:
        CancelledError: It was triggered, before or while the function waited.
    """
    if lib.ald_cancel_is_triggered(cancel) == 1:
        raise _ended_early()
    outer = _early.cancel
    try:
        _early.cancel = cancel
        return function()
    finally:
        _early.cancel = outer


class _Early(threading.local):
    """Cancel that ends the waits of a thread early, or NULL."""

    cancel: CData = NULL


_early = _Early()


def _ended_early() -> errors.CancelledError:
    return errors.CancelledError("what was waited for was stopped", domain="wait")


def _pause(cancel: CData, timeout_ns: int, _: CData, err: CData) -> int:
    """Waits for the cancel itself."""
    return lib.ald_cancel_wait(cancel, timeout_ns, err)


_CANCEL_OUT = ffi.typeof("ald_cancel **")


def _wait(wait: Callable[..., int], handle: CData, timeout_ns: int, err: CData) -> int:
    """Calls a waiting function of the library so that signals are handled meanwhile."""
    cancel = _early.cancel
    if not on_main() or 0 <= timeout_ns <= _SLICE_NS:
        return wait(handle, timeout_ns, cancel, err)
    if timeout_ns < 0:
        status = wait(handle, _SLICE_NS, cancel, NULL)
        while status == _TIMEOUT:
            status = wait(handle, _SLICE_NS, cancel, NULL)
        # Whatever it is, it is known now; once more for the description.
        return wait(handle, 0, cancel, err) if status else 0
    deadline = time.monotonic_ns() + timeout_ns
    left = timeout_ns
    while left > _SLICE_NS:
        if wait(handle, _SLICE_NS, cancel, NULL) != _TIMEOUT:
            break
        left = deadline - time.monotonic_ns()
    return wait(handle, max(left, 0), cancel, err)


def _cancel(op: CData) -> None:
    """Cancels an operation that goes on, and waits for its end."""
    if not op or lib.ald_op_status(op) >= _DONE:
        return
    lib.ald_op_cancel(op, NULL)
    if on_main():
        lib.ald_op_wait(op, _GRACE_NS, NULL, NULL)
    else:
        lib.ald_op_wait(op, -1, NULL, NULL)


class Delivery:
    """Hands the records of a queue to a function, on a thread of its own, until it is closed."""

    __slots__ = ("_ended", "_function", "_records", "exception", "thread")

    def __init__(self, records: Records, function: Callable[[Any], Any]) -> None:
        self._records, self._function = records, function
        self.exception: BaseException | None = None
        """The last exception that the function raised; it goes to the log too."""
        self._ended = threading.Lock()
        self.thread = 0

    def begin(self) -> None:
        """Begins to hand them over."""
        self._ended.acquire()
        begin_thread(self._run, "alidade-events")

    def _run(self) -> None:
        self.thread = threading.get_ident()
        try:
            for record in self._records:
                try:
                    self._function(record)
                except BaseException as error:
                    self.exception = error
                    log_failure(self._function, error)
        finally:
            self._ended.release()

    def join(self) -> None:
        """Waits for the end of the thread."""
        if self.thread != threading.get_ident():
            await_lock(self._ended)
            self._ended.release()


def join(delivery: Delivery) -> None:
    """Waits until the function does not run any more; its queue has been closed before.

    From inside the function itself it returns at once.
    """
    delivery.join()
