"""`alidade demo` and `alidade run`: a time series of numbers, as a table and a picture."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Error, ExistsError, NotFoundError
from ..labs import Lab
from ..series import Series
from ..settings import Settings
from ._messages import warn
from ._progress import progress
from ._quantities import Quantity, choose, quantities
from ._series_settings import TABLE, SeriesSettings, series_settings

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
    settings = Settings.load(file)
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
    with closing(Lab.from_settings(settings)) as lab:
        chosen = _open(lab, wanted, settings, file)
        series = Series([quantity.read_as() for quantity in chosen])
        interrupted = _record(series, wanted, table)
    print(f"{table}: {len(series)} rows of {len(chosen)} quantities")
    if wanted.plot and len(series):
        series.write_png(picture, wanted.title)
        print(f"{picture}: the plot")
    for name, error in series.failures.items():
        warn(f"{name} could not always be read; the last time: {error}")
    if interrupted:
        warn("interrupted; what was recorded until then is kept")
        return 130
    return 0 if series.missed < len(series) * len(chosen) else 1


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


def _record(series: Series, wanted: SeriesSettings, table: Path) -> bool:
    """Records until the end or Ctrl-C; whether it was Ctrl-C."""
    begun = time.monotonic()
    with progress(wanted.duration) as display:
        try:
            series.record(
                wanted.interval,
                duration=wanted.duration,
                skip_failures=True,
                csv_file=table,
                progress=lambda done, _: display.update(done, time.monotonic() - begun),
            )
        except KeyboardInterrupt:
            return True
    return False
