"""Outputs."""

from __future__ import annotations

from ._call import DOUBLE, call, new, timeout_ns, told_text
from ._handle import started
from ._library import lib
from ._numbers import number
from ._waiting import finish, waits
from .devices import Device
from .op import Op
from .units import convert

__all__ = ["Settable"]


class Settable(Device, capability="settable"):
    """A device that puts something out: a voltage, a power.

    Numbers are in the output's unit; `set_output` takes another one by `unit` and converts. One
    that measures something else is refused before anything changes.
    """

    __slots__ = ()

    @property
    def output_unit(self) -> str:
        """UCUM unit of the output."""
        return told_text(lib.ald_settable_unit(self._h))

    @property
    def output_limits(self) -> tuple[float, float]:
        """The least and the greatest set-point; infinite where there is no limit."""
        least, greatest = new(DOUBLE), new(DOUBLE)
        call(lib.ald_settable_limits, self._h, least, greatest)
        return least[0], greatest[0]

    @waits
    def set_output(
        self, setpoint: float, *, unit: str | None = None, timeout: float | None = None
    ) -> float:
        """Sets the output. Returns when it has settled.

        A call that times out or is interrupted holds the output where it is.

        Args:
            setpoint: What the output is to be, in `unit`.
            unit: UCUM unit of `setpoint`; None is the output's own.
            timeout: Seconds; None is the device's default.

        Returns:
            The set-point that the instrument has, in the output's unit.

        Raises:
            RangeError: Outside the limits; the message names limit and unit.
            InvalidError: NaN, or a unit that does not measure the same.
            StateError: The device is not open.
            CancelledError: A newer set-point has overtaken it.
            TimedOutError: It had not settled in time.
        """
        return finish(
            lib.ald_settable_start_set,
            self._h,
            _own(self, setpoint, unit),
            timeout_ns(timeout),
        )

    def start_set_output(
        self, setpoint: float, *, unit: str | None = None, timeout: float | None = None
    ) -> Op:
        """Starts to set the output; see `set_output`. The operation gives the set-point."""
        return Op._own(
            started(
                lib.ald_settable_start_set,
                self._h,
                _own(self, setpoint, unit),
                timeout_ns(timeout),
            )
        )

    @waits
    def setpoint(self, *, timeout: float | None = None) -> float:
        """Reads what the output is to be, in its unit.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
        """
        return finish(lib.ald_settable_start_setpoint, self._h, timeout_ns(timeout))

    @waits
    def readback(self, *, timeout: float | None = None) -> float:
        """Reads what the output is, in its unit.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
        """
        return finish(lib.ald_settable_start_readback, self._h, timeout_ns(timeout))


def _own(output: Settable, setpoint: float, unit: str | None) -> float:
    """A set-point in the output's unit."""
    x = number(setpoint, "setpoint")
    return x if unit is None else convert(x, unit, output.output_unit)
