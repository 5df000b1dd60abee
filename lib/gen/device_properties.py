"""Declares the properties for which the classes of capabilities have functions of their own.

Python, its asyncio twin and Julia get `gain()` and `set_gain(gain)` from a row here, and
docs/cameras.md is compared with them (tests/python/test_properties.py). A device has those that its
driver supports; all others are read and written by their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["double", "int", "string", "bool", "region"]


@dataclass(frozen=True)
class Property:
    """Property, as the devices with a capability have it."""

    name: str
    """Name in drivers and TOML files, and of the function."""
    capability: str
    kind: Kind
    doc: str
    """Description, to be read after "Reads" and "Sets"."""
    unit: str = ""
    """UCUM; "" for what has none."""
    argument: str = ""
    """Name of the new value in the function that sets it; "" for what can only be read."""
    choices: str = ""
    """Words that it may have; "" for those that the device's description lists."""
    note: str = ""
    """Note for whoever sets it."""
    first: str = ""
    """A property that the function that sets this one can set before it."""

    @property
    def in_unit(self) -> str:
        """The end of a sentence that tells the unit."""
        return f", in {_UNITS[self.unit]}" if self.unit in _UNITS else ""


_UNITS = {"s": "seconds", "Cel": "degrees Celsius", "Hz": "hertz"}
_DISARMED = "the camera must be disarmed"
_EXPOSURE, _FRAMES, _TRIGGERS = "exposure_control", "frame_producer", "triggerable"

PROPERTIES = (
    Property("exposure", _EXPOSURE, "double", "the time of exposure", "s", "seconds"),
    Property(
        "roi",
        _FRAMES,
        "region",
        "the region of the sensor that is read out",
        argument="region",
        note=f"width and height are multiples of the binning, and {_DISARMED}",
    ),
    Property(
        "binning",
        _FRAMES,
        "int",
        "how many pixels of the sensor are added up to one, in both directions",
        argument="binning",
        note=f"the region loses what does not fill a bin, and {_DISARMED}",
    ),
    Property("gain", _FRAMES, "double", "the gain, in counts per electron", "1", "gain"),
    Property("offset", _FRAMES, "double", "the counts of a pixel without light", "1", "offset"),
    Property(
        "bit_depth",
        _FRAMES,
        "int",
        "how many bits of a pixel are significant",
        argument="bits",
        note=_DISARMED,
    ),
    Property("readout_mode", _FRAMES, "string", "how the sensor is read out", argument="mode"),
    Property(
        "shutter_mode",
        _FRAMES,
        "string",
        "what the shutter does",
        argument="mode",
        choices='"auto", "open" or "closed"',
    ),
    Property("temperature", _FRAMES, "double", "the temperature of the sensor", "Cel"),
    Property(
        "cooling",
        _FRAMES,
        "bool",
        "whether the cooler is on",
        argument="on",
        note="the sensor takes its time to follow",
        first="cooling_target",
    ),
    Property("cooling_target", _FRAMES, "double", "what the cooler aims at", "Cel", "target"),
    Property("output_lines", _FRAMES, "string", "what the output lines show", argument="signal"),
    Property(
        "frame_rate",
        _FRAMES,
        "double",
        "the most frames per second, where the camera runs freely",
        "Hz",
        "rate",
    ),
    Property(
        "trigger_mode",
        _TRIGGERS,
        "string",
        "what begins an exposure",
        argument="mode",
        choices='"internal" (the camera itself), "software" (`trigger`) or "external"',
        note=_DISARMED,
    ),
    Property(
        "trigger_polarity",
        _TRIGGERS,
        "string",
        "which edge of an external trigger counts",
        argument="edge",
        choices='"rising" or "falling"',
    ),
)
NAMED = {one.name: one for one in PROPERTIES}
REGION = (
    ("x", "Left edge, in pixels of the sensor."),
    ("y", "Upper edge, in pixels of the sensor."),
    ("width", "Columns of the sensor."),
    ("height", "Rows of the sensor."),
)
