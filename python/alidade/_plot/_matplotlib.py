"""Plots by matplotlib. No pyplot: it would choose a backend with windows, and keep figures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.text import Text
from matplotlib.ticker import EngFormatter

from ._figure import Figure, Line


def drawing(figure: Figure) -> Drawing:
    """Arranges a figure: a panel for each unit, one below the other, over one axis."""
    count = max(1, len(figure.panels))
    found = Drawing(figsize=(12.8, 1.2 + 2.1 * count), layout="constrained")
    FigureCanvasAgg(found)
    found.suptitle(figure.title)
    all_axes = found.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(all_axes, figure.panels):
        drawn = [_draw_line(axes, line, figure.places) for line in panel.lines]
        axes.set_ylabel(panel.unit)
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(visible=True, alpha=0.3)
        shown, more = panel.legend()
        if shown:
            axes.legend(
                drawn[: len(shown)], [line.label for line in shown], loc="upper left",
                bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False,
                title=f"and {more} more" if more else None, title_fontsize="small",
            )  # fmt: skip
    all_axes[-1].set_xlabel(figure.axis)
    for text in found.findobj(Text):
        text.set_parse_math(False)  # a dollar in a name is a dollar
    return found


def png(drawn: Drawing) -> bytes:
    """Draws it.

    Returns:
        A PNG file.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():  # about letters that a font has not
        warnings.simplefilter("ignore", UserWarning)
        drawn.canvas.print_png(file)  # type: ignore[attr-defined, unused-ignore]
    return file.getvalue()


def _draw_line(axes: Any, line: Line, places: Sequence[float]) -> Any:
    """Draws a line; gives what a legend shows for it."""
    at = places if line.places is None else line.places
    if line.points:
        return axes.errorbar(
            at, line.values, yerr=line.errors, fmt="o", markersize=4, capsize=2, linewidth=1
        )
    marker = "." if len(at) < 60 else None
    return axes.plot(at, line.values, linewidth=1.4, marker=marker)[0]
