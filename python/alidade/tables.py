"""Tables of numbers with time stamps and units, in memory and as CSV."""

from __future__ import annotations

import array
import os
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from . import errors
from ._closing import Closable
from ._numbers import integer
from ._unsplit import together
from .clocks import wall_from_mono

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CsvFile", "Table"]


class Rows:
    """Rows of one recording: their times and, row after row, their numbers.

    A recording keeps its own, so that a row that is written late, after an interrupt has ended the
    wait for it, gets into no later one.
    """

    __slots__ = ("_columns", "numbers", "times")

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.times = array.array("q")
        self.numbers = array.array("d")

    def append(self, t_mono_ns: int, numbers: Iterable[float]) -> None:
        """Adds a row; no interrupt leaves half of it."""
        row = array.array("d", numbers)
        together(partial(self.times.append, t_mono_ns), partial(self.numbers.extend, row))

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, row: int) -> tuple[int, Sequence[float]]:
        at = row * self._columns
        return self.times[row], self.numbers[at : at + self._columns]


class Table:
    """Rows of numbers, each with the time when it was begun; what series and scans are."""

    __slots__ = ("_names", "_rows", "_units")
    _names: list[str]
    _units: list[str]
    _rows: Rows

    def _make(self, names: Iterable[str], units: Iterable[str]) -> None:
        """Makes it, without rows."""
        self._names, self._units = list(names), list(units)
        self._empty()

    def _empty(self) -> None:
        """Takes all rows away."""
        self._rows = Rows(len(self._names))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def names(self) -> list[str]:
        """Name of each column."""
        return list(self._names)

    @property
    def units(self) -> list[str]:
        """UCUM unit of each column."""
        return list(self._units)

    @property
    def t_mono_ns(self) -> np.ndarray[Any, Any]:
        """Times at which the rows were begun, on the monotonic clock: int64 ns, shape (rows,)."""
        import numpy as np

        return np.array(self._rows.times, np.int64)

    @property
    def t_wall_ns(self) -> np.ndarray[Any, Any]:
        """Times at which the rows were begun, UTC: int64 ns since 1970, shape (rows,)."""
        import numpy as np

        return np.array([wall_from_mono(t) for t in self._rows.times], np.int64)

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

        rows = self._rows
        return np.array(rows.numbers).reshape(len(rows), len(self._names))

    def column(self, name: str) -> np.ndarray[Any, Any]:
        """Returns a column by its name: float64, shape (rows,).

        Raises:
            NotFoundError: No such column.
        """
        if name not in self._names:
            raise errors.NotFoundError(
                f"there is no column {name!r}, only {', '.join(self._names)}"
            )
        return self.values[:, self._names.index(name)]

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the table as `CsvFile` does.

        Args:
            path: The file; one that is there is replaced when all is written.

        Raises:
            OSError: The file cannot be written.
        """
        temporary = f"{os.fspath(path)}.part"
        with CsvFile(temporary, self._names, self._units) as file:
            file.catch_up(self._rows)
        os.replace(temporary, path)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {len(self)} rows of {', '.join(self._names)}>"


class CsvFile(Closable):
    """A table as CSV (UTF-8) that gets row after row: what is written survives the program's end.

    The first two columns are the time as UTC (ISO 8601) and as seconds since the first row; units
    stand in brackets in the header: "stage:position [mm]". Missing numbers are empty.
    """

    __slots__ = ("_begun", "_file", "_writer", "rows")

    rows: int
    """Number of rows that have been written."""

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
        self.rows = 0
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
        row = [
            iso_time(wall_from_mono(t_mono_ns)),
            f"{(t_mono_ns - self._begun) / 1e9:.9f}",
            *("" if x != x else repr(x) for x in numbers),
        ]
        self._writer.writerow(row)
        self.rows += 1

    def catch_up(self, rows: Rows) -> None:
        """Adds the rows that it has not got yet.

        Args:
            rows: Rows of the table; the first ones are those that were written already.

        Raises:
            OSError: The disk is full.
        """
        for row in range(self.rows, len(rows)):
            self.write(*rows[row])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def iso_time(t_wall_ns: int) -> str:
    """UTC in nanoseconds since 1970 as text: "2026-01-02T03:04:05.000000006Z"."""
    import time

    seconds, nanoseconds = divmod(integer(t_wall_ns, "t_wall_ns"), 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09d}Z"
