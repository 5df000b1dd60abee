"""Devices whose time of exposure can be set."""

from __future__ import annotations

from ._call import number, timeout_ns
from ._library import lib
from ._waiting import finish, waits
from .devices import Device

__all__ = ["ExposureControl"]


class ExposureControl(Device, capability="exposure_control"):
    """A device with a time of exposure."""

    __slots__ = ()

    @waits
    def exposure(self, *, timeout: float | None = None) -> float:
        """The time of exposure, in seconds."""
        return self.get("exposure", timeout)  # type: ignore[no-any-return]

    @waits
    def set_exposure(self, seconds: float, *, timeout: float | None = None) -> float:
        """Sets the time of exposure.

        Args:
            seconds: Time of exposure.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now, in seconds.

        Raises:
            RangeError: Outside the limits; the message names limit and unit.
            UnsupportedError: It cannot be set.
        """
        return finish(
            lib.ald_camera_start_set_exposure,
            self._h,
            number(seconds, "seconds"),
            timeout_ns(timeout),
        )
