"""Refuses or warns where plots cannot be drawn."""

from __future__ import annotations

from .._plot import check_ending, undrawable
from ._messages import warn


def drawable(plot: str) -> str:
    """The name of the plot; "" where nothing can draw it, which is told at once."""
    why = undrawable() if plot else ""
    if why:
        warn(f"{plot} will not be drawn: {why}")
        return ""
    if plot:
        check_ending(plot)  # before anything moves
    return plot
