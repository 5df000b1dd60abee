"""Frames: an array of pixels, or of anything else, with what is known of it.

Cameras, sources and scripts give and take the same `Frame`. It never changes; its memory is shared,
not copied, for as long as anybody has the frame, a NumPy array of it, or a slice of that.
"""

from __future__ import annotations

import datetime
import math
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

from . import _values, errors
from ._call import call, new, text
from ._constants import FrameFlags
from ._handle import Handle, output
from ._library import ffi, lib
from .arrays import _BUFFER_OUT, Array, Buffer, Memory, as_array, interface_of, new_view

if TYPE_CHECKING:
    import numpy as np
    from typing_extensions import Unpack

    from ._ffi import CData

__all__ = ["Frame", "FrameInfo"]

_FRAME_OUT = ffi.typeof("ald_frame **")
_INFO = ffi.typeof("ald_frame_info *")
_INFO_SIZE = ffi.sizeof("ald_frame_info")
# Place of the address in a view.
_DATA, _BEHIND_DATA = ffi.offsetof("ald_view", "data"), ffi.offsetof("ald_view", "ndim")
_address = struct.Struct(f"={_DATA}xQ").unpack_from

# Members of the record that each attribute is made of.
_MEMBERS: Final = {
    **{
        name: (name,)
        for name in (
            "index", "seq", "lost_before", "hw_seq", "t_mono_ns", "t_wall_ns", "t_hw_ns",
            "clock_id", "uncertainty_ns", "flags", "exposure", "gain", "offset", "temperature",
            "bit_depth",
        )
    },
    "roi": ("roi_x", "roi_y", "roi_width", "roi_height"),
    "binning": ("binning_x", "binning_y"),
}  # fmt: skip


class FrameInfo(TypedDict, total=False):
    """Keywords of `Frame.of_array`: attributes of frames with their values."""

    index: int
    seq: int
    lost_before: int
    hw_seq: int
    t_mono_ns: int
    t_wall_ns: int
    t_hw_ns: int
    clock_id: int
    uncertainty_ns: int
    flags: FrameFlags
    exposure: float
    gain: float
    offset: float
    temperature: float
    bit_depth: int
    roi: tuple[int, int, int, int]
    binning: tuple[int, int]


