"""Time series: rows on a grid of times, kept through failures and interrupts."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest

import alidade
from alidade import CsvFile, MockMovable, MockReadable, Series, record
from alidade.tables import iso_time
from support import every


def table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_rows_have_times_names_and_units() -> None:
    with MockReadable("sensor", value=2.5, unit="V") as sensor, MockMovable("stage") as stage:
        stage.move_abs(3.0)
        series = record([sensor, (stage, "position")], 0.01, count=5)
    assert len(series) == 5
    assert series.names == ["sensor", "stage:position"]
    assert series.units == ["V", "mm"]
    assert series.values.shape == (5, 2)
    assert series.values.dtype == np.float64
    assert every(series.values == [2.5, 3.0])
    assert every(series.column("stage:position") == 3.0)
    assert every(np.diff(series.t_mono_ns) > 0)
    assert every(series.t_wall_ns - series.t_wall_ns[0] == series.t_mono_ns - series.t_mono_ns[0])
    assert series.seconds[0] == 0.0
    assert series.missed == 0
    assert series.failures == {}
    with pytest.raises(alidade.NotFoundError, match="no column 'x'"):
        series.column("x")


def test_rows_keep_to_the_grid() -> None:
    with MockReadable() as sensor:
        series = record([sensor], 0.02, duration=0.2)
    places = series.seconds / 0.02
    # A busy machine may begin a row late, but the next one stands on the grid again.
    assert every(np.diff(np.floor(places + 0.01)) >= 1)
    assert places[-1] < 11


def test_rows_that_would_be_late_are_left_out() -> None:
    with MockReadable(latency=0.05) as sensor:
        series = record([sensor], 0.02, duration=0.3)
    assert 2 <= len(series) <= 6


def test_interval_zero_is_as_fast_as_possible() -> None:
    with MockReadable() as sensor:
        assert len(record([sensor], 0, count=100)) == 100


@pytest.mark.parametrize(
    "given",
    [
        {"interval": -1.0},
        {"interval": math.nan},
        {"interval": 0.1, "count": -1},
        {"interval": 0.1, "duration": -0.1},
        {"interval": 0.1, "duration": math.nan},
    ],
)
def test_times_that_are_none_are_refused(given: dict[str, float]) -> None:
    with MockReadable() as sensor, pytest.raises(alidade.InvalidError, match=r"-|nan"):
        record([sensor], **given)  # type: ignore[arg-type]


def test_quantities_that_give_no_number_are_refused() -> None:
    with pytest.raises(alidade.InvalidError, match="at least one"):
        Series([])
    with MockMovable("stage") as stage:
        with pytest.raises(alidade.UnsupportedError, match="name one of its properties"):
            Series([stage])
        with pytest.raises(alidade.NotFoundError, match="position"):
            Series([(stage, "positon")])
    with (
        alidade.Device("computer", "host") as computer,
        pytest.raises(alidade.InvalidError, match="string"),
    ):
        Series([(computer, "hostname")])


def test_a_reading_that_fails_is_left_empty_or_ends_all(tmp_path: Path) -> None:
    sensor = MockReadable("sensor")
    with MockMovable("stage") as stage:
        series = Series([sensor, (stage, "position")])
        series.record(0, count=1)
        sensor.close()
        with pytest.raises(alidade.ClosedError):
            series.record(0, count=1)
        assert len(series) == 0
        path = tmp_path / "a.csv"
        series.record(0, count=2, skip_failures=True, csv_file=path)
    assert len(series) == 2
    assert every(np.isnan(series.values[:, 0]))
    assert every(series.values[:, 1] == 0.0)
    assert series.missed == 2
    assert list(series.failures) == ["sensor"]
    assert isinstance(series.failures["sensor"], alidade.ClosedError)
    assert [row[2:] for row in table(path)[1:]] == [["", "0.0"], ["", "0.0"]]


def test_rows_are_in_the_file_as_soon_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    seen: list[int] = []

    def look(done: int, rows: int) -> None:
        assert rows == 5
        seen.append(done)
        assert len(table(path)) == 1 + done

    with MockReadable("sensor", unit="V") as sensor:
        series = record([sensor], 0.001, count=5, csv_file=path, progress=look)
    assert seen == [1, 2, 3, 4, 5]
    series.write_csv(tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text() == path.read_text()
    assert not list(tmp_path.glob("*.part"))


def test_each_recording_begins_with_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sensor = MockReadable("sensor", unit="V")
    series = Series([sensor])
    series.read_row()
    for count in (3, 2):
        series.record(0.001, count=count, csv_file=path)
        assert len(series) == count == len(table(path)) - 1
    sensor.close()
    series.record(0.001, count=2, skip_failures=True)
    assert (series.missed, list(series.failures)) == (2, ["sensor"])
    with MockReadable("sensor", unit="V") as other:
        series = Series([other])
        series.record(0.001, count=1)
        assert (series.missed, series.failures) == (0, {})


def test_an_interrupt_keeps_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def interrupt(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with MockReadable() as sensor:
        series = Series([sensor])
        with pytest.raises(KeyboardInterrupt):
            series.record(0.001, csv_file=path, progress=interrupt)
    assert len(series) == 3
    assert len(table(path)) == 4


def test_csv_files(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    begun = alidade.clocks.mono_ns()
    with CsvFile(path, ["a", "b"], ["mm", ""]) as file:
        file.write(begun, [1 / 3, math.nan])
        file.write(begun + 1_500_000_000, [math.inf, -2e-300])
        assert len(table(path)) == 3, "rows wait in the process"
    header, first, second = table(path)
    assert header == ["time [UTC]", "elapsed [s]", "a [mm]", "b [1]"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", first[0])
    assert first[1:] == ["0.000000000", repr(1 / 3), ""]
    assert second[1:] == ["1.500000000", "inf", "-2e-300"]
    assert b"\r" not in path.read_bytes()
    with pytest.raises(OSError, match="none"):
        CsvFile(tmp_path / "none" / "a.csv", [], [])


def test_times_as_text() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00.000000000Z"
    assert iso_time(1_769_864_333_320_395_182) == "2026-01-31T12:58:53.320395182Z"


def test_an_empty_series() -> None:
    with MockReadable("sensor") as sensor:
        series = record([sensor], 0.1, count=0)
    assert len(series) == 0
    assert series.values.shape == (0, 1)
    assert series.seconds.shape == (0,)
    assert repr(series) == "<Series 0 rows of sensor>"
