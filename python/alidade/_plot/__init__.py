"""Plots of series and scans: by matplotlib where it is installed, else by our own few lines."""

from __future__ import annotations

from ._figure import Figure, Line, Panel
from ._scan import scan_figure

__all__ = ["Figure", "Line", "Panel", "draw", "scan_figure"]


def draw(figure: Figure) -> bytes:
    """Draws a figure.

    Returns:
        A PNG file.
    """
    try:
        from . import _matplotlib

        return _matplotlib.draw(figure)
    except ImportError:
        from . import _plain

        return _plain.draw(figure)
