"""Operations: work that goes on by itself; and what cancels calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import (
    ERROR_OUT,
    INT64,
    NULL,
    OP_OUT,
    VALUE_OUT,
    call,
    check_not_forked,
    new,
    text,
    timeout_ns,
    told,
)
from ._constants import CancelReason, NotifyFlags, OpFlags, OpState, Policy, Status
from ._handle import Handle, output
from ._library import ffi, lib
from ._numbers import number
from ._unsplit import place, rooms, together
from ._values import borrowed, to_native
from ._waiting import blocking, ended, filled, waits

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Cancel", "CompletableOp", "Op", "Progress"]

_PROGRESS = ffi.typeof("ald_progress *")
_PROGRESS_SIZE = ffi.sizeof("ald_progress")
_CANCEL_OUT = ffi.typeof("ald_cancel **")
_UINT64 = ffi.typeof("uint64_t *")


class Progress(NamedTuple):
    """Progress of an operation.

    Attributes:
        state: Its state.
        done: What is done, in `unit`.
        total: All there is to do, in `unit`; -1 if unknown.
        rate: Units per second, averaged; NaN if unknown.
        eta: Seconds still to go; NaN if unknown.
        elapsed: Seconds since it began to run.
        unit: UCUM unit of `done` and `total`.
        phase: What is being done now, for example "moving".
    """

    state: OpState
    done: float
    total: float
    rate: float
    eta: float
    elapsed: float
    unit: str
    phase: str


class Cancel(Handle, type="cancel"):
    """Ends the blocking calls that it was given to. Once triggered it stays so."""

    __slots__ = ()

    def __init__(self) -> None:
        """Makes one that is not triggered."""
        self._h = output(lib.ald_cancel_new, out=_CANCEL_OUT)

    def trigger(self) -> None:
        """Ends all calls that wait with it, now and later. May be called anywhere."""
        lib.ald_cancel_trigger(self._h)

    @property
    def triggered(self) -> bool:
        """True once it was triggered."""
        return told(lib.ald_cancel_is_triggered(self._h)) == 1

    @property
    def reason(self) -> CancelReason:
        """Reason why it was triggered; of several reasons the greatest."""
        return CancelReason(told(lib.ald_cancel_why(self._h)))

    def _state(self) -> str:
        return "triggered" if self.triggered else "not triggered"


class Op(Handle, type="op"):
    """An operation. It ends exactly once: done, failed or cancelled.

    Waiting for it with a timeout never cancels it, and neither does forgetting it.

    Example:
        >>> op = stage.start_move(20.0)
        >>> op.progress().unit
        'mm'
        >>> op.wait()
        20.0
    """

    __slots__ = ()

    @property
    def state(self) -> OpState:
        """State of the operation."""
        number = lib.ald_op_status(self._h)
        if number < 0:
            check_not_forked()
        return OpState(number)

    @property
    def done(self) -> bool:
        """True once it has ended, well or not."""
        number = lib.ald_op_status(self._h)
        if number < 0:
            check_not_forked()
        return number >= OpState.DONE

    @waits
    def wait(self, timeout: float | None = None) -> Any:
        """Waits for its end and gives its result. Ctrl-C ends the wait, not the operation.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Returns:
            What it gives: for a motion the position reached.

        Raises:
            TimedOutError: The deadline passed; the operation goes on.
            CancelledError: It was cancelled.
            Error: It failed.
        """
        ended(self._h, timeout_ns(timeout, -1))
        return self.result()

    def result(self) -> Any:
        """Gives its result, without waiting.

        Raises:
            StateError: It has not ended.
            CancelledError: It was cancelled.
            Error: It failed.
        """
        return borrowed(output(lib.ald_op_result, self._h, out=VALUE_OUT))

    def cancel(self) -> None:
        """Asks it to end; the instrument is left defined. Returns at once; then `wait`."""
        call(lib.ald_op_cancel, self._h)

    def pause(self) -> None:
        """Asks it to hold.

        Raises:
            UnsupportedError: It cannot hold.
            StateError: It has ended.
        """
        call(lib.ald_op_pause, self._h)

    def resume(self) -> None:
        """Lets it go on after `pause`."""
        call(lib.ald_op_resume, self._h)

    def progress(self) -> Progress:
        """Tells how far it is."""
        record = new(_PROGRESS)
        lib.ald_progress_init(record, _PROGRESS_SIZE)
        call(lib.ald_op_progress, self._h, record)
        return Progress(
            OpState(record.state),
            record.done,
            record.total,
            record.rate,
            record.eta,
            record.elapsed,
            text(record.unit),
            text(record.phase),
        )

    @waits
    def updates(self) -> Iterator[Progress]:
        """Iterates over its progress, at most 20 times a second, until it has ended.

        The last one tells how it ended. The loop raises nothing if it failed; ask `result`.

        Yields:
            How far it is.
        """
        queue = output(lib.ald_queue_new, 1, Policy.LATEST, out=_QUEUE_OUT)
        call(lib.ald_op_notify, self._h, queue, 0, _ALL_NEWS)
        while not self.done:
            yield self.progress()
            filled(queue, -1)
            _empty(queue)
        yield self.progress()

    def _state(self) -> str:
        return self.state.name.lower()


_QUEUE_OUT = ffi.typeof("ald_queue **")
_ALL_NEWS = int(NotifyFlags.BEGUN | NotifyFlags.PROGRESS | NotifyFlags.ENDED)


def _empty(queue: CData) -> None:
    """Throws the records of a queue away."""
    (records, clearing), count = rooms(8), new(INT64)
    while True:
        call(lib.ald_queue_drain, queue, records, ffi.sizeof("ald_record"), 8, count)
        together(*clearing[: count[0]])
        if count[0] < 8:
            return


class CompletableOp(Op):
    """An operation that this program carries out, for others to wait for, watch and cancel.

    Example:
        >>> op = CompletableOp()
        >>> op.advance(0, 3, unit="1", phase="counting")
        >>> op.finish({"counted": 3})
    """

    __slots__ = ()

    def __init__(self, *, pausable: bool = False) -> None:
        """Makes one that is pending.

        Args:
            pausable: Whether `pause` is allowed.
        """
        flags = int(OpFlags.PAUSABLE) if pausable else 0
        self._h = output(lib.ald_op_new, flags, out=OP_OUT)

    def advance(self, done: float = 0, total: float = -1, unit: str = "1", phase: str = "") -> None:
        """Says that it runs, and how far it is.

        Args:
            done: What is done, in `unit`.
            total: All there is to do, in `unit`; -1 if unknown.
            unit: UCUM unit, at most 15 bytes.
            phase: What is being done now, at most 47 bytes.

        Raises:
            StateError: It has ended.
        """
        record = new(_PROGRESS)
        lib.ald_progress_init(record, _PROGRESS_SIZE)
        record.done, record.total = number(done, "done"), number(total, "total")
        record.unit, record.phase = _field(unit, 15, "unit"), _field(phase, 47, "phase")
        call(lib.ald_op_advance, self._h, record)

    @waits
    def wait_asked(self, known: OpFlags = OpFlags(0), timeout: float | None = None) -> OpFlags:
        """Waits until it is asked for something: to cancel, to hold, to go on.

        Args:
            known: What the caller has seen; returns when that has changed.
            timeout: Seconds; None or `math.inf` waits without limit.

        Returns:
            ASKED_CANCEL and ASKED_PAUSE, as in force.

        Raises:
            TimedOutError: Nothing changed before the deadline.
            StateError: It has ended.
        """
        asked, ns, op = new(_UINT64), timeout_ns(timeout, -1), self._h
        blocking(lambda cancel: call(lib.ald_op_wait_asked, op, int(known), ns, cancel, asked), op)
        return OpFlags(asked[0])

    def finish(self, result: object = None) -> None:
        """Ends it well.

        Args:
            result: What it gives.

        Raises:
            StateError: It has ended already.
        """
        call(lib.ald_op_finish, self._h, 0, to_native(result), NULL)

    def fail(self, error: BaseException) -> None:
        """Ends it with an exception, which whoever waits gets."""
        from ._call import report

        if isinstance(error, errors.CancelledError):
            call(lib.ald_op_finish, self._h, Status.CANCELLED, NULL, NULL)
            return
        out = place(ERROR_OUT)
        status = report(error, out)
        call(lib.ald_op_finish, self._h, status, NULL, out[0])


def _field(value: str, size: int, what: str) -> bytes:
    encoded = value.encode("utf-8", "replace")
    if len(encoded) > size:
        raise errors.InvalidError(f"{what} {value!r} is longer than {size} bytes")
    return encoded
