"""Sources of frames: a sequence, a recording, a camera, a stream of another machine, all alike."""

from __future__ import annotations

import collections.abc
import math
from collections import deque
from functools import partial
from operator import setitem
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import INT64, call, report, text, timeout_ns
from ._callbacks import callback, hook, registering, release
from ._closing import Closable
from ._constants import NDIM_MAX, Dtype, SourceFlags, Status
from ._handle import Handle, number_of, output
from ._library import ffi, lib
from ._numbers import integer, number
from ._unsplit import another, on_main, together
from ._waiting import blocking, finish, waits
from .arrays import as_array, dtype_of
from .frames import _FRAME_OUT, Frame
from .op import Cancel

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Source", "SourceInfo"]

_SOURCE_OUT = ffi.typeof("ald_source **")
_INFO = ffi.typeof("ald_source_info *")
_INFO_SIZE = ffi.sizeof("ald_source_info")


class SourceInfo(NamedTuple):
    """Description of a source's frames.

    Attributes:
        dtype: Element type of each frame, as NumPy names it; None if they differ.
        shape: Shape of each frame, -1 where they differ; None if the number of dimensions does.
        count: Number of frames; -1 if unknown.
        rate: Frames per second; NaN if they have no rate.
        unit: UCUM unit of the elements; "" if unknown.
        seekable: Whether `at` and `find` work.
        live: Whether frames come by themselves as time goes on.
    """

    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    count: int = -1  # type: ignore[assignment]
    rate: float = math.nan
    unit: str = ""
    seekable: bool = False
    live: bool = False


class Source(Handle, Closable, type="source"):
    """A supplier of frames, one after the other or by their number.

    Iterating over it takes the next frames until there are no more; a source that is read by
    several gives each frame to one of them.

    Example:
        >>> import numpy as np
        >>> frames = Source.of_array(np.zeros((10, 480, 640), np.uint16), rate=25)
        >>> frames.at(3).shape
        (480, 640)
    """

    __slots__ = ("_came", "_kept")
    # Frames that came although the call for them was interrupted: the next calls give them. The
    # main thread has its own, so that what it is about to give stays there until it does.
    _came: list[Frame]
    _kept: deque[Frame]

    @classmethod
    def _own(cls, pointer: CData) -> Source:
        self = super()._own(pointer)
        self._came, self._kept = [], deque()
        return self

    @classmethod
    def of_array(cls, array: Any, rate: float = math.nan) -> Source:
        """Makes a source of an array in memory, without a copy.

        Args:
            array: Its parts along the first dimension are the items.
            rate: Frames per second; NaN for none.

        Raises:
            InvalidError: The array has no dimension, or the rate is not positive.
        """
        shared = as_array(array)
        return cls._own(
            output(
                lib.ald_source_new_array,
                shared.buffer._h,
                shared._view,
                number(rate, "rate"),
                out=_SOURCE_OUT,
            )
        )

    @classmethod
    def of_function(
        cls,
        read: collections.abc.Callable[[int, Cancel], Any],
        info: SourceInfo | None = None,
    ) -> Source:
        """Makes a source of a function.

        Args:
            read: Takes the number of a frame and a `Cancel` that is triggered when the reader gives
                up or the deadline passes; gives a `Frame` or an array, which is taken to be made
                now, or None where there is no such frame. One call at a time, on the reader's
                thread or one of the library. What it raises is raised again where the frame was
                wanted, as the same object.
            info: What it gives; None if nothing is known of that.

        Raises:
            InvalidError: A bad description.
        """
        if not callable(read):
            raise TypeError(f"{read!r} cannot be called")
        record = _native_info(SourceInfo() if info is None else info)
        user_data = hook(read)
        make = registering(lib.ald_source_new_callback, user_data)
        return cls._own(output(make, record, _read, user_data, release, out=_SOURCE_OUT))

    @property
    def info(self) -> SourceInfo:
        """Describes the frames that it gives."""
        record = ffi.new(_INFO)
        lib.ald_source_info_init(record, _INFO_SIZE)
        call(lib.ald_source_describe, self._h, record)
        return SourceInfo(
            Dtype(record.dtype).name.lower() if record.dtype else None,
            tuple(record.shape[0 : record.ndim]) if record.ndim >= 0 else None,
            record.count,
            record.rate,
            text(record.unit),
            bool(record.flags & SourceFlags.SEEKABLE),
            bool(record.flags & SourceFlags.LIVE),
        )

    @waits
    def next(self, timeout: float | None = None) -> Frame:
        """Gives the next frame.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            EndError: There are no more.
            TimedOutError: It did not come in time.
            ClosedError: It is closed.
        """
        ns = timeout_ns(timeout, -1)
        if on_main():
            came = self._came
            if not came:
                came.append(finish(lib.ald_source_start_next, self._h, ns, keep=came.append))
            frame = came[0]
            del came[0]  # no call: no interrupt comes before `return`
            return frame
        if self._kept:
            return self._kept.popleft()
        return finish(lib.ald_source_start_next, self._h, ns, keep=self._kept.append)

    @waits
    def __next__(self) -> Frame:
        try:
            return self.next()
        except errors.EndError:
            raise StopIteration from None

    def __iter__(self) -> Source:
        return self

    @waits
    def at(self, index: int, timeout: float | None = None) -> Frame:
        """Gives one frame by its number; the place of `next` stays.

        Args:
            index: 0 to count - 1.
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            RangeError: Beyond the last.
            UnsupportedError: Not seekable.
        """
        h, ns = self._h, timeout_ns(timeout, -1)
        i = integer(index, "index")
        return blocking(lambda cancel: _at(h, i, ns, cancel), h)

    def find(self, seconds: float) -> int:
        """The number of the frame in force at a time.

        Args:
            seconds: Since the first frame.

        Returns:
            floor(seconds * rate), clamped to the first and the last frame.

        Raises:
            UnsupportedError: It has no rate or is not seekable.
            InvalidError: NaN.
            EndError: It is empty.
        """
        return int(number_of(lib.ald_source_find, self._h, number(seconds, "seconds"), out=INT64))

    def close(self) -> None:
        """Closes it: waits end."""
        lib.ald_source_close(self._h)


