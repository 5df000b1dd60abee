"""Plots by matplotlib."""

from __future__ import annotations

import io
import warnings

from ._figure import Figure


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
        for line in panel.lines:
            axes.plot(
                figure.times, line.values, linewidth=1.4,
                marker="." if len(figure.times) < 60 else None,
            )  # fmt: skip
        axes.set_ylabel(panel.unit)
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(visible=True, alpha=0.3)
        shown, more = panel.legend()
        if shown:
            axes.legend(
                axes.lines[: len(shown)], [line.label for line in shown], loc="upper left",
                bbox_to_anchor=(1.0, 1.0), fontsize="small", frameon=False,
                title=f"and {more} more" if more else None, title_fontsize="small",
            )  # fmt: skip
    all_axes[-1].set_xlabel("time [s]")
    file = io.BytesIO()
    with warnings.catch_warnings():  # about letters that a font has not
        warnings.simplefilter("ignore", UserWarning)
        canvas.print_png(file)  # type: ignore[no-untyped-call, unused-ignore]
    return file.getvalue()
