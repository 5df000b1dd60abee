"""Devices that give a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ._call import NULL, call, new, text, timeout_ns, told_text
from ._constants import ReadingFlags
from ._handle import started
from ._library import ffi, lib
from ._waiting import finish, waits
from .devices import Device
from .op import Op

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Readable", "Reading"]

_READING = ffi.typeof("ald_reading *")
_READING_SIZE = ffi.sizeof("ald_reading")

# Bound here, for speed.
_readable_last = lib.ald_readable_last
_NULL = NULL


class Reading(NamedTuple):
    """A number with its times.

    Attributes:
        value: The number, in `unit`.
        unit: UCUM unit.
        t_mono_ns: When it was measured, on the monotonic clock, in nanoseconds.
        t_wall_ns: When it was measured, UTC, in nanoseconds since 1970.
        t_hw_ns: When it was measured by the hardware's own count, in nanoseconds; 0 if it has none.
        clock_id: Id of the hardware's clock; 0 if it has none.
        uncertainty_ns: Half width within which `t_mono_ns` lies, in nanoseconds.
        quality: Flags that tell how good it is; 0 is good.
    """

    value: float
    unit: str
    t_mono_ns: int
    t_wall_ns: int
    t_hw_ns: int
    clock_id: int
    uncertainty_ns: int
    quality: ReadingFlags


def new_reading() -> CData:
    """A reading for the library to fill."""
    record = new(_READING)
    lib.ald_reading_init(record, _READING_SIZE)
    return record


class Readable(Device, capability="readable"):
    """A device that gives a number."""

    __slots__ = ()
    _precedence = 0  # `unit` of a sensor that moves is that of its number

    @property
    def unit(self) -> str:
        """UCUM unit of the number, "1" for a plain one."""
        return told_text(lib.ald_readable_unit(self._h))

    @waits
    def read(self, timeout: float | None = None) -> float:
        """Reads the number from the instrument; `last` tells its times afterwards.

        Args:
            timeout: Seconds; None is the device's default.

        Returns:
            The number, in `unit`.

        Raises:
            StateError: The device is not open.
            TimedOutError: It did not answer in time.
        """
        return finish(lib.ald_readable_start_read, self._h, timeout_ns(timeout))

    def start_read(self, timeout: float | None = None) -> Op:
        """Starts to read the number; see `read`. The operation gives it."""
        return Op._own(started(lib.ald_readable_start_read, self._h, timeout_ns(timeout)))

    def last(self) -> Reading:
        """The last number that was read with its times, without I/O.

        Raises:
            StateError: Nothing was read yet.
        """
        record = new_reading()
        call(_readable_last, self._h, record)
        return Reading(
            record.value,
            self.unit,
            record.t_mono_ns,
            record.t_wall_ns,
            record.t_hw_ns,
            record.clock_id,
            record.uncertainty_ns,
            ReadingFlags(record.quality),
        )

    @property
    def value(self) -> float:
        """The last number that was read, in `unit`, without I/O.

        Raises:
            StateError: Nothing was read yet.
        """
        # Made once, because `value` is asked for often. Two threads that use it at once both get a
        # newest number.
        try:
            room = self._memory["reading"]
        except KeyError:
            room = self._memory["reading"] = new_reading()
        if _readable_last(self._h, room, _NULL):
            call(_readable_last, self._h, room)  # again, for the description
        number: float = room.value
        return number

    def _unit_text(self) -> str:
        return text(lib.ald_readable_unit(self._h))
