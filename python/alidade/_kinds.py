"""Which Python class a device has: that of its capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._library import lib
from .cameras import Camera
from .devices import Device
from .movables import Movable
from .readables import Readable

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["device_of"]


class ReadableMovable(Readable, Movable):
    """A device that gives a number and moves; `unit` is that of the number."""

    __slots__ = ()


class ReadableCamera(Readable, Camera):
    """A camera that gives a number too."""

    __slots__ = ()


class MovableCamera(Movable, Camera):
    """A camera that moves."""

    __slots__ = ()


class ReadableMovableCamera(Readable, Movable, Camera):
    """A camera that moves and gives a number; `unit` is that of the number."""

    __slots__ = ()


def device_of(pointer: CData) -> Device:
    """The Python object for an owned device, with the methods of its capabilities."""
    readable = lib.ald_device_can(pointer, b"readable", 1) == 1
    movable = lib.ald_device_can(pointer, b"movable", 1) == 1
    if lib.ald_device_can(pointer, b"frame_producer", 1) == 1:
        if readable and movable:
            return ReadableMovableCamera._own(pointer)
        if readable:
            return ReadableCamera._own(pointer)
        return MovableCamera._own(pointer) if movable else Camera._own(pointer)
    if readable and movable:
        return ReadableMovable._own(pointer)
    if readable:
        return Readable._own(pointer)
    return Movable._own(pointer) if movable else Device._own(pointer)
