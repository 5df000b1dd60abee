"""Time series: several quantities read at an interval, with time stamps and units."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from . import errors
from ._numbers import integer, number
from ._waiting import blocking, sleep, until, waits
from .clocks import mono_ns, wall_from_mono
from .op import Op
from .quantities import Column, Quantity, column_of
from .recordings import Output, Recording, Run
from .tables import CsvFile, iso_time

__all__ = ["Quantity", "Series", "record"]


class Series(Recording):
    """A table of numbers with time stamps and units, one row for each time that it was read.

    What was read stays in the table when `record` is stopped or interrupted or fails; `ended` tells
    how it ended. It moves nothing: an axis that is stopped meanwhile does not end it, an emergency
    stop does.

    Example:
        >>> series = Series([sensor, (stage, "position")])
        >>> series.record(interval=0.1, count=20)
        >>> series.write_csv("measured.csv")
    """

    __slots__ = ("_columns", "failures", "missed")
    _columns: list[Column]

    missed: int
    """Number of readings that failed and stand in the table as NaN."""

    failures: dict[str, errors.Error]
    """Last failure of each column that has one, by its name."""

    def __init__(self, quantities: Iterable[Quantity]) -> None:
        """Makes an empty table.

        Args:
            quantities: Readable devices, or pairs of a device and the name of a property, whose
                values are numbers.

        Raises:
            InvalidError: No quantity at all, or a property that is no number.
            NotFoundError: No such property; the message names the nearest.
        """
        self._columns = [column_of(quantity) for quantity in quantities]
        if not self._columns:
            raise errors.InvalidError("a series needs at least one quantity")
        self._make([c.name for c in self._columns], [c.unit for c in self._columns])

    def _empty(self) -> None:
        super()._empty()
        self.missed = 0
        self.failures = {}

    @waits
    def record(
        self,
        interval: float,
        *,
        count: int | None = None,
        duration: float | None = None,
        skip_failures: bool = False,
        csv_file: str | os.PathLike[str] | None = None,
        progress: Callable[[int, int], Any] | None = None,
    ) -> None:
        """Reads all quantities at an interval, into an empty table.

        The devices of a row are read at the same time. What an earlier recording or `read_row` left
        in the table is gone as soon as this one begins; write it before if it is wanted.

        Rows keep to multiples of the interval; one that would begin too late is left out.

        Args:
            interval: Seconds from row to row, 0 for as fast as possible.
            count: Number of rows.
            duration: Seconds; what of `count` and `duration` is reached first ends it. With
                neither it goes on until it is stopped or interrupted.
            skip_failures: Whether a reading that fails becomes NaN, instead of ending all.
            csv_file: A file that gets the rows of this recording as they are read, as `CsvFile`
                writes them; one that is there is replaced.
            progress: Is called after each row with the number of rows done and of all (-1 if
                unknown).

        Raises:
            InvalidError: A negative interval, count or duration, or NaN.
            OSError: The file cannot be written.
            StateError: An emergency stop has ended it, or holds already.
            Error: What reading raised.
        """
        interval = number(interval, "interval")
        duration = None if duration is None else number(duration, "duration")
        count = None if count is None else integer(count, "count")
        rows = _row_count(interval, count, duration)
        devices = [column.device._h for column in self._columns]
        with self._only(), self._recording(devices) as run:
            self._go_on(run, interval, rows, duration, skip_failures, csv_file, progress)

    @waits
    def _go_on(
        self,
        run: Run,
        interval: float,
        rows: int,
        duration: float | None,
        skip_failures: bool,
        csv_file: str | os.PathLike[str] | None,
        progress: Callable[[int, int], Any] | None,
    ) -> None:
        file = None if csv_file is None else CsvFile(csv_file, self.names, self.units)
        self._empty()
        output = Output(self._rows, file)
        try:
            begun, done, step = mono_ns(), 0, 0
            while rows < 0 or done < rows:
                late = max(step * interval, (mono_ns() - begun) / 1e9)
                if duration is not None and late > duration * (1 + 1e-9):
                    break
                await_row = begun + round(step * interval * 1e9) - mono_ns()
                if await_row > 0:
                    until(run.cancel._h, partial(sleep, await_row / 1e9))
                until(run.cancel._h, partial(self.read_row, skip_failures=skip_failures))
                done += 1
                step += 1
                if interval > 0:  # rows that are late already
                    step = max(step, math.ceil((mono_ns() - begun) / 1e9 / interval))
                if file is not None:
                    # Not here: an interrupt would come between a row and the note of it.
                    blocking(output.write)
                if progress is not None:
                    progress(done, rows)
        finally:
            if file is not None:
                blocking(output.close, urgent=True)

    @waits
    def read_row(self, *, skip_failures: bool = False) -> None:
        """Reads all quantities once and appends a row.

        Args:
            skip_failures: Whether a reading that fails becomes NaN.

        Raises:
            Error: What reading raised.
        """
        t_mono_ns = mono_ns()
        ops = [self._start(column, skip_failures) for column in self._columns]
        row = []
        op: Op | None
        for column, op in zip(self._columns, ops):
            value = math.nan
            try:
                if op is not None:
                    value = op.wait()
            except errors.Error as error:
                self._failed(column, error, skip_failures)
            if value != value:
                self.missed += 1
            row.append(value)
        self._rows.append(t_mono_ns, row)

    def _start(self, column: Column, skip_failures: bool) -> Op | None:
        try:
            return column.start()
        except errors.Error as error:
            self._failed(column, error, skip_failures)
            return None

    def _failed(self, column: Column, error: errors.Error, skip: bool) -> None:
        stopped = self._run is not None and self._run.cancel.triggered
        if not skip or (stopped and isinstance(error, errors.CancelledError)):
            raise error
        self.failures[column.name] = error

    def write_png(self, path: str | os.PathLike[str], title: str = "") -> None:
        """Plots the table over time as PNG, a panel for each unit. Needs the package matplotlib.

        Args:
            path: The file; one that is there is replaced.
            title: What stands above, before the time of the first row.

        Raises:
            UnsupportedError: matplotlib is not installed.
            OSError: The file cannot be written.
        """
        from ._plot import Figure, Line, Panel, draw

        panels: dict[str, list[Line]] = {}
        begins, all_numbers = self._rows.times, self._rows.numbers
        for place, column in enumerate(self._columns):
            numbers = all_numbers[place :: len(self._columns)]
            panels.setdefault(column.unit or "1", []).append(Line(column.name, numbers))
        if begins:
            begun = iso_time(wall_from_mono(begins[0]))[:19].replace("T", " ") + " UTC"
            title = f"{title}, {begun}" if title else begun
        times = [(t - begins[0]) / 1e9 for t in begins]
        picture = draw(Figure(title, times, [Panel(unit, found) for unit, found in panels.items()]))
        with open(path, "wb") as file:
            file.write(picture)


@waits
def record(
    quantities: Iterable[Quantity],
    interval: float,
    *,
    count: int | None = None,
    duration: float | None = None,
    skip_failures: bool = False,
    csv_file: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Series:
    """Reads several quantities at an interval into a table; see `Series.record`.

    Args:
        quantities: Readable devices, or pairs of a device and the name of a property.
        interval: Seconds from row to row.
        count: Number of rows.
        duration: Seconds.
        skip_failures: Whether a reading that fails becomes NaN, instead of ending all.
        csv_file: A file that gets the rows as they are read; one that is there is replaced.
        progress: Is called after each row with the number of rows done and of all.

    Returns:
        The table.
    """
    series = Series(quantities)
    series.record(
        interval,
        count=count,
        duration=duration,
        skip_failures=skip_failures,
        csv_file=csv_file,
        progress=progress,
    )
    return series


def _row_count(interval: float, count: int | None, duration: float | None) -> int:
    """Number of rows there will be; -1 if that is unknown."""
    for name, given in (("interval", interval), ("count", count), ("duration", duration)):
        if given is not None and not given >= 0:
            raise errors.InvalidError(f"{name} is {given!r}, expected 0 or more")
    if interval > 0 and duration is not None and math.isfinite(duration):
        rows = math.floor(duration / interval + 1e-9) + 1
        return rows if count is None else min(rows, count)
    return -1 if count is None else count
