"""Frames of cameras, and the streams that they come by.

A frame is lent by the stream, not copied: its pixels are read-only and stay as they are for as long
as anybody has the frame, a NumPy array of it, or a slice of that.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import NULL, call, new, text, timeout_ns
from ._closing import Closable
from ._constants import Dtype, FrameFlags, Policy, Status
from ._handle import Handle, output
from ._library import ffi, lib
from ._unsplit import kept, on_main, place
from ._waiting import finish, waits
from .arrays import _BUFFER_OUT, Array, Buffer
from .clocks import mono_ns
from .queue import policy_of
from .sources import _SOURCE_OUT, Source

if TYPE_CHECKING:
    import numpy as np

    from ._ffi import CData

__all__ = ["Frame", "FrameStream", "StreamStats"]

_CONSUMER_OUT = ffi.typeof("ald_consumer **")
_OPTIONS = ffi.typeof("ald_consumer_options *")
_OPTIONS_SIZE = ffi.sizeof("ald_consumer_options")
_STATS = ffi.typeof("ald_consumer_stats *")
_STATS_SIZE = ffi.sizeof("ald_consumer_stats")
_VIEW = ffi.typeof("ald_view *")
_VIEW_SIZE = ffi.sizeof("ald_view")
_FRAME = ffi.typeof("ald_frame *")
_FRAME_SIZE = ffi.sizeof("ald_frame")

_CHARS = ffi.typeof("char *")

_TIMEOUT = Status.TIMEOUT.value
_UINT16 = Dtype.UINT16.value
# Bound here, for speed.
_next = lib.ald_consumer_next
_null = NULL
_cast = ffi.cast
_bytes = ffi.buffer


class Frame:
    """A picture with what is known of it: the values that were in force when it was exposed."""

    __slots__ = ("__weakref__", "_data", "_record", "_token", "_view")

    # The address of the pixels, which holds the lease: NumPy arrays keep it alive.
    _data: CData | None
    _token: CData
    _view: CData
    _record: CData

    def __init__(self, lease: CData, view: CData, record: CData) -> None:
        """Makes one of a place with the pixels' buffer."""
        self._data = kept(_cast(_CHARS, view.data), lease)
        self._token = lease[0]
        self._view = view
        self._record = record

    def _lease(self) -> CData:
        if self._data is None:
            raise errors.ClosedError("the frame was released; its pixels are gone")
        return self._data

    @property
    def array(self) -> Array:
        """Its pixels, rows first, with the memory that they are in.

        Raises:
            ClosedError: It was released.
        """
        return Array._of(Buffer._own(kept(self._token, self._lease())), self._view)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Its pixels as a NumPy array, rows first, read-only, without a copy.

        Raises:
            ClosedError: It was released.
        """
        import numpy as np

        view = self._view
        if view.ndim != 2 or view.dtype != _UINT16:
            return self.array.to_numpy()
        # What nearly all cameras give, written out for speed.
        shape = view.shape
        rows, columns = shape[0], shape[1]
        # `frombuffer` sees to it that nobody makes the array writable again.
        pixels = memoryview(_bytes(self._data or self._lease(), 2 * rows * columns)).toreadonly()
        return np.frombuffer(pixels, np.uint16).reshape(rows, columns)

    def release(self) -> None:
        """Gives the pixels back as soon as no array has them any more."""
        self._data = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return tuple(self._view.shape[0 : self._view.ndim])

    @property
    def dtype(self) -> str:
        """Type of a pixel, named as NumPy does: "uint16"."""
        return text(lib.ald_dtype_name(self._view.dtype))

    @property
    def timestamp(self) -> float:
        """Middle of the exposure, in seconds since 1970 (UTC), as `time.time` counts."""
        return self._record.t_wall_ns / 1e9  # type: ignore[no-any-return]

    @property
    def datetime(self) -> datetime.datetime:
        """Middle of the exposure, as a time in UTC."""
        begin = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return begin + datetime.timedelta(microseconds=self._record.t_wall_ns // 1000)

    @property
    def seq(self) -> int:
        """Its number in the stream, from 0; lost frames are counted too."""
        return self._record.seq  # type: ignore[no-any-return]

    @property
    def lost_before(self) -> int:
        """Frames lost between the one that this consumer got before and this one."""
        return self._record.lost_before  # type: ignore[no-any-return]

    @property
    def hw_seq(self) -> int:
        """Number by the camera's own count; -1 if it has none."""
        return self._record.hw_seq  # type: ignore[no-any-return]

    @property
    def t_mono_ns(self) -> int:
        """Middle of the exposure, on the monotonic clock, in nanoseconds."""
        return self._record.t_mono_ns  # type: ignore[no-any-return]

    @property
    def t_wall_ns(self) -> int:
        """Middle of the exposure, UTC, in nanoseconds since 1970."""
        return self._record.t_wall_ns  # type: ignore[no-any-return]

    @property
    def t_hw_ns(self) -> int:
        """Middle of the exposure by the camera's own clock, in nanoseconds; 0 if it has none."""
        return self._record.t_hw_ns  # type: ignore[no-any-return]

    @property
    def clock_id(self) -> int:
        """Id of the camera's clock; 0 if it has none."""
        return self._record.clock_id  # type: ignore[no-any-return]

    @property
    def uncertainty_ns(self) -> int:
        """Half width within which `t_mono_ns` lies, in nanoseconds."""
        return self._record.uncertainty_ns  # type: ignore[no-any-return]

    @property
    def flags(self) -> FrameFlags:
        """Whether pixels are saturated, whether the frame is whole."""
        return FrameFlags(self._record.flags)

    @property
    def exposure(self) -> float:
        """Time of exposure, in seconds; NaN if unknown."""
        return self._record.exposure  # type: ignore[no-any-return]

    @property
    def gain(self) -> float:
        """Gain, in the unit of the camera's property; NaN if unknown."""
        return self._record.gain  # type: ignore[no-any-return]

    @property
    def offset(self) -> float:
        """Counts without light; NaN if unknown."""
        return self._record.offset  # type: ignore[no-any-return]

    @property
    def temperature(self) -> float:
        """Temperature of the sensor, in degrees Celsius; NaN if unknown."""
        return self._record.temperature  # type: ignore[no-any-return]

    @property
    def bit_depth(self) -> int:
        """Significant bits of a pixel; 0 if unknown."""
        return self._record.bit_depth  # type: ignore[no-any-return]

    @property
    def roi(self) -> tuple[int, int, int, int]:
        """Region of the sensor: x, y, width and height, in pixels of the sensor."""
        r = self._record
        return r.roi_x, r.roi_y, r.roi_width, r.roi_height

    @property
    def binning(self) -> tuple[int, int]:
        """Pixels of the sensor added up to one, horizontally and vertically."""
        return self._record.binning_x, self._record.binning_y

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self.array.__array__(dtype, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options: Any) -> object:
        return self.array.__dlpack__(**options)

    def _repr_png_(self) -> bytes:
        from ._png import grey

        return grey(self.to_numpy())

    def __repr__(self) -> str:
        released = " released" if self._data is None else ""
        return f"<Frame {self.seq}{released} {self.dtype} {self.shape} {self.exposure:g} s>"


