"""Plots: by matplotlib and by our own lines alike."""

from __future__ import annotations

import math
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alidade
from alidade._plot import Figure, Line, Panel, _axes, _font, _matplotlib, _plain, draw
from alidade._plot._canvas import Canvas
from support import every


def decoded(png: bytes) -> Any:
    """The pixels of an RGB picture whose rows are not filtered, (height, width, 3) uint8."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, at + 8 + length)
        assert checksum == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
            assert body[8:] == bytes([8, 2, 0, 0, 0])
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    assert kind == b"IEND"
    width, height = size
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 3 * width + 1)
    assert every(rows[:, 0] == 0)
    return rows[:, 1:].reshape(height, width, 3)


def figure(*lines: Line, times: list[float] | None = None) -> Figure:
    return Figure("a title", [0.0, 1.0, 2.0] if times is None else times, [Panel("mm", lines)])


def columns_of(pixels: Any, color: tuple[int, int, int]) -> dict[int, list[int]]:
    """Heights of the pixels of a color, by column."""
    found: dict[int, list[int]] = {}
    for y, x in np.argwhere((pixels == color).all(axis=2)).tolist():
        found.setdefault(x, []).append(y)
    return found


BLUE = _plain._COLORS[0]
RIGHT_OF_PANEL = _plain._WIDTH - _plain._RIGHT


def test_a_rising_line_rises_over_the_whole_panel() -> None:
    drawn = columns_of(decoded(_plain.draw(figure(Line("x", [0.0, 1.0, 2.0])))), BLUE)
    panel = {x: ys for x, ys in drawn.items() if x < RIGHT_OF_PANEL}
    assert min(panel) <= _plain._LEFT + 2
    assert max(panel) >= RIGHT_OF_PANEL - 3
    means = [sum(ys) / len(ys) for _, ys in sorted(panel.items())]
    assert every(b <= a + 1 for a, b in zip(means, means[1:]))
    assert means[0] - means[-1] > 0.8 * _plain._PANEL
    assert any(x > RIGHT_OF_PANEL for x in drawn), "the legend has no line"


def test_points_are_not_joined_and_have_bars() -> None:
    values, errors = [1.0, 2.0, 3.0], [0.0, 0.0, 1.0]
    plain = columns_of(decoded(_plain.draw(figure(Line("x", values, points=True)))), BLUE)
    barred = decoded(_plain.draw(figure(Line("x", values, points=True, errors=errors))))
    heights = {
        x: max(ys) - min(ys) for x, ys in columns_of(barred, BLUE).items() if x < RIGHT_OF_PANEL
    }
    places = [x for x in plain if x < RIGHT_OF_PANEL]
    assert 3 <= len(places) < 30
    assert max(heights[x] for x in heights if x > 600) > 0.3 * _plain._PANEL
    assert max(heights[x] for x in heights if x < 600) < 10


def test_a_line_has_places_of_its_own() -> None:
    line = Line("x", [0.0, 1.0], places=[1.0, 2.0])
    drawn = [x for x in columns_of(decoded(_plain.draw(figure(line))), BLUE) if x < RIGHT_OF_PANEL]
    assert min(drawn) > (_plain._LEFT + RIGHT_OF_PANEL) / 2 - 5


def test_a_gap_is_left_where_a_value_is_missing() -> None:
    values = [1.0, 2.0, math.nan, math.nan, 2.0, 1.0]
    drawn = columns_of(decoded(_plain.draw(figure(Line("x", values), times=[*range(6)]))), BLUE)
    width = RIGHT_OF_PANEL - _plain._LEFT
    assert not [x for x in drawn if 0.25 < (x - _plain._LEFT) / width < 0.75]
    assert [x for x in drawn if (x - _plain._LEFT) / width < 0.2]


@pytest.mark.parametrize(
    "shown",
    [
        Figure("nothing", [], []),
        figure(),
        figure(Line("x", []), times=[]),
        figure(Line("x", [1.0]), times=[0.0]),
        figure(Line("constant", [5.0, 5.0, 5.0])),
        figure(Line("zero", [0.0, 0.0, 0.0])),
        figure(Line("nothing", [math.nan] * 3)),
        figure(Line("infinite", [1.0, math.inf, -math.inf])),
        figure(Line("huge", [-1e300, 0.0, 1e300])),
        figure(Line("tiny", [1e-300, 2e-300, 0.0])),
        figure(Line("near", [1e15, 1e15 + 1, 1e15 + 2])),
        figure(*(Line(f"a long name of a quantity: number {i}", [i, 2, 3]) for i in range(40))),
        figure(Line("ünïcödé 测量", [1.0, 2.0, 3.0])),
    ],
)  # fmt: skip
def test_whatever_is_shown_gives_a_picture(shown: Figure) -> None:
    assert len(decoded(_plain.draw(shown))) > 100
    assert _matplotlib.draw(shown).startswith(b"\x89PNG")


def test_many_points_are_drawn_as_their_extremes() -> None:
    values = [0.0] * 20_000
    values[11_111] = 1.0
    times = [i / 1000 for i in range(20_000)]
    drawn = columns_of(decoded(_plain.draw(figure(Line("x", values), times=times))), BLUE)
    place = _plain._LEFT + (RIGHT_OF_PANEL - _plain._LEFT) * 11_111 / 20_000
    peak = min(drawn, key=lambda x: min(drawn[x]) if x < RIGHT_OF_PANEL else 1e9)
    assert abs(peak - place) < 3


def test_matplotlib_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = figure(Line("x", [0.0, 1.0, 2.0]))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    monkeypatch.delitem(sys.modules, "matplotlib.backends.backend_agg", raising=False)
    assert draw(shown) == _plain.draw(shown)


def test_a_legend_names_some_of_many() -> None:
    lines = [Line(str(i), [1.0]) for i in range(25)]
    shown, more = Panel("mm", lines).legend()
    assert (len(shown), more) == (9, 16)
    assert Panel("mm", lines[:10]).legend() == (lines[:10], 0)


def test_matplotlib_draws_where_it_is() -> None:
    shown = figure(Line("x", [0.0, 1.0, 2.0]))
    assert b"matplotlib" in draw(shown).lower()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 10.0, ["0", "2", "4", "6", "8", "10"]),
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.0, 5e9, ["0", "1G", "2G", "3G", "4G", "5G"]),
        (3.2e6, 3.6e6, ["3.2M", "3.3M", "3.4M", "3.5M", "3.6M"]),
        (-1e-6, 1e-6, ["-1.0µ", "-0.5µ", "0", "0.5µ", "1.0µ"]),
        (-20.0, 120.0, ["0", "50", "100"]),
    ],
)
def test_marks_are_round_numbers(low: float, high: float, expected: list[str]) -> None:
    assert _axes.labels(_axes.marks(low, high, 5)) == expected


def test_every_letter_has_strokes_on_the_grid() -> None:
    for letter in map(chr, range(33, 127)):
        strokes = list(_font.strokes(letter))
        assert strokes, letter
        assert every(0 <= x <= 8 and -2 <= y <= 7 for stroke in strokes for x, y in stroke), letter
        assert letter in _font._STROKES
    assert _font.width("ii") < _font.width("mm")
    assert _font.width("") == 0


def test_lines_are_smooth_and_stay_within_the_picture() -> None:
    canvas = Canvas(40, 20)
    canvas.line((-5, -5), (45, 25), (0, 0, 0), 2)
    pixels = decoded(canvas.png())
    shades = {tuple(pixel) for row in pixels.tolist() for pixel in row}
    assert (0, 0, 0) in shades
    assert (255, 255, 255) in shades
    assert len(shades) > 5, "the edges are not smooth"
    assert every(r == g == b for r, g, b in shades)


def test_a_series_writes_its_picture(tmp_path: Path) -> None:
    with alidade.MockReadable(unit="V") as sensor, alidade.MockMovable() as stage:
        series = alidade.record([sensor, (stage, "position")], 0.001, count=5)
    series.write_png(tmp_path / "a.png", "bench")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OSError, match=r"a\.png"):
        series.write_png(tmp_path / "none" / "a.png")
