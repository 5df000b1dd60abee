"""Devices that wait for triggers."""

from __future__ import annotations

from ._call import timeout_ns
from ._library import lib
from ._waiting import finish, waits
from .devices import Device
from .frame_producers import FrameProducer

__all__ = ["Triggerable"]


class Triggerable(Device, capability="triggerable"):
    """A device that is armed and triggered."""

    __slots__ = ()

    @waits
    def arm(self, *, timeout: float | None = None) -> None:
        """Makes the device ready: it waits for triggers, or runs freely.

        Frames that come from now on wait for `next_frame`, where it gives frames.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
            UnsupportedError: It cannot be armed.
        """
        if isinstance(self, FrameProducer):
            self._frames()
        finish(lib.ald_camera_start_arm, self._h, timeout_ns(timeout))

    @waits
    def trigger(self, *, timeout: float | None = None) -> None:
        """Has the camera take one frame. Returns when it has accepted the trigger.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: It is not armed, or does not wait for software triggers.
            BusyError: It takes a frame already.
        """
        finish(lib.ald_camera_start_trigger, self._h, timeout_ns(timeout))

    @waits
    def disarm(self, *, timeout: float | None = None) -> None:
        """Takes no more frames; an exposure under way is given up.

        Args:
            timeout: Seconds; None is the device's default.
        """
        finish(lib.ald_camera_start_disarm, self._h, timeout_ns(timeout))

    @waits
    def trigger_mode(self, *, timeout: float | None = None) -> str:
        """What begins an exposure.

        It is one of "internal" (the camera itself), "software" (`trigger`), "external".
        """
        return self.get("trigger_mode", timeout)  # type: ignore[no-any-return]

    @waits
    def set_trigger_mode(self, mode: str, *, timeout: float | None = None) -> str:
        """Sets it; see `trigger_mode`.

        Args:
            mode: One of those three; the camera must be disarmed.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("trigger_mode", mode, timeout)  # type: ignore[no-any-return]

    @waits
    def trigger_polarity(self, *, timeout: float | None = None) -> str:
        """Which edge of an external trigger counts: "rising" or "falling"."""
        return self.get("trigger_polarity", timeout)  # type: ignore[no-any-return]

    @waits
    def set_trigger_polarity(self, edge: str, *, timeout: float | None = None) -> str:
        """Sets it; see `trigger_polarity`.

        Args:
            edge: "rising" or "falling".
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("trigger_polarity", edge, timeout)  # type: ignore[no-any-return]
