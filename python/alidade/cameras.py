"""Cameras: devices that give frames, wait for triggers and have a time of exposure."""

from __future__ import annotations

from .exposure_controls import ExposureControl
from .frame_producers import FrameProducer
from .triggerables import Triggerable

__all__ = ["Camera"]


class Camera(
    FrameProducer,
    Triggerable,
    ExposureControl,
    capability=("frame_producer", "triggerable", "exposure_control"),
):
    """A device that gives frames when it is triggered, with a time of exposure.

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
