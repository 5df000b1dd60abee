"""Numbers as users have them: of Python, NumPy (0-d arrays too), Decimal, Fraction and the like."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from .errors import InvalidError, RangeError

__all__ = ["integer", "number", "plain"]

_INT64_MAX = 2**63 - 1


def number(x: Any, what: str) -> float:
    """A number for the library; text, arrays of several numbers and complex ones are none.

    Args:
        x: The number.
        what: What it is, for the message.

    Raises:
        TypeError: It is no number.
        RangeError: It is beyond the floating-point numbers.
    """
    if type(x) is float:
        return x
    if not _is_number(x):
        raise TypeError(f"{what} must be a number, not {_kind(x)}")
    try:
        return float(x)
    except OverflowError:
        raise RangeError(f"{what} is {_shown(x)}, beyond the floating-point numbers") from None
    except ValueError:  # a signalling NaN of `decimal`
        raise InvalidError(f"{what} is {x!r}, expected a number") from None


def integer(x: Any, what: str, *, is_signed: bool = True) -> int:
    """A whole number for the library; floating-point numbers are none, as in Python itself.

    Args:
        x: The number.
        what: What it is, for the message.
        is_signed: Whether it goes to an int64_t, else to a field that is checked as it is filled.

    Raises:
        TypeError: It is no number, or a floating-point one.
        InvalidError: A `Decimal` or `Fraction` that is not whole.
        RangeError: It does not fit into 64 bits.
    """
    if type(x) is not int:
        if not _is_number(x) or isinstance(x, float) or _letter(x) == "f":
            raise TypeError(f"{what} must be a whole number, not {_kind(x)}")
        whole = _whole(x)
        if whole is None:
            raise InvalidError(f"{what} is {x!r}, expected a whole number")
        x = whole
    if is_signed and not -_INT64_MAX - 1 <= x <= _INT64_MAX:
        raise RangeError(f"{what} is {_shown(x)}, which does not fit into 64 bits")
    return int(x)


def plain(x: Any) -> Any:
    """A value in which 0-d arrays, `Decimal` and `Fraction` are numbers of Python, in lists too.

    What is whole becomes an int, which properties of either type of number take.
    """
    if isinstance(x, Mapping):
        return {name: plain(item) for name, item in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(item) for item in x]
    if isinstance(x, (int, float, str, bytes)) or x is None:
        return x
    if _letter(x) and getattr(x, "shape", None) == ():
        return x.item()
    if not _is_number(x) or hasattr(x, "__array_interface__") or hasattr(x, "__dlpack__"):
        return x
    if hasattr(x, "__index__"):
        return x
    whole = _whole(x)
    return number(x, "value") if whole is None or abs(whole) > _INT64_MAX else whole


def _is_number(x: Any) -> bool:
    """True for what turns into a number without loss of sense: no text, one element."""
    if isinstance(x, (str, bytes)) or not (hasattr(x, "__float__") or hasattr(x, "__index__")):
        return False
    return getattr(x, "shape", ()) == () and _letter(x) in ("", "b", "i", "u", "f")


def _letter(x: Any) -> str:
    """Kind of element of a scalar or an array of NumPy; "" for all else."""
    letter: object = getattr(getattr(x, "dtype", None), "kind", "")
    return letter if isinstance(letter, str) else ""


def _whole(x: Any) -> int | None:
    """The same number as an int; None if it is not whole."""
    try:
        if not isfinite(x):
            return None
    except OverflowError:  # finite, but beyond the floating-point numbers
        pass
    except ValueError:  # a signalling NaN of `decimal`
        return None
    whole = int(x)
    return whole if whole == x else None


def _kind(x: Any) -> str:
    shape = getattr(x, "shape", ())
    return f"{type(x).__name__} of shape {shape}" if shape else type(x).__name__


def _shown(x: Any) -> str:
    """The number in a few characters, whatever its length."""
    try:
        text = str(x)
    except ValueError:  # more digits than Python writes
        return "a very long number"
    return text if len(text) < 40 else f"{text[:20]}... ({len(text)} characters)"
