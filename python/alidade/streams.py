"""Streams of a camera's frames, for any number of readers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import ERROR_OUT, NULL, call, new, taken, timeout_ns
from ._closing import Closable
from ._constants import FrameStreamFlags, Policy, Status
from ._handle import Handle, output
from ._library import ffi, lib
from ._numbers import integer
from ._unsplit import on_main, place
from ._waiting import finish, waits
from .arrays import new_view
from .clocks import mono_ns
from .frames import _FRAME_OUT, Frame
from .queue import policy_of
from .sources import _SOURCE_OUT, Source

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["FrameStream", "StreamStats"]

_STREAM_OUT = ffi.typeof("ald_frame_stream **")
_OPTIONS = ffi.typeof("ald_frame_stream_options *")
_OPTIONS_SIZE = ffi.sizeof("ald_frame_stream_options")
_STATS = ffi.typeof("ald_frame_stream_stats *")
_STATS_SIZE = ffi.sizeof("ald_frame_stream_stats")

_TIMEOUT = Status.TIMEOUT.value
# Bound here, for speed.
_next = lib.ald_frame_stream_next
_null = NULL
_frame = Frame._of


class StreamStats(NamedTuple):
    """Counts of a stream's frames since it was opened.

    Attributes:
        received: Frames that were fetched.
        lost: Frames that were missed, for whatever reason.
        lost_at_source: Those of them that nobody got: lost by the camera or for want of room.
        waiting: Frames that wait to be fetched.
        leased: Frames that were fetched and are still in use.
    """

    received: int
    lost: int
    lost_at_source: int
    waiting: int
    leased: int


class FrameStream(Handle, Closable, type="frame_stream"):
    """A reader of a camera's frames, with its own queue, drop policy and loss counters.

    Iterating over it gives frame after frame until it is closed; each is waited for as by `next`.
    See `Camera.stream`.

    Example:
        >>> from alidade import MockCamera
        >>> camera = MockCamera(pattern="gradient", trigger_mode="internal", frame_rate=1000)
        >>> with camera.stream(policy="lossless") as stream:
        ...     camera.arm()
        ...     [stream.next().seq for _ in range(3)]
        [0, 1, 2]
    """

    __slots__ = ("_came", "_raw", "_view")
    # Where the main thread's frames come: one that an interrupt left there is given next.
    _came: CData | None
    _view: CData
    _raw: Any

    @classmethod
    def _own(cls, pointer: CData) -> FrameStream:
        self = super()._own(pointer)
        self._came = None
        self._view = new_view()
        self._raw = ffi.buffer(self._view)
        return self

    @waits
    def next(self, timeout: float | None = None) -> Frame:
        """Gives the next frame, without a copy. Being interrupted loses none.

        Args:
            timeout: Seconds; None is the exposure, the period of the frames and 10 s, or without
                limit where what triggers the camera comes from outside; `math.inf` waits without
                limit.

        Raises:
            TimedOutError: None came in time.
            LimitError: As many frames as `lease_cap` allows are in use; release some.
            NoMemoryError: From a lossless stream, once where a frame was lost because there was no
                memory for it; the next call goes on.
            DisconnectedError: The camera has gone away.
            ClosedError: The stream or the camera is closed.
        """
        frame = self._fetched()
        if frame is not None:
            return frame
        ns = timeout_ns(timeout)
        deadline = mono_ns() + ns
        while True:
            finish(lib.ald_frame_stream_start_next, self._h, ns)
            frame = self._fetched()
            if frame is not None:
                return frame
            # Somebody else was faster.
            if ns >= 0:
                ns = max(deadline - mono_ns(), 0)

    def _fetched(self) -> Frame | None:
        """A frame that waits."""
        if not on_main():
            own = place(_FRAME_OUT)
            return _frame(own[0], own) if self._takes(own, _null) else None
        came = self._came
        left = came is not None and came[0]  # by an interrupt
        if came is None:
            self._came = came = place(_FRAME_OUT)
        if not left and not self._takes(came, self._view):
            return None
        frame = _frame(came[0], came, self._raw[:])
        self._came = None  # no call: no interrupt comes before `return`
        return frame

    def _takes(self, came: CData, view: CData) -> bool:
        err = place(ERROR_OUT)  # asked again, it would not tell of a loss any more
        status = _next(self._h, 0, _null, came, view, err)
        if status == _TIMEOUT:
            return False
        if status:
            raise taken(err, status)
        return True

    @waits
    def __next__(self) -> Frame:
        try:
            return self.next()
        except errors.ClosedError:
            raise StopIteration from None

    def __iter__(self) -> FrameStream:
        return self

    def stats(self) -> StreamStats:
        """Counts of the frames since the stream was opened."""
        record = new(_STATS)
        lib.ald_frame_stream_stats_init(record, _STATS_SIZE)
        call(lib.ald_frame_stream_get_stats, self._h, record)
        return StreamStats(
            record.received, record.lost, record.lost_at_source, record.waiting, record.leased
        )

    def source(self) -> Source:
        """A live source of its frames, for whatever takes a `Source`; their `index` counts them."""
        return Source._own(output(lib.ald_frame_stream_source, self._h, out=_SOURCE_OUT))

    def close(self) -> None:
        """Closes it: waits end; frames that were fetched stay readable."""
        lib.ald_frame_stream_close(self._h)

    def _state(self) -> str:
        try:
            now = self.stats()
        except errors.Error:
            return super()._state()
        return f"{now.received} received, {now.lost} lost, {now.waiting} waiting"


def open_stream(
    device: CData, policy: str | Policy, capacity: int, lease_cap: int, *, spare: bool = False
) -> CData:
    """Opens a stream of a device's frames, which gives itself back.

    Args:
        device: The device.
        policy: See `Camera.stream`.
        capacity: See `Camera.stream`.
        lease_cap: See `Camera.stream`.
        spare: Whether it keeps the newest frame alone where other streams are open.
    """
    options = new(_OPTIONS)
    lib.ald_frame_stream_options_init(options, _OPTIONS_SIZE)
    options.policy = policy_of(policy)
    options.capacity = integer(capacity, "capacity")
    options.lease_cap = integer(lease_cap, "lease_cap")
    options.flags = FrameStreamFlags.SPARE if spare else 0
    return output(lib.ald_frame_stream_open, device, options, out=_STREAM_OUT)
