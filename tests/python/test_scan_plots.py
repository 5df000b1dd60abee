"""What scans give to tools that tabulate and draw, and plots that follow them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import alidade
from alidade import MockMovable, MockReadable, Scan, Series
from alidade._plot import scan_figure
from alidade.scans import Point
from support import eventually, every, run_python


@contextmanager
def planned(points: int = 5) -> Iterator[Scan]:
    with (
        MockMovable("stage", velocity=1e6) as stage,
        MockReadable("pm", value=2.5, unit="mW") as meter,
        MockReadable("v", value=1, unit="V") as volts,
    ):
        positions = [x / 10 for x in range(points)]
        yield Scan(stage, positions, [meter, volts, (stage, "velocity")])


def test_columns_by_name_and_records() -> None:
    with planned() as scan:
        scan.record()
    assert scan["pm"].tolist() == [2.5] * 5
    with pytest.raises(KeyError, match="there is no column 'mp'"):
        scan["mp"]
    number: Any = 0
    with pytest.raises(TypeError, match="columns are named"):
        scan[number]
    records = np.asarray(scan)
    assert records.dtype.names == ("stage", "pm", "v", "stage:velocity")
    assert records.shape == (5,)
    assert records["stage"].tolist() == scan["stage"].tolist()
    assert records[2].tolist() == tuple(scan.values[2])
    records["pm"] = 0
    assert scan["pm"].tolist() == [2.5] * 5, "it is a copy"


def test_data_frames() -> None:
    with planned() as scan:
        scan.record()
    frame = scan.to_dataframe()
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == scan.names
    assert frame.to_numpy().tolist() == scan.values.tolist()
    assert str(frame.index.tz) == "UTC"
    assert [t.value for t in frame.index] == scan.t_wall_ns.tolist()
    assert frame.attrs["units"] == {"stage": "mm", "pm": "mW", "v": "V", "stage:velocity": "mm/s"}


def test_a_table_without_rows_is_one() -> None:
    with planned() as scan:
        assert np.asarray(scan).shape == (0,)
        assert len(scan.to_dataframe()) == 0


def test_data_frames_without_pandas_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pandas.py").write_text("raise ImportError('none')")
    out = run_python(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import alidade
        with alidade.MockMovable() as stage:
            scan = alidade.Scan(stage, [1.0], [(stage, "velocity")])
            try:
                scan.to_dataframe()
            except alidade.UnsupportedError as error:
                print(error)
        """
    )
    assert "pip install pandas" in str(out)


def test_a_plot_in_axes_of_somebody_else() -> None:
    mpl.use("Agg")
    from matplotlib import pyplot

    with planned() as scan:
        scan.record()
        found = scan.fit("line", "pm")
    _, axes = pyplot.subplots()
    assert scan.plot(axes, "v") is axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("stage [mm]", "v [V]")
    own = scan.plot(fit=found)
    assert own.get_ylabel() == "pm [mW]"
    texts = [text.get_text() for text in own.get_legend().get_texts()]
    assert any(text.startswith("fit: line\n") and "offset = 2.5" in text for text in texts)
    assert any(" +- " in text for text in texts)
    with pytest.raises(alidade.NotFoundError, match="no column 'w'"):
        scan.plot(axes, "w")
    pyplot.close("all")


def test_figures_have_names_units_parameters_and_the_run_time() -> None:
    with planned() as scan:
        scan.record()
        found = scan.fit("line", "pm")
    figure = scan_figure(scan, "mine", found, "pm", None)
    labels = [panel.label() for panel in figure.panels]
    assert labels == ["pm [mW]", "pm less fit [mW]", "v [V]", "stage:velocity [mm/s]"]
    assert figure.axis == "stage [mm]"
    noted = figure.panels[0].lines[-1].note.splitlines()
    assert {line.split(" = ")[0] for line in noted} == set(found)
    assert every(" +- " in line and line.split()[-1].startswith("mW") for line in noted)
    seconds = (scan.t_mono_ns[-1] - scan.t_mono_ns[0]) / 1e9
    assert figure.title.startswith("mine, 20")
    assert figure.title.endswith(f" UTC, {seconds:.3g} s")


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.png", b"\x89PNG"), ("a", b"\x89PNG"), ("a.pdf", b"%PDF"), ("A.SVG", b"<?xml")],
)
def test_a_file_is_what_its_ending_says(name: str, begin: bytes, tmp_path: Path) -> None:
    with planned() as scan, MockReadable("s") as sensor:
        scan.record()
        series = Series([sensor])
        series.record(0, count=2)
    for table in (scan, series):
        table.write_png(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)


def test_other_endings_are_refused_and_write_nothing(tmp_path: Path) -> None:
    with planned() as scan, MockReadable("s") as sensor:
        for table in (scan, Series([sensor])):
            with pytest.raises(alidade.InvalidError, match=r"as \.xyz; expected .*\.pdf.*\.png"):
                table.write_png(tmp_path / "a.xyz")
    assert not list(tmp_path.iterdir())


def test_a_plot_follows_the_scan() -> None:
    pictures: list[bytes] = []
    with planned(3) as scan:
        scan.record(plot=pictures.append, progress=lambda _: eventually(lambda: bool(pictures), 60))
    assert eventually(lambda: len(pictures) >= 2, 60)
    assert every(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[-1]


def test_drawing_delays_no_point() -> None:
    """Points while pictures are drawn take no longer than as many of a scan without a plot."""
    pictures: list[bytes] = []

    def gap(enough: Callable[[Point], bool], plot: bool | Callable[[bytes], Any]) -> float:
        with MockMovable("stage", velocity=1e6) as stage:
            scan = Scan(stage, [x % 7 for x in range(20_000)], [(stage, "velocity")], settle=0.005)
            scan.record(plot=plot, progress=lambda point: scan.stop() if enough(point) else None)
            return float(np.median(np.diff(scan.t_mono_ns)))

    with_plot = gap(lambda _: len(pictures) >= 3, pictures.append)
    control = gap(lambda point: point.row >= 200, False)
    assert len(pictures) >= 3
    assert with_plot < 2 * control


def test_a_plot_that_fails_costs_nothing_of_the_scan() -> None:
    def fail(picture: bytes) -> None:
        raise ValueError("no screen")

    with planned(3) as scan:
        scan.record(plot=fail)
        assert len(scan) == 3


def test_without_notebook_and_display_a_plot_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with planned() as scan:
        with pytest.raises(alidade.UnsupportedError, match="a notebook or a display"):
            scan.record(plot=True)
        assert len(scan) == 0


def test_an_end_by_an_error_does_not_wait_for_the_picture() -> None:
    held, shown = threading.Event(), threading.Event()

    def hold(_: bytes) -> None:
        shown.set()
        held.wait(60)

    def fail(_: object) -> None:
        assert shown.wait(60)
        raise ZeroDivisionError

    with planned(3) as scan, pytest.raises(ZeroDivisionError):
        scan.record(plot=hold, progress=fail)
    assert not held.is_set(), "the picture is held back still"
    held.set()
