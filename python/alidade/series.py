"""Time series: several quantities read at an interval, with time stamps and units."""

from __future__ import annotations

import array
import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from . import errors
from ._closing import Closable
from ._constants import Type
from ._waiting import sleep, waits
from .clocks import mono_ns, wall_from_mono
from .devices import Device
from .op import Op
from .readables import Readable

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CsvFile", "Quantity", "Series", "record"]

Quantity = Union[Readable, "tuple[Device, str]"]
"""What a series reads: a readable device, or a device and the name of a property."""


class _Column(NamedTuple):
    name: str
    unit: str
    device: Any  # a Device, or its twin of alidade.aio: both start what they are asked
    property: str | None


_NUMBERS = (Type.DOUBLE, Type.INT, Type.BOOL)


def _column(quantity: Quantity) -> _Column:
    if isinstance(quantity, Readable):
        return _Column(quantity.path, quantity.unit, quantity, None)
    if isinstance(quantity, Device):
        raise errors.UnsupportedError(
            f"{quantity.path!r} is not readable; name one of its properties: (device, "
            f"{next(iter(quantity.properties), 'name')!r})"
        )
    device, name = quantity
    schema = device.schema(name)
    if schema.type not in _NUMBERS:
        raise errors.InvalidError(
            f"{device.path}:{name} is a {schema.type.name.lower()}, expected a number"
        )
    return _Column(f"{device.path}:{name}", schema.unit, device, name)


