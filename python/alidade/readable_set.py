"""Last readings of many devices at once, as one NumPy array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._call import NULL, call
from ._library import ffi, lib
from .readables import Readable

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from ._ffi import CData

__all__ = ["ReadableSet"]

_last_many = lib.ald_readable_last_many


class ReadableSet:
    """Many readable devices, whose last numbers are taken into NumPy arrays by one call.

    Example:
        >>> sensors = ReadableSet([MockReadable(value=x) for x in range(1000)])
        >>> sensors.last().shape
        (1000,)
    """

    __slots__ = ("_array", "_out", "devices")
    # The array that was filled last and its memory: the same one is not checked again.
    _out: tuple[Any, Any]

    devices: tuple[Readable, ...]
    """The devices."""

    def __init__(self, devices: Iterable[Readable]) -> None:
        """Takes the devices together; they stay usable one by one.

        Raises:
            TypeError: One of them is not readable.
        """
        self.devices = tuple(devices)
        for device in self.devices:
            if not isinstance(device, Readable):
                raise TypeError(f"{device!r} is not readable")
        self._out = (None, None)
        self._array = ffi.new("ald_device *[]", [device._h for device in self.devices])

    def __len__(self) -> int:
        return len(self.devices)

    @property
    def units(self) -> list[str]:
        """UCUM unit of each."""
        return [device.unit for device in self.devices]

    def last(self, out: np.ndarray[Any, Any] | None = None) -> np.ndarray[Any, Any]:
        """The last number of each, in its own unit, without I/O.

        Args:
            out: Where to put them: float64, shape (n,), C-contiguous; None makes a new array. The
                fast way is to give the same array again and again; the set keeps it alive.

        Returns:
            float64, shape (n,); NaN where nothing was read yet.
        """
        known, numbers = self._out
        if out is None or out is not known:
            out, numbers = self._memory(out)
        if _last_many(self._array, len(self.devices), numbers, 8, NULL, 0, NULL):
            # Again, for the description.
            call(_last_many, self._array, len(self.devices), numbers, 8, NULL, 0)
        return out

    def _memory(self, out: np.ndarray[Any, Any] | None) -> tuple[np.ndarray[Any, Any], CData]:
        """An array for the numbers, and its memory."""
        import numpy as np

        if out is None:
            out = np.empty(len(self.devices))
            return out, ffi.from_buffer("double[]", out)
        if out.dtype != np.float64 or out.shape != (len(self.devices),):
            raise ValueError(
                f"out is {out.dtype} {out.shape}, expected float64 ({len(self.devices)},)"
            )
        numbers = ffi.from_buffer("double[]", out, require_writable=True)
        self._out = (out, numbers)
        return out, numbers

    def last_with_times(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The last number of each and when it was measured, without I/O.

        Returns:
            float64, shape (n,), NaN where nothing was read yet; and int64, shape (n,), nanoseconds
            on the monotonic clock, 0 where nothing was read yet.
        """
        import numpy as np

        count = len(self.devices)
        values, times = np.empty(count), np.empty(count, np.int64)
        call(
            _last_many,
            self._array,
            count,
            ffi.from_buffer("double[]", values),
            8,
            ffi.from_buffer("int64_t[]", times),
            8,
        )
        return values, times

    def __repr__(self) -> str:
        return f"<ReadableSet {len(self.devices)}>"
