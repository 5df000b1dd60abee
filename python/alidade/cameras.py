"""Cameras: exposure, triggers, and the other properties that cameras have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ._call import number, timeout_ns
from ._constants import Policy
from ._library import lib
from ._waiting import finish, waits
from .devices import Device
from .frames import Frame, FrameStream, new_consumer

__all__ = ["Camera", "Roi"]

_CAPACITY = 16
_LEASE_CAP = 64


class Roi(NamedTuple):
    """A region of the sensor, in pixels of the sensor.

    Attributes:
        x: Left edge.
        y: Upper edge.
        width: Columns.
        height: Rows.
    """

    x: int
    y: int
    width: int
    height: int


class Camera(Device):
    """A device that gives frames.

    What a camera does not have raises NotFoundError; `properties` tells what it has. Frames carry
    the values that were in force when they were exposed.

    Example:
        >>> from alidade import MockCamera
        >>> camera = MockCamera(pattern="gradient")
        >>> camera.set_exposure(0.02)
        0.02
        >>> camera.arm()
        >>> camera.trigger()
        >>> frame = camera.next_frame()
        >>> frame.exposure, frame.to_numpy().shape
        (0.02, (480, 640))
    """

    __slots__ = ()

    @waits
    def arm(self, *, timeout: float | None = None) -> None:
        """Makes the camera ready: it waits for triggers, or runs freely.

        Frames that come from now on wait for `next_frame`.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            StateError: The device is not open.
            UnsupportedError: It cannot be armed.
        """
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
    def next_frame(self, timeout: float | None = None) -> Frame:
        """Gives the next frame, without a copy.

        They come by a stream of the camera's own, which begins with the first `arm` or
        `next_frame` and keeps the newest 16. Being interrupted loses none.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            TimedOutError: None came in time.
            LimitError: 64 frames are in use; release some.
            DisconnectedError: The camera has gone away.
            ClosedError: It is closed.
        """
        frames = self._frames()
        return frames.next(timeout)

    @waits
    def frames(
        self,
        count: int | None = None,
        *,
        policy: str | Policy = Policy.DROP_OLDEST,
        capacity: int = _CAPACITY,
        lease_cap: int = _LEASE_CAP,
    ) -> Iterator[Frame]:
        """Gives frame after frame, by a stream of its own that ends with the loop.

        Args:
            count: How many; None goes on until the camera is closed.
            policy: See `stream`.
            capacity: See `stream`.
            lease_cap: See `stream`.
        """
        with self.stream(policy=policy, capacity=capacity, lease_cap=lease_cap) as stream:
            given = 0
            while count is None or given < count:
                yield stream.next()
                given += 1

    def stream(
        self,
        *,
        policy: str | Policy = Policy.DROP_OLDEST,
        capacity: int = _CAPACITY,
        lease_cap: int = _LEASE_CAP,
    ) -> FrameStream:
        """Opens one more consumer of the camera's frames. It gets those from now on.

        Args:
            policy: What happens when `capacity` frames wait: "latest" keeps only the newest one,
                "drop_oldest" and "drop_newest" throw one away, "lossless" makes a camera wait that
                can; one that cannot loses frames at the source, which every consumer sees.
            capacity: Most frames that wait.
            lease_cap: Most frames that may be in use at the same time; beyond that, `next` raises
                LimitError, for this stream alone.

        Raises:
            InvalidError: A bad policy, or a number below 1.
            ClosedError: The camera is closed.
        """
        return FrameStream._own(new_consumer(self._h, policy, capacity, lease_cap))

    def _frames(self) -> FrameStream:
        """The stream of `next_frame`."""
        try:
            return self._own_frames
        except AttributeError:
            made = self._own_frames = self.stream()
            return made

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
            NotFoundError: It has none that can be set.
        """
        return self.set("exposure", number(seconds, "seconds"), timeout)  # type: ignore[no-any-return]

    @waits
    def roi(self, *, timeout: float | None = None) -> Roi:
        """The region of the sensor that is read out."""
        return _roi(self.get("roi", timeout))

    @waits
    def set_roi(
        self, x: int, y: int, width: int, height: int, *, timeout: float | None = None
    ) -> Roi:
        """Sets the region of the sensor that is read out; the camera must be disarmed.

        Args:
            x: Left edge, in pixels of the sensor.
            y: Upper edge, in pixels of the sensor.
            width: Columns of the sensor; a multiple of the binning.
            height: Rows of the sensor; a multiple of the binning.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.

        Raises:
            RangeError: Outside the sensor.
            StateError: The camera is armed.
        """
        return _roi(self.set("roi", {"x": x, "y": y, "width": width, "height": height}, timeout))

    @waits
    def temperature(self, *, timeout: float | None = None) -> float:
        """The temperature of the sensor, in degrees Celsius."""
        return self.get("temperature", timeout)  # type: ignore[no-any-return]

    @waits
    def cooling(self, *, timeout: float | None = None) -> bool:
        """Whether the cooler is on."""
        return self.get("cooling", timeout)  # type: ignore[no-any-return]

    @waits
    def set_cooling(
        self, on: bool, target: float | None = None, *, timeout: float | None = None
    ) -> bool:
        """Switches the cooler; the sensor takes its time to follow.

        Args:
            on: Whether it shall be on.
            target: What it aims at, in degrees Celsius; None leaves that as it is.
            timeout: Seconds for each of the two; None is the device's default.

        Raises:
            RangeError: A target outside the limits.
        """
        if target is not None:
            self.set("cooling_target", number(target, "target"), timeout)
        return self.set("cooling", on, timeout)  # type: ignore[no-any-return]

    @waits
    def gain(self, *, timeout: float | None = None) -> float:
        """The gain, in the unit of the property (counts per electron of a mock camera)."""
        return self.get("gain", timeout)  # type: ignore[no-any-return]

    @waits
    def set_gain(self, gain: float, *, timeout: float | None = None) -> float:
        """Sets it; see `gain`.

        Args:
            gain: The gain, in that unit.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("gain", number(gain, "gain"), timeout)  # type: ignore[no-any-return]

    @waits
    def offset(self, *, timeout: float | None = None) -> float:
        """The counts without light."""
        return self.get("offset", timeout)  # type: ignore[no-any-return]

    @waits
    def set_offset(self, offset: float, *, timeout: float | None = None) -> float:
        """Sets it; see `offset`.

        Args:
            offset: Counts.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("offset", number(offset, "offset"), timeout)  # type: ignore[no-any-return]

    @waits
    def binning(self, *, timeout: float | None = None) -> int:
        """How many pixels of the sensor are added up to one, in both directions."""
        return self.get("binning", timeout)  # type: ignore[no-any-return]

    @waits
    def set_binning(self, binning: int, *, timeout: float | None = None) -> int:
        """Sets it; see `binning`.

        Args:
            binning: Pixels; the camera must be disarmed. The roi loses what does not fill a bin.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("binning", binning, timeout)  # type: ignore[no-any-return]

    @waits
    def bit_depth(self, *, timeout: float | None = None) -> int:
        """The significant bits of a pixel."""
        return self.get("bit_depth", timeout)  # type: ignore[no-any-return]

    @waits
    def set_bit_depth(self, bits: int, *, timeout: float | None = None) -> int:
        """Sets it; see `bit_depth`.

        Args:
            bits: Bits; the camera must be disarmed.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("bit_depth", bits, timeout)  # type: ignore[no-any-return]

    @waits
    def readout_mode(self, *, timeout: float | None = None) -> str:
        """How the sensor is read out."""
        return self.get("readout_mode", timeout)  # type: ignore[no-any-return]

    @waits
    def set_readout_mode(self, mode: str, *, timeout: float | None = None) -> str:
        """Sets it; see `readout_mode`.

        Args:
            mode: One of the choices that `schema("readout_mode")` lists.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("readout_mode", mode, timeout)  # type: ignore[no-any-return]

    @waits
    def shutter_mode(self, *, timeout: float | None = None) -> str:
        """What the shutter does: "auto", "open" or "closed"."""
        return self.get("shutter_mode", timeout)  # type: ignore[no-any-return]

    @waits
    def set_shutter_mode(self, mode: str, *, timeout: float | None = None) -> str:
        """Sets it; see `shutter_mode`.

        Args:
            mode: One of the choices that `schema("shutter_mode")` lists.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("shutter_mode", mode, timeout)  # type: ignore[no-any-return]

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

    @waits
    def output_lines(self, *, timeout: float | None = None) -> str:
        """What the output lines show."""
        return self.get("output_lines", timeout)  # type: ignore[no-any-return]

    @waits
    def set_output_lines(self, signal: str, *, timeout: float | None = None) -> str:
        """Sets it; see `output_lines`.

        Args:
            signal: One of the choices that `schema("output_lines")` lists.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("output_lines", signal, timeout)  # type: ignore[no-any-return]

    @waits
    def frame_rate(self, *, timeout: float | None = None) -> float:
        """The most frames per second, where the camera runs freely."""
        return self.get("frame_rate", timeout)  # type: ignore[no-any-return]

    @waits
    def set_frame_rate(self, rate: float, *, timeout: float | None = None) -> float:
        """Sets it; see `frame_rate`.

        Args:
            rate: In Hz.
            timeout: Seconds; None is the device's default.

        Returns:
            What the camera has now.
        """
        return self.set("frame_rate", number(rate, "rate"), timeout)  # type: ignore[no-any-return]


def _roi(given: Any) -> Roi:
    return Roi(given["x"], given["y"], given["width"], given["height"])
