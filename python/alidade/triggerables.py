"""Devices that wait for triggers."""

from __future__ import annotations

from ._call import timeout_ns
from ._library import lib
from ._properties import TriggerableProperties
from ._waiting import finish, waits
from .frame_producers import FrameProducer

__all__ = ["Triggerable"]


class Triggerable(TriggerableProperties, capability="triggerable"):
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
        """Triggers one frame. Returns when the camera has accepted the trigger.

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
