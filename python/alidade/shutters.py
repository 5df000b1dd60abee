"""Shutters."""

from __future__ import annotations

from ._call import timeout_ns
from ._handle import started
from ._library import lib
from ._waiting import begun, finish, waits
from .devices import Device
from .op import Op

__all__ = ["Shutter"]


class Shutter(Device, capability="shutter"):
    """A device that lets light through or blocks it.

    Closed is safe: an emergency stop and the safe state of a lab close every shutter. `open` and
    `close` are those of the device, as of any other.
    """

    __slots__ = ()

    @waits
    def open_shutter(self, *, timeout: float | None = None) -> None:
        """Opens the shutter. Returns when it is open.

        A call that times out or is interrupted closes it again.

        Args:
            timeout: Seconds; None is the device's default for motions.

        Raises:
            BusyError: It opens or closes already.
            StateError: The device is not open, or an emergency stop holds.
            CancelledError: It was closed meanwhile.
            TimedOutError: It was not open in time.
        """
        finish(lib.ald_shutter_start_open, self._h, timeout_ns(timeout))

    @waits
    def start_open_shutter(self, *, timeout: float | None = None) -> Op:
        """Starts to open the shutter; see `open_shutter`. Cancelling the operation closes it."""
        return Op._own(begun(lib.ald_shutter_start_open, self._h, timeout_ns(timeout)))

    @waits
    def close_shutter(self, *, timeout: float | None = None) -> None:
        """Closes the shutter. Returns when it is closed.

        Goes before all that is waiting, and ends an opening that is under way.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
            TimedOutError: It was not closed in time.
        """
        finish(lib.ald_shutter_start_close, self._h, timeout_ns(timeout))

    def start_close_shutter(self, *, timeout: float | None = None) -> Op:
        """Starts to close the shutter; see `close_shutter`."""
        return Op._own(started(lib.ald_shutter_start_close, self._h, timeout_ns(timeout)))

    @waits
    def shutter_state(self, *, timeout: float | None = None) -> str:
        """Reads the state: "closed", "opening", "open" or "closing".

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
        """
        return finish(lib.ald_shutter_start_read_state, self._h, timeout_ns(timeout))
