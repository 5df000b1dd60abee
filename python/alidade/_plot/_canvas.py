"""A picture to draw smooth lines and text on, written as PNG with the standard library alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .. import _png
from . import _font

Color = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """An RGB picture. Places are in pixels from its left upper corner."""

    def __init__(self, width: int, height: int, background: Color = (255, 255, 255)) -> None:
        self.width = width
        self.height = height
        self._pixels = bytearray(bytes(background) * (width * height))

    def _blend(self, x: int, y: int, color: Color, cover: float) -> None:
        if not (0 <= x < self.width and 0 <= y < self.height):
            return
        at = 3 * (y * self.width + x)
        pixels = self._pixels
        for i in range(3):
            pixels[at + i] += round((color[i] - pixels[at + i]) * cover)

    def rectangle(self, left: int, top: int, right: int, bottom: int, color: Color) -> None:
        """Fills the pixels from (left, top) to before (right, bottom)."""
        left, right = max(0, left), min(self.width, right)
        row = bytes(color) * max(0, right - left)
        for y in range(max(0, top), min(self.height, bottom)):
            at = 3 * (y * self.width + left)
            self._pixels[at : at + len(row)] = row

    def line(self, begin: Point, end: Point, color: Color, thickness: float = 1.0) -> None:
        """Draws a line with round ends; each pixel is covered as far as it lies within."""
        (x0, y0), (x1, y1) = begin, end
        steep = abs(y1 - y0) > abs(x1 - x0)
        if steep:
            x0, y0, x1, y1 = y0, x0, y1, x1
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy)
        reach = thickness / 2 + 0.5
        slope = dy / dx if dx else 0.0
        band = reach * length / dx if dx else reach
        for x in range(math.floor(x0 - reach), math.ceil(x1 + reach) + 1):
            middle = y0 + slope * (min(max(x, x0), x1) - x0)
            for y in range(math.floor(middle - band), math.ceil(middle + band) + 1):
                along = ((x - x0) * dx + (y - y0) * dy) / length if length else 0.0
                along = min(max(along, 0.0), length)
                nearest_x = x0 + (along * dx / length if length else 0.0)
                nearest_y = y0 + (along * dy / length if length else 0.0)
                cover = reach - math.hypot(x - nearest_x, y - nearest_y)
                if cover > 0:
                    place = (y, x) if steep else (x, y)
                    self._blend(*place, color, min(1.0, cover))

    def lines(self, points: Sequence[Point], color: Color, thickness: float = 1.0) -> None:
        """Joins points by lines; a single one becomes a dot."""
        if len(points) == 1:
            self.line(points[0], points[0], color, thickness)
        for begin, end in zip(points, points[1:]):
            self.line(begin, end, color, thickness)

    def text(
        self,
        at: Point,
        text: str,
        color: Color,
        size: float = 9.0,
        align: float = 0.0,
        upward: bool = False,
    ) -> None:
        """Writes a line of text.

        Args:
            at: Where the text stands: on this height, and from here to the right (or upward).
            text: What to write.
            color: Of the letters.
            size: Height of capitals in pixels.
            align: Part of the text that lies before `at`: 0 none, 0.5 half of it, 1 all.
            upward: Written from below to above.
        """
        scale = size / _font.ASCENT
        begin = -align * _font.width(text) * scale
        for stroke in _font.strokes(text):
            points = [(begin + x * scale, y * scale) for x, y in stroke]
            if upward:
                placed = [(at[0] - y, at[1] - x) for x, y in points]
            else:
                placed = [(at[0] + x, at[1] - y) for x, y in points]
            self.lines(placed, color, 0.12 * size)

    def text_width(self, text: str, size: float = 9.0) -> float:
        """Width of a line of text, in pixels."""
        return _font.width(text) * size / _font.ASCENT

    def png(self) -> bytes:
        """The picture as a PNG file."""
        stride = 3 * self.width
        rows: Iterable[bytes] = (
            b"\0" + self._pixels[y * stride : (y + 1) * stride] for y in range(self.height)
        )
        size = (self.width, self.height)
        return _png.encode(size, 8, _png.RGB, b"".join(rows), level=9)
