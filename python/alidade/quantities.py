"""Quantities that series and scans read: numbers of devices, and functions of what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Union

from . import errors
from ._constants import ReadingFlags, Type
from .devices import Device
from .op import Op
from .readables import Readable
from .units import convert

__all__ = ["Calculated", "Quantity", "quantity"]

Quantity = Union[Readable, "tuple[Device, str]"]
"""A readable device, or a device and the name of a property."""


class Calculated(NamedTuple):
    """A number that a function makes of a point of a scan; `quantity` gives it."""

    name: str
    unit: str
    function: Callable[..., Any]
    """Function that is given the `Point` so far."""


def quantity(
    function: Callable[..., Any], name: str | None = None, *, unit: str = "1"
) -> Calculated:
    """Makes a function a quantity of a scan.

    It is called once at each point, when all devices have been read and the frame was taken, with
    the `Point` so far: `point.frame`, and `point.numbers` of the devices and of the functions
    before it. Its number stands in the table, the CSV and the plots. Scans of `alidade.aio` take
    coroutine functions too; others run on the loop's thread.

    Args:
        function: Takes a `Point`, gives a number.
        name: Name of the column; None is the function's.
        unit: UCUM unit of the number.

    Raises:
        TypeError: It cannot be called.
        InvalidError: An unknown unit.

    Example:
        >>> def brightness(point):
        ...     return point.frame.to_numpy().mean()
        >>> quantity(brightness, unit="1").name
        'brightness'
    """
    if not callable(function):
        raise TypeError(f"{function!r} cannot be called; a quantity is made of a function")
    convert(1.0, unit, unit)  # refuses what is no unit
    known = str(name or getattr(function, "__name__", type(function).__name__))
    return Calculated(known, unit, function)


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
