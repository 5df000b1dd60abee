"""A scan: moves, measures, fits, and writes a table, a stack of frames and a picture."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .._beside import path_beside
from ..cameras import Camera
from ..errors import Error, NotFoundError
from ..labs import Lab
from ..movables import Movable
from ..scans import Point, Scan
from ._demos import DEMOS
from ._ending import ENDED, current, exit_code, noted_code
from ._fits import report
from ._messages import warn
from ._opening import open_lab
from ._plots import drawable
from ._progress import progress
from ._quantities import choose, quantities
from ._scan_settings import FIT, TABLE, FitSettings, ScanSettings, scan_settings
from ._settings import place
from ._truth import truth

if TYPE_CHECKING:
    from ..fit import Fit
    from ..settings import Settings
    from ._experiments import RunOptions

T = TypeVar("T")


def run(settings: Settings, file: Path, options: RunOptions) -> int:
    """Carries out a table `[scan]`; see `_experiments.run`."""
    wanted = scan_settings(settings, file, options.points)
    if wanted.frames and file in DEMOS.values() and find_spec("tifffile") is None:
        # A wheel at hand is enough for a first measurement.
        warn("frames are not written: TIFF files need tifffile, `pip install alidade[cli]`")
        wanted = replace(wanted, frames="")
    wanted = replace(wanted, plot=drawable(wanted.plot))
    options.files([wanted.csv, path_beside(wanted.csv).name, wanted.frames, wanted.plot])
    with closing(Lab.from_settings(settings)) as lab:
        absent = open_lab(lab)
        _set_before(lab, absent, wanted, settings, file)
        scan = planned(lab, absent, wanted, settings, file)
        ending = current()
        try:
            ended = _measure(scan, wanted, options.output)
        finally:
            ending.held = True  # an assignment: no signal comes between it and the measurement
            _leave_safe(lab)
            ending.held = False
        ended = ended or noted_code(ending)
        # Show true values for the package's own experiments alone: of others they are not known.
        true = truth(lab.bench, wanted.fit.model) if wanted.fit and file in DEMOS.values() else {}
    print(f"{options.output / wanted.csv}: {len(scan)} rows of {', '.join(scan.names)}")
    if wanted.frames:
        print(f"{options.output / wanted.frames}: {len(scan)} frames")
    fit = failed = None
    if wanted.fit is not None and not ended:
        fit, failed = _fitted(scan, wanted.fit, wanted, settings, file)
    if wanted.plot and len(scan):
        y, sigma = (wanted.fit.y, wanted.fit.sigma(wanted.averages)) if wanted.fit else (None, None)
        scan.write_png(options.output / wanted.plot, wanted.title, fit, y, sigma)
        print(f"{options.output / wanted.plot}: the plot")
    if failed is not None:
        raise failed
    if fit is not None:
        report(fit, scan, wanted, true)
    if ended:
        warn("interrupted; what was measured until then is kept")
        return ended
    return 0


def _finder(
    absent: Mapping[str, str], settings: Settings, file: Path
) -> Callable[[str, str, Callable[[], T]], T]:
    """Makes a function that finds something, and adds the place in the file to its errors."""

    def found(key: str, path: str, find: Callable[[], T]) -> T:
        try:
            why = absent.get(path.partition("/")[0])
            if why is not None:
                raise NotFoundError(f"{path} is absent: {why}", domain="settings")
            return find()
        except Error as error:
            error.where = place(settings, file, key)
            raise

    return found


def _set_before(
    lab: Lab, absent: Mapping[str, str], wanted: ScanSettings, settings: Settings, file: Path
) -> None:
    found = _finder(absent, settings, file)
    for name, value in wanted.set.items():
        path, _, key = name.partition(":")
        found(f'{TABLE}.set."{name}"', path, lambda: lab[path].set(key, value))  # noqa: B023 - at once


def check_set(
    lab: Lab, absent: Mapping[str, str], wanted: ScanSettings, settings: Settings, file: Path
) -> None:
    """Checks that what is to be set before can be set; nothing is sent."""
    found = _finder(absent, settings, file)
    for name, value in wanted.set.items():
        preset = {"before": {name: value}}
        found(f'{TABLE}.set."{name}"', name.partition(":")[0],
              lambda: lab.set_group(f"{TABLE}.set", preset))  # noqa: B023 - at once  # fmt: skip


def planned(
    lab: Lab, absent: Mapping[str, str], wanted: ScanSettings, settings: Settings, file: Path
) -> Scan:
    """Finds what moves and what is read in a lab that is open."""
    found = _finder(absent, settings, file)
    axis = found(f"{TABLE}.axis", wanted.axis, lambda: lab.device(wanted.axis, Movable))
    known = quantities(lab)
    read = []
    for i, name in enumerate(wanted.read):
        choice = found(f"{TABLE}.read.{i}", name, partial(choose, [name], known, []))
        read += choice.chosen
        if choice.unmatched:
            warn(f'nothing fits "{name}"; it is left out')
    camera = None
    if wanted.camera:
        camera = found(f"{TABLE}.camera", wanted.camera, lambda: lab.device(wanted.camera, Camera))
    scan = found(
        TABLE,
        wanted.axis,
        lambda: Scan(
            axis,
            wanted.positions,
            [quantity.read_as() for quantity in read],
            unit=wanted.unit,
            settle=wanted.settle,
            averages=wanted.averages,
            camera=camera,
        ),
    )
    _check_fit(scan, wanted, settings, file)
    return scan


def _check_fit(scan: Scan, wanted: ScanSettings, settings: Settings, file: Path) -> None:
    """Checks that what is fitted is there, before anything moves."""
    if wanted.fit is None:
        return
    for key, name in (("x", wanted.fit.x), ("y", wanted.fit.y)):
        if name is not None and name not in scan.names:
            nearest = difflib.get_close_matches(name, scan.names, n=1, cutoff=0.5)
            hint = f'did you mean "{nearest[0]}"?' if nearest else f"have {', '.join(scan.names)}"
            raise NotFoundError(
                f'the scan has no column "{name}"; {hint}',
                domain="settings",
                where=place(settings, file, f"{FIT}.{key}"),
            )


def _measure(scan: Scan, wanted: ScanSettings, output: Path) -> int:
    """Measures until the end or a signal; the signal's exit code, or 0."""
    with progress("measuring", len(wanted.positions)) as display:

        def show(point: Point) -> None:
            display.update(point.row + 1, f"point {point.row + 1} of {point.rows}")

        try:
            scan.record(
                csv_file=output / wanted.csv,
                frames_file=output / wanted.frames if wanted.frames else None,
                progress=show,
            )
        except ENDED as ended:
            return exit_code(ended)
        except Exception:
            if len(scan):
                warn(f"{output / wanted.csv}: the {len(scan)} rows until then are kept")
            raise
    return 0


def _leave_safe(lab: Lab) -> None:
    """However a scan ended; a failure here hides none of its own."""
    try:
        for step in lab.safe_state():
            warn(f"left out of the safe state, since an emergency stop holds: {step}")
    except Error as error:
        warn(f"not everything could be brought to its safe state: {error}")


def _fitted(
    scan: Scan, wanted: FitSettings, scanned: ScanSettings, settings: Settings, file: Path
) -> tuple[Fit | None, Error | None]:
    """The fit, or why there is none: what was measured is worth its plot without a curve, too."""
    try:
        sigma = wanted.sigma(scanned.averages)
        fit = scan.fit(
            wanted.model, wanted.y, wanted.x, sigma=sigma, fixed=wanted.fixed, bounds=wanted.bounds
        )
        return fit, None
    except Error as error:
        error.where = place(settings, file, FIT)
        return None, error
