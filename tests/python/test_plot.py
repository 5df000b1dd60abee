"""Plots, by matplotlib; and what there is without it."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

import alidade
from alidade._plot import Figure, Line, Panel, _matplotlib, draw, scan_figure
from command import MOCKS, absent, run, table

BLUE = (0x1F, 0x77, 0xB4)  # matplotlib's first colour


def figure(*lines: Line, times: list[float] | None = None) -> Figure:
    return Figure("a title", [0.0, 1.0, 2.0] if times is None else times, [Panel("mm", lines)])


def decoded(png: bytes) -> Any:
    """The pixels of a picture, (height, width, 3) uint8."""
    return np.round(imread(io.BytesIO(png))[:, :, :3] * 255).astype(np.uint8)


def columns_of(png: bytes, color: tuple[int, int, int]) -> dict[int, list[int]]:
    """Heights of the pixels of a color, by column."""
    found: dict[int, list[int]] = {}
    for y, x in np.argwhere((decoded(png) == color).all(axis=2)).tolist():
        found.setdefault(x, []).append(y)
    return found


def panel_of(png: bytes) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of the frame of a panel: the longest black lines."""
    black = (decoded(png) == (0, 0, 0)).all(axis=2)
    (rows,) = np.nonzero(black.sum(axis=1) > 0.5 * black.shape[1])
    (columns,) = np.nonzero(black[rows[0] : rows[-1]].all(axis=0))
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def test_a_rising_line_rises_over_the_panel() -> None:
    png = draw(figure(Line("x", [0.0, 1.0, 2.0])))
    left, right, top, bottom = panel_of(png)
    drawn = columns_of(png, BLUE)
    inside = {x: ys for x, ys in drawn.items() if left < x < right}
    assert max(inside) - min(inside) > 0.8 * (right - left)
    means = [sum(ys) / len(ys) for _, ys in sorted(inside.items())]
    assert means[0] - means[-1] > 0.8 * (bottom - top)
    middle = len(means) // 2
    assert means[0] > means[middle] > means[-1]
    assert any(x > right for x in drawn), "the legend has no line"


def test_points_are_not_joined_and_have_bars() -> None:
    values, errors = [1.0, 2.0, 3.0], [0.0, 0.0, 1.0]
    plain = draw(figure(Line("x", values, points=True)))
    left, right, _, _ = panel_of(plain)
    places = [x for x in columns_of(plain, BLUE) if left < x < right]
    assert 3 <= len(places) < 40, "the points are joined"
    barred = draw(figure(Line("x", values, points=True, errors=errors)))
    left, right, top, bottom = panel_of(barred)
    heights = {
        x: max(ys) - min(ys) for x, ys in columns_of(barred, BLUE).items() if left < x < right
    }
    last = (left + right) / 2 + 0.25 * (right - left)
    assert max(h for x, h in heights.items() if x > last) > 0.3 * (bottom - top)
    assert max(h for x, h in heights.items() if x < last) < 0.1 * (bottom - top)


def test_a_line_has_places_of_its_own() -> None:
    both = Line("y", [0.0, 1.0, 2.0]), Line("x", [0.0, 1.0], places=[1.0, 2.0])
    (axes,) = _matplotlib.drawing(figure(*both)).axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[0.0, 1.0, 2.0], [1.0, 2.0]]


def test_a_gap_is_left_where_a_value_is_missing() -> None:
    values = [1.0, 2.0, math.nan, math.nan, 2.0, 1.0]
    png = draw(figure(Line("x", values), times=[*range(6)]))
    left, right, _, _ = panel_of(png)
    drawn = [(x - left) / (right - left) for x in columns_of(png, BLUE) if left < x < right]
    assert not [x for x in drawn if 0.3 < x < 0.7]
    assert [x for x in drawn if x < 0.2]
    assert [x for x in drawn if x > 0.8]


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
        Figure(r"$\nothing$", [0.0], [Panel(r"$\mm$", [Line(r"$\x_", [1.0])])], r"$\over$"),
        figure(Line("_hidden", [1.0, 2.0, 3.0])),
    ],
)  # fmt: skip
def test_whatever_is_shown_gives_a_picture(shown: Figure) -> None:
    assert len(decoded(draw(shown))) > 100


