"""The clocks: one monotonic, one wall, and one for each piece of hardware that has its own."""

from __future__ import annotations

from ._call import INT64, call, name_bytes, new, told, told_text
from ._handle import Handle, output
from ._library import ffi, lib
from ._numbers import integer

__all__ = ["Clock", "mono_ns", "wall_error_ns", "wall_from_mono", "wall_ns"]


def mono_ns() -> int:
    """The monotonic clock, in nanoseconds since an arbitrary point; never goes back."""
    return lib.ald_clock_mono_ns()


def wall_ns() -> int:
    """UTC in nanoseconds since 1970, derived from the monotonic clock; never goes back."""
    return lib.ald_clock_wall_ns()


def wall_from_mono(t_mono_ns: int) -> int:
    """Monotonic time to UTC, both in nanoseconds."""
    return lib.ald_clock_wall_from_mono(integer(t_mono_ns, "t_mono_ns"))


def wall_error_ns() -> int:
    """Offset of the system's wall clock from ours: system minus library, nanoseconds."""
    return lib.ald_clock_wall_error_ns()


class Clock(Handle, type="clock"):
    """The clock of a piece of hardware: learns from pairs how its time maps to the monotonic one.

    Example:
        >>> clock = Clock("digitizer")
        >>> before = mono_ns()
        >>> t_hw_ns = 5_000  # ask the hardware here
        >>> clock.observe(t_hw_ns, before, mono_ns())
        >>> t_mono_ns, uncertainty_ns = clock.to_mono(6_000)
    """

    __slots__ = ()

    def __init__(self, name: str) -> None:
        """Makes a clock that has learnt nothing yet."""
        self._h = output(lib.ald_clock_new, name_bytes(name), out=ffi.typeof("ald_clock **"))

    @property
    def name(self) -> str:
        """Name of the clock."""
        return told_text(lib.ald_clock_name(self._h))

    @property
    def id(self) -> int:
        """Number, as readings carry it; never used twice in a process."""
        return told(lib.ald_clock_id(self._h), 0)

    def observe(self, t_hw_ns: int, before_mono_ns: int, after_mono_ns: int) -> None:
        """Teaches it one pair of times.

        Args:
            t_hw_ns: What the hardware said, in nanoseconds of its own count.
            before_mono_ns: Monotonic time just before it was asked.
            after_mono_ns: Monotonic time just after it had answered.

        Raises:
            InvalidError: The window is negative.
            StateLostError: The hardware's count went back: it was reset. What was learnt before is
                forgotten, the new pair is kept.
        """
        call(
            lib.ald_clock_observe,
            self._h,
            integer(t_hw_ns, "t_hw_ns"),
            integer(before_mono_ns, "before_mono_ns"),
            integer(after_mono_ns, "after_mono_ns"),
        )

    def to_mono(self, t_hw_ns: int) -> tuple[int, int]:
        """Hardware time to monotonic time.

        Returns:
            Monotonic time and the half width within which it lies, in nanoseconds.

        Raises:
            StateError: It has not learnt a pair yet.
        """
        t_mono_ns, uncertainty_ns = new(INT64), new(INT64)
        call(
            lib.ald_clock_to_mono,
            self._h,
            integer(t_hw_ns, "t_hw_ns"),
            t_mono_ns,
            uncertainty_ns,
        )
        return t_mono_ns[0], uncertainty_ns[0]

    def _state(self) -> str:
        return f"{self.name!r} {self.id}"