def _at(source: CData, index: int, ns: int, cancel: CData) -> Frame:
    return Frame._own(output(lib.ald_source_at, source, index, ns, cancel, out=_FRAME_OUT))


def _native_info(info: SourceInfo) -> CData:
    record = ffi.new(_INFO)
    lib.ald_source_info_init(record, _INFO_SIZE)
    record.dtype = 0 if info.dtype is None else dtype_of(info.dtype)
    if info.shape is not None:
        if len(info.shape) > NDIM_MAX:
            raise errors.InvalidError(f"shape {info.shape} has more than {NDIM_MAX} dimensions")
        record.ndim = len(info.shape)
        record.shape[0 : len(info.shape)] = list(info.shape)
    record.count, record.rate = info.count, info.rate
    unit = info.unit.encode()
    if len(unit) > 15:
        raise errors.InvalidError(f"unit {info.unit!r} is longer than 15 bytes")
    record.unit = unit
    record.flags = (SourceFlags.SEEKABLE if info.seekable else 0) | (
        SourceFlags.LIVE if info.live else 0
    )
    return record


@callback("ald_status(void *, int64_t, ald_cancel const *, ald_frame **, ald_error **)")
def _read(user_data: CData, index: int, cancel: CData, out: CData, err: CData) -> int:
    try:
        token = Cancel._own(another(ffi.cast("ald_cancel *", cancel)))
        found = ffi.from_handle(user_data)(index, token)
        if found is None:
            return Status.END
        if not isinstance(found, Frame):
            now = lib.ald_clock_mono_ns()
            wall = lib.ald_clock_wall_from_mono(now)
            found = Frame.of_array(found, t_mono_ns=now, t_wall_ns=wall)
        together(partial(lib.ald_frame_ref, found._h), partial(setitem, out, 0, found._h))
    except BaseException as error:
        return report(error, err)
    return 0