def test_many_points_keep_their_extremes() -> None:
    values = [0.0] * 20_000
    values[11_111] = 1.0
    png = draw(figure(Line("x", values), times=[i / 1000 for i in range(20_000)]))
    left, right, top, bottom = panel_of(png)
    dark = (decoded(png)[top + 1 : bottom, left + 1 : right] < 200).any(axis=2)
    peak = np.flatnonzero(dark[: len(dark) // 2].any(axis=0))  # the grid is lighter
    margin = 1 / 22  # matplotlib's, on each side of what is drawn
    place = (right - left) * (margin + (1 - 2 * margin) * 11_111 / 20_000)
    assert len(peak) < 5
    assert abs(peak.mean() - place) < 5


def test_a_legend_names_some_of_many() -> None:
    lines = [Line(str(i), [1.0]) for i in range(25)]
    shown, more = Panel("mm", lines).legend()
    assert (len(shown), more) == (9, 16)
    assert Panel("mm", lines[:10]).legend() == (lines[:10], 0)
    (axes,) = _matplotlib.drawing(figure(*lines, times=[0.0])).axes
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [str(i) for i in range(9)]
    assert legend.get_title().get_text() == "and 16 more"


def test_a_panel_for_each_unit_over_one_axis() -> None:
    panels = [Panel("mm", [Line("x", [1.0, 2.0])]), Panel("V", [Line("y", [3.0, 4.0])])]
    drawn = _matplotlib.drawing(Figure("both", [0.0, 1.0], panels, "place [um]"))
    assert [axes.get_ylabel() for axes in drawn.axes] == ["mm", "V"]
    assert [axes.get_xlabel() for axes in drawn.axes] == ["", "place [um]"]
    assert drawn.get_suptitle() == "both"
    (line,) = drawn.axes[1].lines
    assert line.get_ydata().tolist() == [3.0, 4.0]


def test_no_figure_is_kept_and_no_backend_chosen() -> None:
    program = """
import sys
from alidade._plot import Figure, draw
draw(Figure("x", [], []))
assert "matplotlib" in sys.modules
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_package_is_imported_without_matplotlib() -> None:
    program = """
import sys, alidade, alidade.aio, alidade.cli
alidade.Series, alidade.Scan
import alidade.cli._scanning, alidade.cli._recording
assert "matplotlib" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_series_writes_its_picture(tmp_path: Path) -> None:
    with alidade.MockReadable(unit="V") as sensor, alidade.MockMovable() as stage:
        series = alidade.record([sensor, (stage, "position")], 0.001, count=5)
    series.write_png(tmp_path / "a.png", "bench")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OSError, match=r"a\.png"):
        series.write_png(tmp_path / "none" / "a.png")


@pytest.fixture
def without(tmp_path: Path) -> dict[str, str]:
    return absent("matplotlib", tmp_path / "absent")


def test_plots_without_matplotlib_are_refused_with_what_to_do(without: dict[str, str]) -> None:
    program = """
import alidade
with alidade.MockReadable() as sensor, alidade.MockMovable() as stage:
    series = alidade.record([sensor], 0.001, count=2)
    scan = alidade.Scan(stage, [0.0, 1.0], [sensor])
    scan.record()
for table in (series, scan):
    try:
        table.write_png("a.png")
    except alidade.UnsupportedError as error:
        print(error.message)
import os
assert not os.path.exists("a.png")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **without}, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.stdout == 2 * (
        "plots need the package matplotlib; `pip install alidade[cli]` brings it\n"
    )


SERIES = MOCKS + '[series]\nread = ["sensor"]\nduration = 0.05\ninterval = 0.01\n'
SCAN = MOCKS + '[scan]\naxis = "stage"\npositions = [1, 2, 3]\nread = ["sensor"]\n'


@pytest.mark.parametrize("text", [SERIES, SCAN])
def test_the_command_without_matplotlib_writes_its_table(
    text: str, tmp_path: Path, without: dict[str, str]
) -> None:
    file = tmp_path / "bench.toml"
    file.write_text(text)
    made = tmp_path / "made"
    ended = run("run", file, "--output", made, **without)
    assert ended.returncode == 0, ended
    assert "bench.png will not be drawn" in ended.stderr
    assert "`pip install alidade[cli]`" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert sorted(path.name for path in made.iterdir()) == ["bench.csv", "bench.json"]
    assert len(table(made / "bench.csv")[1]) >= 3
    assert "the plot" not in ended.stdout
    file.write_text(text + 'plot = ""\n')  # nothing to tell of
    silent = run("run", file, "--output", tmp_path / "silent", **without)
    assert "matplotlib" not in silent.stderr


def test_the_demo_without_matplotlib_fits_its_table(
    tmp_path: Path, without: dict[str, str]
) -> None:
    ended = run("demo", "--points", "7", "--output", tmp_path / "made", **without)
    assert ended.returncode == 0, ended
    assert "alidade[cli]" in ended.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "malus.csv", "malus.json", "malus.tiff",
    ]  # fmt: skip
    assert "the bench has" in ended.stdout


def test_the_curve_of_a_fit_and_what_remains() -> None:
    with alidade.MockMovable("stage") as stage, alidade.MockReadable("s", value=3) as sensor:
        scan = alidade.Scan(stage, [0.0, 1.0, 2.0, 3.0], [sensor])
        scan.record()
    found = scan.fit("line", sigma=0.5)
    shown = scan_figure(scan, "a scan", found, "s", 0.5)
    assert [line.label for panel in shown.panels for line in panel.lines] == [
        "s", "fit: line", "s less fit",
    ]  # fmt: skip
    rest = shown.panels[1].lines[0]
    assert rest.errors == [0.5] * 4
    assert rest.values == pytest.approx([0] * 4, abs=1e-9)
