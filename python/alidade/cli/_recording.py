"""A time series of numbers, as a table and a picture."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .._beside import path_beside
from ..errors import Error, NotFoundError
from ..labs import Lab
from ..series import Series
from ._demos import DEMOS
from ._ending import ENDED, exit_code
from ._messages import warn
from ._opening import open_lab
from ._plots import drawable
from ._progress import progress
from ._quantities import Quantity, choose, quantities
from ._series_settings import TABLE, SeriesSettings, series_settings
from ._settings import place

if TYPE_CHECKING:
    from ..settings import Settings
    from ._experiments import RunOptions


def run(settings: Settings, file: Path, options: RunOptions) -> int:
    """Carries out a table `[series]`; see `_experiments.run`."""
    wanted = series_settings(settings, file)
    wanted = replace(
        wanted,
        duration=wanted.duration if options.seconds is None else options.seconds,
        interval=wanted.interval if options.interval is None else options.interval,
    )
    wanted = replace(wanted, plot=drawable(wanted.plot))
    options.files([wanted.csv, path_beside(wanted.csv).name, wanted.plot])
    table, picture = options.output / wanted.csv, options.output / wanted.plot
    with closing(Lab.from_settings(settings)) as lab:
        chosen = planned(lab, open_lab(lab), wanted, settings, file)
        series = Series([quantity.read_as() for quantity in chosen])
        ended = _record(series, wanted, table)
    print(f"{table}: {len(series)} rows of {len(chosen)} quantities")
    if wanted.plot and len(series):
        series.write_png(picture, wanted.title)
        print(f"{picture}: the plot")
    for name, error in series.failures.items():
        warn(f"{name} could not always be read; the last time: {error}")
    if ended:
        warn("interrupted; what was recorded until then is kept")
        return ended
    return 0 if series.missed < len(series) * len(chosen) else 1


def planned(
    lab: Lab, absent: Mapping[str, str], wanted: SeriesSettings, settings: Settings, file: Path
) -> list[Quantity]:
    """Finds what to read in a lab that is open."""
    known = quantities(lab)
    try:
        chosen, unmatched = choose(wanted.read, known, list(absent))
    except Error as error:
        name = next(n for n in wanted.read if f'"{n}"' in error.message)
        error.where = place(settings, file, f"{TABLE}.read.{wanted.read.index(name)}")
        raise
    if file not in DEMOS.values():
        for name in unmatched:
            warn(f'nothing fits "{name}"; it is left out')
    if not chosen:
        raise NotFoundError(
            "nothing is left to record",
            domain="settings",
            where=place(settings, file, f"{TABLE}.read"),
        )
    return chosen


def _record(series: Series, wanted: SeriesSettings, table: Path) -> int:
    """Records until the end or a signal; the signal's exit code, or 0."""
    begun = time.monotonic()
    with progress("recording", wanted.duration) as display:

        def show(rows: int, _: int) -> None:
            seconds = time.monotonic() - begun
            so_far = f", {seconds:.1f} s" if math.isinf(wanted.duration) else ""
            display.update(seconds, f"{rows} rows{so_far}")

        try:
            series.record(
                wanted.interval,
                duration=wanted.duration,
                skip_failures=True,
                csv_file=table,
                progress=show,
            )
        except ENDED as ended:
            return exit_code(ended)
        except Exception:
            if len(series):
                warn(f"{table}: the {len(series)} rows until then are kept")
            raise
    return 0