class Frame(Handle, type="frame"):
    """An array with what is known of it: of a picture, the values in force when it was exposed.

    Example:
        >>> import numpy as np
        >>> frame = Frame.of_array(np.ones((480, 640)), exposure=0.02, metadata={"sample": "A3"})
        >>> frame.shape, frame.exposure, frame.metadata
        ((480, 640), 0.02, {'sample': 'A3'})
    """

    __slots__ = ("_info", "_owner", "_seen")

    # Owner of the reference, which arrays keep alive too; None once it is released.
    _owner: CData | None
    _seen: bytes | None  # its view, once somebody has looked
    _info: CData | None  # its record, likewise

    @classmethod
    def _own(cls, pointer: CData) -> Frame:
        return cls._of(pointer, pointer)

    @classmethod
    def _of(cls, handle: CData, owner: CData, seen: bytes | None = None) -> Frame:
        """Makes a frame whose reference goes with `owner`, as a `place` that has it."""
        self = cls.__new__(cls)
        self._h = handle
        self._owner = owner
        self._seen = seen
        self._info = None
        return self

    @classmethod
    def of_array(
        cls,
        array: Any,
        *,
        metadata: Mapping[str, Any] | None = None,
        **info: Unpack[FrameInfo],
    ) -> Frame:
        """Makes a frame of an array in memory, without a copy.

        Args:
            array: An array of NumPy or of another library, of any shape and element type of
                `Dtype`. Nobody may write to it any more; the frame keeps it alive.
            metadata: What else is known of it, by name.
            **info: Attributes of frames with their values: `exposure=0.02`, `roi=(0, 0, 64, 48)`.

        Raises:
            TypeError: Frames have no such attribute, or the value is of another type.
            InvalidError: A bad value; the message names it.
            UnsupportedError: The element type is none that the library knows.
        """
        shared = as_array(array)
        record = new(_INFO)
        lib.ald_frame_info_init(record, _INFO_SIZE)
        for name, x in info.items():
            _put(record, name, x)
        known = _values.to_native({} if metadata is None else dict(metadata))
        view, memory = shared._view, shared.buffer._h
        return cls._own(output(lib.ald_frame_new, view, memory, record, known, out=_FRAME_OUT))

    @property
    def _raw(self) -> bytes:
        """The bytes of its view."""
        raw = self._seen
        if raw is None:
            self._held()
            view = new_view()
            call(lib.ald_frame_get_view, self._h, view)
            raw = self._seen = ffi.buffer(view)[:]
        return raw

    def _held(self) -> CData:
        if self._owner is None:
            raise errors.ClosedError("the frame was released; its pixels are gone")
        return self._owner

    @property
    def array(self) -> Array:
        """Elements, rows first, with the memory that they are in.

        Raises:
            ClosedError: It was released.
        """
        self._held()
        memory = output(lib.ald_frame_buffer, self._h, out=_BUFFER_OUT)
        return Array._of(Buffer._own(memory), _view_of(self._raw))

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """Returns the elements as a NumPy array, rows first, read-only, without a copy.

        Raises:
            ClosedError: It was released.
        """
        raw = self._seen or self._raw
        form = _form(raw[:_DATA], raw[_BEHIND_DATA:])
        if not form.size:  # NumPy takes no NULL
            return self.array.to_numpy()
        # Read-only, which nobody can change: its base is no buffer that may be written.
        interface = {**form.interface, "data": (_address(raw)[0], True)}
        return form.asarray(Memory(self._owner or self._held(), interface))

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of the frame, by name.

        Raises:
            ClosedError: It was released.
        """
        self._held()
        return _values.value_of(lib.ald_frame_metadata, self._h, type=dict)

    def release(self) -> None:
        """Gives the memory back as soon as no array has it any more; what is known of it stays."""
        if self._owner is not None:
            self._raw, self._record()
            self._owner = None

    def _record(self) -> CData:
        record = self._info
        if record is None:
            record = new(_INFO)
            record.struct_size = _INFO_SIZE
            call(lib.ald_frame_get_info, self._h, record)
            self._info = record
        return record

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each dimension: rows and columns of a picture."""
        return _form_of(self._raw).shape

    @property
    def dtype(self) -> str:
        """Type of an element, named as NumPy does: "uint16"."""
        return _form_of(self._raw).dtype

    @property
    def timestamp(self) -> float:
        """Middle of the exposure, in seconds since 1970 (UTC), as `time.time` counts."""
        return self.t_wall_ns / 1e9

    @property
    def datetime(self) -> datetime.datetime:
        """Middle of the exposure, as a time in UTC."""
        begin = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return begin + datetime.timedelta(microseconds=self.t_wall_ns // 1000)

    @property
    def index(self) -> int:
        """Number in the source that gave it, from 0; of a camera's stream it is `seq`."""
        return int(self._record().index)

    @property
    def seq(self) -> int:
        """Number since the camera was opened, from 0; lost frames are counted too."""
        return int(self._record().seq)

    @property
    def lost_before(self) -> int:
        """Frames lost between the one that the same stream gave before and this one."""
        return int(self._record().lost_before)

    @property
    def hw_seq(self) -> int:
        """Number by the camera's own count; -1 if it has none."""
        return int(self._record().hw_seq)

    @property
    def t_mono_ns(self) -> int:
        """Middle of the exposure, on the monotonic clock, in nanoseconds; 0 if unknown."""
        return int(self._record().t_mono_ns)

    @property
    def t_wall_ns(self) -> int:
        """Middle of the exposure, UTC, in nanoseconds since 1970; 0 if unknown."""
        return int(self._record().t_wall_ns)

    @property
    def t_hw_ns(self) -> int:
        """Middle of the exposure by the camera's own clock, in nanoseconds; 0 if it has none."""
        return int(self._record().t_hw_ns)

    @property
    def clock_id(self) -> int:
        """Id of the camera's clock; 0 if it has none."""
        return int(self._record().clock_id)

    @property
    def uncertainty_ns(self) -> int:
        """Half width within which `t_mono_ns` lies, in nanoseconds."""
        return int(self._record().uncertainty_ns)

    @property
    def flags(self) -> FrameFlags:
        """Flags: pixels are saturated, the frame is incomplete."""
        return FrameFlags(self._record().flags)

    @property
    def exposure(self) -> float:
        """Time of exposure, in seconds; NaN if unknown."""
        return float(self._record().exposure)

    @property
    def gain(self) -> float:
        """Gain, in the unit of the camera's property; NaN if unknown."""
        return float(self._record().gain)

    @property
    def offset(self) -> float:
        """Counts without light; NaN if unknown."""
        return float(self._record().offset)

    @property
    def temperature(self) -> float:
        """Temperature of the sensor, in degrees Celsius; NaN if unknown."""
        return float(self._record().temperature)

    @property
    def bit_depth(self) -> int:
        """Significant bits of a pixel; 0 if unknown."""
        return int(self._record().bit_depth)

    @property
    def roi(self) -> tuple[int, int, int, int]:
        """Region of the sensor: x, y, width and height, in pixels of the sensor."""
        r = self._record()
        return r.roi_x, r.roi_y, r.roi_width, r.roi_height

    @property
    def binning(self) -> tuple[int, int]:
        """Pixels of the sensor added up to one, horizontally and vertically."""
        r = self._record()
        return r.binning_x, r.binning_y

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self.array.__array__(dtype, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options: Any) -> object:
        return self.array.__dlpack__(**options)

    def _repr_png_(self) -> bytes:
        from ._png import grey

        return grey(self.to_numpy())

    def _state(self) -> str:
        released = " released" if self._owner is None else ""
        return f"{self.seq}{released} {self.dtype} {self.shape} {self.exposure:g} s"


def _put(record: CData, name: str, x: Any) -> None:
    """Puts an attribute into a record."""
    members = _MEMBERS.get(name)
    if members is None:
        raise TypeError(f"frames are made without {name!r}; known are {', '.join(_MEMBERS)}")
    parts = (x,) if len(members) == 1 else tuple(x)
    if len(parts) != len(members):
        raise errors.InvalidError(f"{name} is {x!r}; expected {len(members)} numbers")
    for member, part in zip(members, parts):
        try:
            setattr(record, member, part)
        except (TypeError, OverflowError) as error:
            raise type(error)(f"{name} is {x!r}: {error}") from None


class _Form(NamedTuple):
    """Form that views have in common which differ in their address alone."""

    size: int
    shape: tuple[int, ...]
    dtype: str
    interface: dict[str, object]
    """NumPy's array interface, without the address."""
    asarray: Callable[[object], np.ndarray[Any, Any]]
    """Function of NumPy, here for speed."""


@lru_cache(maxsize=64)
def _form(head: bytes, tail: bytes) -> _Form:
    """Reads what stands in a view before and behind its address."""
    import numpy as np

    view = _view_of(head + bytes(_BEHIND_DATA - _DATA) + tail)
    shape = tuple(view.shape[0 : view.ndim])
    dtype = text(lib.ald_dtype_name(view.dtype))
    return _Form(math.prod(shape), shape, dtype, interface_of(view), np.asarray)


def _form_of(raw: bytes) -> _Form:
    return _form(raw[:_DATA], raw[_BEHIND_DATA:])


def _view_of(raw: bytes) -> CData:
    view = new_view()
    ffi.buffer(view)[:] = raw
    return view