class StreamStats(NamedTuple):
    """What became of the frames since a stream was opened.

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


class FrameStream(Handle, Closable, type="consumer"):
    """One of any number of consumers of a camera's frames.

    Iterating over it gives frame after frame until it is closed. Each has a policy of its own for
    frames that wait, and its own count of what it lost; see `Camera.stream`.

    Example:
        >>> from alidade import MockCamera
        >>> camera = MockCamera(pattern="gradient", trigger_mode="internal", frame_rate=1000)
        >>> with camera.stream(policy="lossless") as stream:
        ...     camera.arm()
        ...     [stream.next().seq for _ in range(3)]
        [0, 1, 2]
    """

    __slots__ = ("_came",)
    # Where the main thread's frames come: one that an interrupt left there is given next.
    _came: tuple[CData, CData, CData] | None

    @classmethod
    def _own(cls, pointer: CData) -> FrameStream:
        self = super()._own(pointer)
        self._came = None
        return self

    @waits
    def next(self, timeout: float | None = None) -> Frame:
        """Gives the next frame, without a copy. Being interrupted loses none.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            TimedOutError: None came in time.
            LimitError: As many frames as `lease_cap` allows are in use; release some.
            DisconnectedError: The camera has gone away.
            ClosedError: The stream or the camera is closed.
        """
        frame = self._fetched()
        if frame is not None:
            return frame
        ns = timeout_ns(timeout, -1)
        deadline = mono_ns() + ns
        while True:
            finish(lib.ald_consumer_start_next, self._h, ns)
            frame = self._fetched()
            if frame is not None:
                return frame
            # Somebody else was faster.
            if ns >= 0:
                ns = max(deadline - mono_ns(), 0)

    def _fetched(self) -> Frame | None:
        """A frame that waits."""
        if not on_main():
            return self._taken(*_rooms())
        if self._came is None:
            self._came = _rooms()
        frame = self._taken(*self._came)
        if frame is not None:
            self._came = None  # no call: no interrupt comes before `return`
        return frame

    def _taken(self, lease: CData, view: CData, record: CData) -> Frame | None:
        if not lease[0]:
            status = _next(self._h, 0, _null, lease, view, record, _null)
            if status == _TIMEOUT:
                return None
            if status:
                call(_next, self._h, 0, _null, lease, view, record)  # again, for the description
        return Frame(lease, view, record)

    @waits
    def __next__(self) -> Frame:
        try:
            return self.next()
        except errors.ClosedError:
            raise StopIteration from None

    def __iter__(self) -> FrameStream:
        return self

    def stats(self) -> StreamStats:
        """What became of the frames."""
        record = new(_STATS)
        lib.ald_consumer_stats_init(record, _STATS_SIZE)
        call(lib.ald_consumer_get_stats, self._h, record)
        return StreamStats(
            record.received, record.lost, record.lost_at_source, record.waiting, record.leased
        )

    def source(self) -> Source:
        """A live source of its frames' arrays, for whatever takes a `Source`."""
        return Source._own(output(lib.ald_consumer_source, self._h, out=_SOURCE_OUT))

    def close(self) -> None:
        """Closes it: waits end; frames that were fetched stay readable."""
        lib.ald_consumer_close(self._h)

    def _state(self) -> str:
        try:
            now = self.stats()
        except errors.Error:
            return super()._state()
        return f"{now.received} received, {now.lost} lost, {now.waiting} waiting"


def _rooms() -> tuple[CData, CData, CData]:
    """Where the library puts a frame."""
    lease, view, record = place(_BUFFER_OUT), new(_VIEW), new(_FRAME)
    view.struct_size = _VIEW_SIZE
    record.struct_size = _FRAME_SIZE
    return lease, view, record


def new_consumer(device: CData, policy: str | Policy, capacity: int, lease_cap: int) -> CData:
    """A consumer of a device's frames, which gives itself back."""
    options = new(_OPTIONS)
    lib.ald_consumer_options_init(options, _OPTIONS_SIZE)
    options.policy = policy_of(policy)
    options.capacity = capacity
    options.lease_cap = lease_cap
    return output(lib.ald_stream_open, device, options, out=_CONSUMER_OUT)
