"""Regions of a camera's sensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ._numbers import integer

__all__ = ["Roi"]


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


def region_value(x: int, y: int, width: int, height: int) -> dict[str, int]:
    """The property's value for a region."""
    return {name: integer(i, name) for name, i in Roi(x, y, width, height)._asdict().items()}


def region(given: Mapping[str, int]) -> Roi:
    """A region from the property's value."""
    return Roi(given["x"], given["y"], given["width"], given["height"])
