"""Numbers with units, as people write them at a shell: "+0.5mm", "100 ms"."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import InvalidError

_AMOUNT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d]\S*)?\s*")


class Amount(NamedTuple):
    """A number with a unit."""

    number: float
    unit: str | None
    """None for that of the device."""

    def to(self, unit: str) -> float:
        """The number in a unit, which is its own if it was given none.

        Raises:
            InvalidError: Its unit is unknown, or measures something else.
        """
        if self.unit is None:
            return self.number
        from ..units import convert

        return convert(self.number, self.unit, unit)


def amount(text: str) -> Amount:
    """Reads "+0.5mm", "-3" or "12 deg".

    Raises:
        InvalidError: It is no number with a unit.
    """
    found = split(text)
    if found is None:
        raise InvalidError(f'"{text}" is no quantity; expected a number and a unit, as +0.5mm')
    return found


def split(text: str) -> Amount | None:
    """The number and the unit of a text; None if it is no such thing."""
    found = _AMOUNT.fullmatch(text)
    return None if found is None else Amount(float(found[1]), found[2] or None)


def typed(name: str, text: str, kind: str, unit: str) -> float | int:
    """Reads what a name is given: a number, perhaps with a unit.

    Args:
        name: Whose it is, for the message.
        text: What was given.
        kind: "double" or "int64".
        unit: UCUM unit of what the name stands for, "1" for none.

    Raises:
        InvalidError: It is no number, no whole one, or its unit measures something else.
    """
    given = split(text)
    try:
        value = float(text) if given is None else given.to(unit)
    except ValueError as error:
        why = error.message if isinstance(error, InvalidError) else "expected a number"
        in_unit = "" if unit in ("", "1") else f" and a unit, as 1{unit}"
        raise InvalidError(f"{name} is {text!r}: {why}{in_unit}") from None
    if kind == "double":
        return value
    if not value.is_integer():
        raise InvalidError(f"{name} is {text!r}; expected a whole number")
    return int(value)
