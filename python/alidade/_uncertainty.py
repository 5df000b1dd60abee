"""Numbers with standard deviations, and parameters of curves with their units, in words."""

from __future__ import annotations

import math

_OF_X = ("angle", "center", "radius", "sigma", "fwhm", "tau")


def unit_of(parameter: str, x: str, y: str) -> str:
    """The unit of a parameter of a curve."""
    others = {"slope": f"{y}/{x}", "frequency": f"1/{x or 1}", "phase": "deg"}
    unit = x if parameter in _OF_X else others.get(parameter, y)
    return "" if unit in ("", "1", "1/1") else unit


def with_error(value: float, error: float) -> str:
    """A number and its standard deviation, with as many digits as that has a meaning for.

    Example:
        >>> with_error(12.3456, 0.0123), with_error(4.9981e-4, 2.1e-7)
        ('12.346 +- 0.012', '(499.81 +- 0.21)e-6')
    """
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return f"{value:.6g} +- {error:.2g}"
    greatest = max(abs(value), error)
    exponent = 3 * math.floor(math.log10(greatest) / 3) if not 0.01 <= greatest < 1e4 else 0
    digits = max(0, 1 - math.floor(math.log10(error) - exponent))
    scaled = f"{value / 10.0**exponent:.{digits}f} +- {error / 10.0**exponent:.{digits}f}"
    return f"({scaled})e{exponent}" if exponent else scaled
