"""Plots by matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

from ._figure import Figure, Line


def draw(figure: Figure) -> bytes:
    """Draws a figure.

    Returns:
        A PNG file.

    Raises:
        ImportError: matplotlib is not there or does not work.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing
    from matplotlib.ticker import EngFormatter

    count = max(1, len(figure.panels))
    # No pyplot: it would choose a backend with windows, and keep the figure for ever.
    drawing = Drawing(figsize=(12.8, 1.2 + 2.1 * count), layout="constrained")
    canvas = FigureCanvasAgg(drawing)
    drawing.suptitle(figure.title)
    all_axes = drawing.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
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
    file = io.BytesIO()
    with warnings.catch_warnings():  # about letters that a font has not
        warnings.simplefilter("ignore", UserWarning)
        canvas.print_png(file)  # type: ignore[no-untyped-call, unused-ignore]
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
