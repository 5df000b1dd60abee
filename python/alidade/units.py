"""Units, in the notation of UCUM: "mm", "um", "Cel", "deg"."""

from __future__ import annotations

from ._call import DOUBLE, name_bytes
from ._handle import number_of
from ._library import lib
from ._numbers import number

__all__ = ["convert", "convert_difference"]


def convert(x: float, unit: str, to: str) -> float:
    """Converts a number from one unit to another.

    Args:
        x: The number.
        unit: The UCUM unit it is in.
        to: The UCUM unit wanted.

    Returns:
        The number in the unit wanted.

    Raises:
        InvalidError: A unit is unknown, or the two measure different things.
    """
    return float(
        number_of(
            lib.ald_unit_convert,
            number(x, "x"),
            name_bytes(unit, "unit"),
            name_bytes(to, "unit"),
            out=DOUBLE,
        )
    )


def convert_difference(x: float, unit: str, to: str) -> float:
    """Converts a difference of two numbers: 10 Cel apart are 10 K apart.

    Args:
        x: The difference.
        unit: The UCUM unit it is in.
        to: The UCUM unit wanted.

    Returns:
        The difference in the unit wanted.

    Raises:
        InvalidError: A unit is unknown, or the two measure different things.
    """
    return convert(x, unit, to) - convert(0.0, unit, to)
