"""Plots of series and scans, by matplotlib."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .. import errors
from ._figure import Figure, Line, Panel
from ._scan import fit_line, points_line, scan_figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tables import Table
    from ._live import LivePlot

__all__ = [
    "Figure", "Line", "Panel", "axes_of", "check_ending", "draw", "fit_line", "live", "points_line",
    "scan_figure", "undrawable", "write",
]  # fmt: skip

_MISSING = "plots need the package matplotlib; `pip install alidade[cli]` brings it"


def undrawable() -> str:
    """Tells why plots cannot be drawn, and what to do; empty where they can."""
    try:
        from . import _matplotlib  # noqa: F401 - imports what drawing needs
    except ImportError as missing:
        return f"{_MISSING} ({missing})"
    return ""


def _drawer() -> Any:
    """The module that draws.

    Raises:
        UnsupportedError: matplotlib is not installed, or cannot be imported.
    """
    try:
        from . import _matplotlib
    except ImportError as missing:
        raise errors.UnsupportedError(_MISSING) from missing
    return _matplotlib


def check_ending(path: str | os.PathLike[str]) -> str:
    """The kind of picture that the ending of a file's name says; none is "png".

    Raises:
        InvalidError: matplotlib writes no such files.
        UnsupportedError: matplotlib is not installed.
    """
    ending = PurePath(os.fspath(path)).suffix[1:].lower() or "png"
    known = _drawer().formats()
    if ending not in known:
        raise errors.InvalidError(
            f"{os.fspath(path)}: no picture is written as .{ending}; expected ." + ", .".join(known)
        )
    return ending


def write(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Draws a figure into a file, as its ending says.

    Raises:
        InvalidError: An ending that no picture has.
        UnsupportedError: matplotlib is not installed.
        OSError: The file cannot be written.
    """
    ending = check_ending(path)
    module = _drawer()
    picture = module.picture(module.drawing(figure), ending)
    with open(path, "wb") as file:
        file.write(picture)


def axes_of(line: Line, fitted: Line | None, axes: Any, labels: tuple[str, str]) -> Any:
    """Draws into axes of matplotlib; see `_matplotlib.axes_of`."""
    return _drawer().axes_of(line, fitted, axes, labels)


def live(figure: Callable[[Table], Figure], show: Callable[[bytes], Any] | None) -> LivePlot:
    """Begins a plot that is drawn again and again; see `LivePlot`."""
    _drawer()
    from ._live import LivePlot

    return LivePlot(figure, show)


def draw(figure: Figure) -> bytes:
    """Draws a figure.

    Returns:
        A PNG file.

    Raises:
        UnsupportedError: matplotlib is not installed, or cannot be imported.
    """
    module = _drawer()
    picture: bytes = module.png(module.drawing(figure))
    return picture
