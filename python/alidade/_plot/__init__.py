"""Plots of series and scans, by matplotlib."""

from __future__ import annotations

from .. import errors
from ._figure import Figure, Line, Panel
from ._scan import scan_figure

__all__ = ["Figure", "Line", "Panel", "draw", "scan_figure", "undrawable"]

_MISSING = "plots need the package matplotlib; `pip install alidade[cli]` brings it"


def undrawable() -> str:
    """Tells why plots cannot be drawn, and what to do; empty where they can."""
    try:
        from . import _matplotlib  # noqa: F401 - imports what drawing needs
    except ImportError as missing:
        return f"{_MISSING} ({missing})"
    return ""


def draw(figure: Figure) -> bytes:
    """Draws a figure.

    Returns:
        A PNG file.

    Raises:
        UnsupportedError: matplotlib is not installed, or cannot be imported.
    """
    try:
        from . import _matplotlib
    except ImportError as missing:
        raise errors.UnsupportedError(_MISSING) from missing
    return _matplotlib.png(_matplotlib.drawing(figure))
