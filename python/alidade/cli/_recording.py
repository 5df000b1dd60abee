"""`alidade demo` and `alidade run`: a time series of numbers, as a table and a picture."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Error, ExistsError, NotFoundError
from ..labs import Lab
from ..series import CsvFile, Row, rows
from ..settings import Settings
from ._messages import warn
from ._progress import progress
from ._quantities import Quantity, choose, quantities
from ._series_settings import TABLE, SeriesSettings, series_settings
from .plot import Figure, Line, Panel, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMO = Path(__file__).with_name("computer.toml")


def demo(output: Path, seconds: float | None, interval: float | None) -> int:
    """Records this computer's sensors."""
    return run(DEMO, output, seconds, interval, overwrite=True)


def run(
    file: Path, output: Path, seconds: float | None, interval: float | None, overwrite: bool
) -> int:
    """Records what a file says.

    Args:
        file: TOML with a lab and a table `[series]`.
        output: Folder for what is made.
        seconds: How long, in place of what the file says.
        interval: Seconds from one row to the next, in place of what the file says.
        overwrite: Whether files of the same names are replaced.

    Returns:
        The exit code.
    """
    settings = Settings.load(str(file))
    wanted = series_settings(settings, file)
    wanted = replace(
        wanted,
        duration=wanted.duration if seconds is None else seconds,
        interval=wanted.interval if interval is None else interval,
    )
    output.mkdir(parents=True, exist_ok=True)
    table, picture = output / wanted.csv, output / wanted.plot
    if not overwrite:
        _refuse_existing([table, picture] if wanted.plot else [table])
    with Lab.from_settings(settings) as lab:
        chosen = _open(lab, wanted, settings, file)
        recorded = _Recorded(chosen)
        interrupted = _record(recorded, wanted, table)
    print(f"{table}: {recorded.count} rows of {len(chosen)} quantities")
    if recorded.count and wanted.plot:
        picture.write_bytes(draw(recorded.figure(wanted.title)))
        print(f"{picture}: the plot")
    recorded.tell_failures()
    if interrupted:
        warn("interrupted; what was recorded until then is kept")
        return 130
    return 0 if recorded.has_numbers else 1


def _refuse_existing(files: Sequence[Path]) -> None:
    for path in files:
        if path.exists():
            raise ExistsError(
                f"{path} is there already; choose another folder by --output, or replace it by "
                "--overwrite"
            )


def _open(lab: Lab, wanted: SeriesSettings, settings: Settings, file: Path) -> list[Quantity]:
    """Opens what can be opened, tells what cannot, and finds what to read."""
    absent = {name: why for name, why in lab.open().items() if why is not None}
    for name, why in absent.items():
        warn(f"{name} is absent: {why['message']}")
    known = quantities(lab)
    try:
        chosen, unmatched = choose(wanted.read, known, list(absent))
    except Error as error:
        name = next(n for n in wanted.read if f'"{n}"' in error.message)
        line, column = settings.where(f"{TABLE}.read.{wanted.read.index(name)}")
        error.where = f"{file}:{line}:{column}"
        raise
    if file != DEMO:
        for name in unmatched:
            warn(f'nothing fits "{name}"; it is left out')
    if not chosen:
        line, column = settings.where(f"{TABLE}.read")
        raise NotFoundError(
            "nothing is left to record", domain="settings", where=f"{file}:{line}:{column}"
        )
    return chosen


def _record(recorded: _Recorded, wanted: SeriesSettings, table: Path) -> bool:
    """Records until the end or Ctrl-C; whether it was Ctrl-C."""
    chosen = recorded.quantities
    names, units = [q.name for q in chosen], [q.unit for q in chosen]
    duration = None if math.isinf(wanted.duration) else wanted.duration
    wanted_of = [(q.device, q.property) for q in chosen]
    with closing(CsvFile(table, names, units)) as csv, progress(wanted.duration) as display:
        try:
            for row in rows(wanted_of, interval=wanted.interval, duration=duration):
                csv.write(row)
                recorded.add(row)
                display.update(recorded.count, recorded.times[-1] + wanted.interval)
        except KeyboardInterrupt:
            return True
    return False


class _Recorded:
    """What the plot and the closing words need of the rows."""

    def __init__(self, chosen: Sequence[Quantity]) -> None:
        self.quantities = chosen
        self.times: list[float] = []
        self._values: list[list[float]] = [[] for _ in chosen]
        self._begun = 0
        self._failures: dict[str, tuple[int, str]] = {}

    @property
    def count(self) -> int:
        return len(self.times)

    @property
    def has_numbers(self) -> bool:
        return any(not math.isnan(value) for values in self._values for value in values)

    def add(self, row: Row) -> None:
        if not self.times:
            self._begun = row.t_wall_ns
        self.times.append((row.t_wall_ns - self._begun) / 1e9)
        for values, value in zip(self._values, row.values):
            values.append(value)
        for name, error in row.errors.items():
            self._failures[name] = (self._failures.get(name, (0, ""))[0] + 1, str(error))

    def tell_failures(self) -> None:
        for name, (count, last) in self._failures.items():
            warn(f"{name} could not be read {count} times of {self.count}; the last time: {last}")

    def figure(self, title: str) -> Figure:
        panels: dict[str, list[Line]] = {}
        for quantity, values in zip(self.quantities, self._values):
            panels.setdefault(quantity.unit, []).append(Line(quantity.name, values))
        begun = datetime.fromtimestamp(self._begun / 1e9, timezone.utc)
        return Figure(
            f"{title}, {begun:%Y-%m-%d %H:%M:%S} UTC",
            self.times,
            [Panel(unit, lines) for unit, lines in panels.items()],
        )
