"""Plots without matplotlib: a panel for each unit, one below the other, over one axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from . import _axes
from ._canvas import Canvas, Color, Point
from ._figure import Figure, Line, Panel

_WIDTH = 1280
_PANEL = 190
_SPACE = 22
_TOP = 58
_BOTTOM = 62
_LEFT = 110
_RIGHT = 330

_INK: Color = (40, 44, 52)
_FAINT: Color = (226, 229, 234)
_GROUND: Color = (250, 251, 252)
# Okabe and Ito's colours, which colour-blind people can tell apart.
_COLORS: Sequence[Color] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
    (110, 110, 110),
    (160, 140, 0),
)


def draw(figure: Figure) -> bytes:
    """Draws a figure.

    Returns:
        A PNG file.
    """
    count = max(1, len(figure.panels))
    canvas = Canvas(_WIDTH, _TOP + count * _PANEL + (count - 1) * _SPACE + _BOTTOM)
    canvas.text((_LEFT, 36), figure.title, _INK, 13)
    low, high = _span_of(figure)
    for i, panel in enumerate(figure.panels):
        top = _TOP + i * (_PANEL + _SPACE)
        _draw_panel(canvas, panel, figure.places, (low, high), top)
    _write_places(canvas, figure.axis, low, high)
    return canvas.png()


def _span_of(figure: Figure) -> tuple[float, float]:
    """Least and greatest place."""
    if not figure.places:
        return 0.0, 1.0
    low, high = min(figure.places), max(figure.places)
    return (low, high) if high > low else (low, low + 1.0)


def _draw_panel(
    canvas: Canvas, panel: Panel, places: Sequence[float], over: tuple[float, float], top: int
) -> None:
    bottom, right = top + _PANEL, _WIDTH - _RIGHT
    canvas.rectangle(_LEFT, top, right, bottom, _GROUND)
    low, high = _axes.span(*panel.range())
    to_x = _Scale(over, (_LEFT, right - 1))
    to_y = _Scale((low, high), (bottom - 1, top))
    for x in map(to_x.at, _axes.marks(*over, 10)):
        canvas.rectangle(round(x), top, round(x) + 1, bottom, _FAINT)
    heights = _axes.marks(low, high, 5)
    for value, label in zip(heights, _axes.labels(heights)):
        y = to_y.at(value)
        canvas.rectangle(_LEFT, round(y), right, round(y) + 1, _FAINT)
        canvas.text((_LEFT - 10, y + 4), label, _INK, 8, align=1)
    canvas.text((30, (top + bottom) / 2), panel.unit, _INK, 10, align=0.5, upward=True)
    canvas.rectangle(_LEFT, top, _LEFT + 1, bottom, _INK)
    canvas.rectangle(_LEFT, bottom - 1, right, bottom, _INK)
    for i, line in enumerate(panel.lines):
        at = places if line.places is None else line.places
        if line.points:
            _draw_points(canvas, line, [to_x.at(x) for x in at], to_y, _color(i))
            continue
        for run in _runs(at, line.values):
            points = [(to_x.at(x), to_y.at(v)) for x, v in run]
            canvas.lines(_thinned(points), _color(i), 2.0 if len(points) > 1 else 5.0)
    _write_legend(canvas, panel, top)


def _draw_points(
    canvas: Canvas, line: Line, at: Sequence[float], to_y: _Scale, color: Color
) -> None:
    for x, (value, error) in zip(at, line.bars()):
        if math.isfinite(value):
            canvas.lines([(x, to_y.at(value))], color, 5.0)
            canvas.line((x, to_y.at(value - error)), (x, to_y.at(value + error)), color, 1.0)


def _write_legend(canvas: Canvas, panel: Panel, top: int) -> None:
    left, step = _WIDTH - _RIGHT + 18, 18
    shown, more = panel.legend()
    for i, line in enumerate(shown):
        y = top + 10 + i * step
        canvas.line((left, y), (left + 18, y), _color(i), 3)
        canvas.text((left + 28, y + 4), _fitting(canvas, line.label, _RIGHT - 60), _INK, 8)
    if more:
        y = top + 10 + len(shown) * step
        canvas.text((left + 28, y + 4), f"and {more} more", _INK, 8)


def _write_places(canvas: Canvas, axis: str, low: float, high: float) -> None:
    right, bottom = _WIDTH - _RIGHT, canvas.height - _BOTTOM
    to_x = _Scale((low, high), (_LEFT, right - 1))
    values = _axes.marks(low, high, 10)
    for value, label in zip(values, _axes.labels(values)):
        canvas.text((to_x.at(value), bottom + 20), label, _INK, 8, align=0.5)
    canvas.text(((_LEFT + right) / 2, bottom + 46), axis, _INK, 10, align=0.5)


class _Scale:
    """Maps a range of values to a range of pixels."""

    def __init__(self, values: tuple[float, float], pixels: tuple[float, float]) -> None:
        self._low = values[0]
        self._first = pixels[0]
        self._factor = (pixels[1] - pixels[0]) / (values[1] - values[0])

    def at(self, value: float) -> float:
        return self._first + (value - self._low) * self._factor


def _runs(places: Sequence[float], values: Sequence[float]) -> Iterator[list[Point]]:
    """Points without gaps: where a value is missing a run ends."""
    run: list[Point] = []
    for x, value in zip(places, values):
        if math.isfinite(value):
            run.append((x, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _thinned(points: list[Point]) -> list[Point]:
    """Leaves what can be seen: of the points in a column of pixels the lowest and the highest."""
    if len(points) <= 2 * _WIDTH:
        return points
    columns: dict[int, list[Point]] = {}
    for point in points:
        columns.setdefault(round(point[0]), []).append(point)
    kept: list[Point] = []
    for column in columns.values():
        ends = {min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])}
        kept.extend(sorted(ends))
    return kept


def _fitting(canvas: Canvas, text: str, width: float) -> str:
    """A text that is too wide loses its begin, which names of devices share."""
    if canvas.text_width(text, 8) <= width:
        return text
    while text and canvas.text_width("…" + text, 8) > width:
        text = text[1:]
    return "…" + text


def _color(i: int) -> Color:
    return _COLORS[i % len(_COLORS)]