class Series:
    """A table of numbers with time stamps and units, one row for each time that it was read.

    What was read stays in the table when `record` is interrupted or fails.

    Example:
        >>> series = Series([sensor, (stage, "position")])
        >>> series.record(interval=0.1, count=20)
        >>> series.write_csv("measured.csv")
    """

    __slots__ = ("_columns", "_numbers", "_times", "failures", "missed")
    _columns: list[_Column]

    missed: int
    """How many readings failed and stand in the table as NaN."""

    failures: dict[str, errors.Error]
    """Why a reading failed the last time, by the name of its column."""

    def __init__(self, quantities: Iterable[Quantity]) -> None:
        """Makes an empty table.

        Args:
            quantities: Readable devices, or pairs of a device and the name of a property, whose
                values are numbers.

        Raises:
            InvalidError: No quantity at all, or a property that is no number.
            NotFoundError: No such property; the message names the nearest.
        """
        self._columns = [_column(quantity) for quantity in quantities]
        if not self._columns:
            raise errors.InvalidError("a series needs at least one quantity")
        self._times = array.array("q")
        self._numbers = array.array("d")
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
        """Reads all quantities at an interval; the devices of a row at the same time.

        Rows keep to multiples of the interval; one that would begin too late is left out.

        Args:
            interval: Seconds from row to row, 0 for as fast as possible.
            count: Number of rows.
            duration: Seconds; what of `count` and `duration` is reached first ends it. With
                neither it goes on until it is interrupted.
            skip_failures: Whether a reading that fails becomes NaN, instead of ending all.
            csv_file: A file that gets the rows of this recording as they are read, as `CsvFile`
                writes them; one that is there is replaced.
            progress: Is called after each row with the number of rows done and of all (-1 if
                unknown).

        Raises:
            InvalidError: A negative interval, count or duration, or NaN.
            OSError: The file cannot be written.
            Error: What reading raised.
        """
        rows = _rows(interval, count, duration)
        file = None if csv_file is None else CsvFile(csv_file, self.names, self.units)
        try:
            begun, done, step = mono_ns(), 0, 0
            while rows < 0 or done < rows:
                late = max(step * interval, (mono_ns() - begun) / 1e9)
                if duration is not None and late > duration * (1 + 1e-9):
                    break
                await_row = begun + round(step * interval * 1e9) - mono_ns()
                if await_row > 0:
                    sleep(await_row / 1e9)
                self.read_row(skip_failures=skip_failures)
                done += 1
                step += 1
                if interval > 0:  # rows that are late already
                    step = max(step, math.ceil((mono_ns() - begun) / 1e9 / interval))
                if file is not None:
                    file.write(*self._row(-1))
                if progress is not None:
                    progress(done, rows)
        finally:
            if file is not None:
                file.close()

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
            number = math.nan
            try:
                if op is not None:
                    number = op.wait()
            except errors.Error as error:
                self._failed(column, error, skip_failures)
            if number != number:
                self.missed += 1
            row.append(number)
        self._times.append(t_mono_ns)
        self._numbers.extend(row)

    def _start(self, column: _Column, skip_failures: bool) -> Op | None:
        try:
            if column.property is not None:
                return column.device.start_get(column.property)  # type: ignore[no-any-return]
            return column.device.start_read()  # type: ignore[no-any-return]
        except errors.Error as error:
            self._failed(column, error, skip_failures)
            return None

    def _failed(self, column: _Column, error: errors.Error, skip: bool) -> None:
        if not skip:
            raise error
        self.failures[column.name] = error

    def __len__(self) -> int:
        return len(self._times)

    @property
    def names(self) -> list[str]:
        """Name of each column: "path" of a readable device, or "path:property"."""
        return [column.name for column in self._columns]

    @property
    def units(self) -> list[str]:
        """UCUM unit of each column."""
        return [column.unit for column in self._columns]

    @property
    def t_mono_ns(self) -> np.ndarray[Any, Any]:
        """When each row was begun, on the monotonic clock: int64 nanoseconds, shape (rows,)."""
        import numpy as np

        return np.array(self._times, np.int64)

    @property
    def t_wall_ns(self) -> np.ndarray[Any, Any]:
        """When each row was begun, UTC: int64 nanoseconds since 1970, shape (rows,)."""
        import numpy as np

        return np.array([wall_from_mono(t) for t in self._times], np.int64)

    @property
    def seconds(self) -> np.ndarray[Any, Any]:
        """Seconds since the first row: float64, shape (rows,)."""
        times = self.t_mono_ns
        seconds: np.ndarray[Any, Any] = (times - times[:1]) / 1e9
        return seconds

    @property
    def values(self) -> np.ndarray[Any, Any]:
        """The numbers, each column in its unit: float64, shape (rows, columns)."""
        import numpy as np

        return np.array(self._numbers).reshape(len(self._times), len(self._columns))

    def column(self, name: str) -> np.ndarray[Any, Any]:
        """One column by its name: float64, shape (rows,).

        Raises:
            NotFoundError: No such column.
        """
        if name not in self.names:
            raise errors.NotFoundError(f"there is no column {name!r}, only {', '.join(self.names)}")
        return self.values[:, self.names.index(name)]

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the table as `CsvFile` does.

        Args:
            path: The file; one that is there is replaced when all is written.

        Raises:
            OSError: The file cannot be written.
        """
        temporary = f"{os.fspath(path)}.part"
        with CsvFile(temporary, self.names, self.units) as file:
            for row in range(len(self)):
                file.write(*self._row(row))
        os.replace(temporary, path)

    def write_png(self, path: str | os.PathLike[str], title: str = "") -> None:
        """Plots the table over time as PNG, a panel for each unit, by matplotlib if it is there.

        Args:
            path: The file; one that is there is replaced.
            title: What stands above, before the time of the first row.

        Raises:
            OSError: The file cannot be written.
        """
        from ._plot import Figure, Line, Panel, draw

        panels: dict[str, list[Line]] = {}
        for place, column in enumerate(self._columns):
            numbers = self._numbers[place :: len(self._columns)]
            panels.setdefault(column.unit or "1", []).append(Line(column.name, numbers))
        if self._times:
            begun = iso_time(wall_from_mono(self._times[0]))[:19].replace("T", " ") + " UTC"
            title = f"{title}, {begun}" if title else begun
        times = [(t - self._times[0]) / 1e9 for t in self._times]
        picture = draw(Figure(title, times, [Panel(unit, found) for unit, found in panels.items()]))
        with open(path, "wb") as file:
            file.write(picture)

    def _row(self, row: int) -> tuple[int, Sequence[float]]:
        columns = len(self._columns)
        at = (row % len(self)) * columns
        return self._times[row], self._numbers[at : at + columns]

    def __repr__(self) -> str:
        return f"<Series {len(self)} rows of {', '.join(self.names)}>"


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


class CsvFile(Closable):
    """A table as CSV (UTF-8) that gets row after row: what is written survives the program's end.

    The first two columns are the time as UTC (ISO 8601) and as seconds since the first row; units
    stand in brackets in the header: "stage:position [mm]". Missing numbers are empty.
    """

    __slots__ = ("_begun", "_file", "_writer")

    def __init__(
        self, path: str | os.PathLike[str], names: Iterable[str], units: Iterable[str]
    ) -> None:
        """Opens a file and writes its header; what was in it is gone.

        Args:
            path: The file.
            names: Name of each column.
            units: UCUM unit of each column.

        Raises:
            OSError: The file cannot be written.
        """
        import csv

        # Buffered by the line: the operating system has a row when `write` returns.
        self._file = open(path, "w", 1, "utf-8", newline="")  # noqa: SIM115 - close() closes it
        # Not the line ends of RFC 4180, CR LF: tools that work by the line would keep the CR.
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._begun: int | None = None
        titles = (f"{name} [{unit or 1}]" for name, unit in zip(names, units))
        self._writer.writerow(["time [UTC]", "elapsed [s]", *titles])

    def write(self, t_mono_ns: int, numbers: Iterable[float]) -> None:
        """Adds a row.

        Args:
            t_mono_ns: When it was begun, on the monotonic clock, in nanoseconds.
            numbers: One for each column, NaN for none.

        Raises:
            OSError: The disk is full.
        """
        if self._begun is None:
            self._begun = t_mono_ns
        self._writer.writerow(
            [
                iso_time(wall_from_mono(t_mono_ns)),
                f"{(t_mono_ns - self._begun) / 1e9:.9f}",
                *("" if x != x else repr(x) for x in numbers),
            ]
        )

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def iso_time(t_wall_ns: int) -> str:
    """UTC in nanoseconds since 1970 as text: "2026-01-02T03:04:05.000000006Z"."""
    import time

    seconds, nanoseconds = divmod(t_wall_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09d}Z"


def _rows(interval: float, count: int | None, duration: float | None) -> int:
    """How many rows there will be; -1 if that is unknown."""
    for name, number in (("interval", interval), ("count", count), ("duration", duration)):
        if number is not None and not number >= 0:
            raise errors.InvalidError(f"{name} is {number!r}, expected 0 or more")
    if interval > 0 and duration is not None and math.isfinite(duration):
        rows = math.floor(duration / interval + 1e-9) + 1
        return rows if count is None else min(rows, count)
    return -1 if count is None else count
