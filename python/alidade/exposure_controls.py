"""Devices whose time of exposure can be set."""

from __future__ import annotations

from ._properties import ExposureControlProperties

__all__ = ["ExposureControl"]


class ExposureControl(ExposureControlProperties, capability="exposure_control"):
    """A device with a time of exposure."""

    __slots__ = ()
