"""Quantities that series and scans read: numbers of devices."""

from __future__ import annotations

from typing import Any, NamedTuple, Union

from . import errors
from ._constants import ReadingFlags, Type
from .devices import Device
from .op import Op
from .readables import Readable

__all__ = ["Quantity"]

Quantity = Union[Readable, "tuple[Device, str]"]
"""A readable device, or a device and the name of a property."""


class Column(NamedTuple):
    """A quantity that becomes a column of a table."""

    name: str
    unit: str
    device: Any  # a Device, or its twin of alidade.aio: both start what they are asked
    property: str | None

    def start(self) -> Op:
        """Starts to read it; the operation gives the number."""
        started: Op = (
            self.device.start_read()
            if self.property is None
            else self.device.start_get(self.property)
        )
        return started

    def quality(self) -> ReadingFlags:
        """Flags of the last reading, as the instrument gives them; properties have none."""
        if self.property is not None:
            return ReadingFlags(0)
        quality: ReadingFlags = self.device.last().quality
        return quality


_NUMBERS = (Type.DOUBLE, Type.INT, Type.BOOL)


def column_of(quantity: Quantity) -> Column:
    """The column for a quantity.

    Raises:
        InvalidError: A property that is no number.
        NotFoundError: No such property; the message names the nearest.
        UnsupportedError: A device that is not readable.
    """
    if isinstance(quantity, Readable):
        return Column(quantity.path, quantity.unit, quantity, None)
    if isinstance(quantity, Device):
        raise errors.UnsupportedError(
            f"{quantity.path!r} is not readable; name one of its properties: (device, "
            f"{next(iter(quantity.properties), 'name')!r})"
        )
    device, name = quantity
    schema = device.schema(name)
    if schema.type not in _NUMBERS:
        raise errors.InvalidError(
            f"{device.path}:{name} is a {schema.type.name.lower()}, expected a number"
        )
    return Column(f"{device.path}:{name}", schema.unit, device, name)
