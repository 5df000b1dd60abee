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


def drawing(figure: Figure, into: Drawing | None = None) -> Drawing:
    """Arranges a figure: a panel for each unit, one below the other, over one axis.

    Args:
        figure: What it shows.
        into: A figure that shows it from now on; None makes one.
    """
    count = max(1, len(figure.panels))
    if into is None:
        found = Drawing(figsize=(12.8, 1.2 + 2.1 * count), layout="constrained")
        FigureCanvasAgg(found)
    else:
        found = into
        found.clear()
    found.suptitle(figure.title)
    all_axes = found.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(all_axes, figure.panels):
        drawn = [_draw_line(axes, line, figure.places) for line in panel.lines]
        axes.set_ylabel(panel.label())
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(visible=True, alpha=0.3)
        shown, more = panel.legend()
        if shown:
            axes.legend(
                drawn[: len(shown)], [_named(line) for line in shown], loc="upper left",
                bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False,
                title=f"and {more} more" if more else None, title_fontsize="small",
            )  # fmt: skip
    all_axes[-1].set_xlabel(figure.axis)
    for text in found.findobj(Text):
        text.set_parse_math(False)  # a dollar in a name is a dollar
    return found


def axes_of(line: Line, fitted: Line | None, axes: Any, labels: tuple[str, str]) -> Any:
    """Draws points, and a curve through them, into axes of somebody else.

    Args:
        line: The points.
        fitted: The curve; None for none.
        axes: Where; None makes a figure of pyplot.
        labels: Labels of the two axes.

    Returns:
        The axes.
    """
    if axes is None:
        from matplotlib import pyplot

        axes = pyplot.subplots(layout="constrained")[1]
    for each in (line, fitted):
        if each is not None:
            _draw_line(axes, each, line.places or ()).set_label(_named(each))
    axes.set_xlabel(labels[0], parse_math=False)
    axes.set_ylabel(labels[1], parse_math=False)
    legend = axes.legend()
    for text in legend.get_texts():
        text.set_parse_math(False)
    return axes


def formats() -> tuple[str, ...]:
    """Endings of files that can be written."""
    return tuple(sorted(FigureCanvasAgg(Drawing()).get_supported_filetypes()))


def picture(drawn: Drawing, ending: str) -> bytes:
    """Draws it as a file of one of the `formats`."""
    if ending == "png":
        return png(drawn)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        drawn.savefig(file, format=ending)
    return file.getvalue()


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


def _named(line: Line) -> str:
    return f"{line.label}\n{line.note}" if line.note else line.label


def _draw_line(axes: Any, line: Line, places: Sequence[float]) -> Any:
    """Draws a line; gives what a legend shows for it."""
    at = places if line.places is None else line.places
    if line.points:
        return axes.errorbar(
            at, line.values, yerr=line.errors, fmt="o", markersize=4, capsize=2, linewidth=1
        )
    marker = "." if len(at) < 60 else None
    return axes.plot(at, line.values, linewidth=1.4, marker=marker)[0]
