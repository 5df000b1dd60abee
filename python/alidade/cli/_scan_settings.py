"""The table `[scan]` of a lab's file: an axis, positions, what is measured, and what is fitted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidError, RangeError
from ..scans import linear
from ..schema import Schema
from ._settings import check_file, check_names, lab_name, place

if TYPE_CHECKING:
    import numpy as np

    from ..settings import Settings

TABLE = "scan"
FIT = f"{TABLE}.fit"

_KEYS = (
    Schema("axis", str, doc="the axis that moves", required=True),
    Schema("from", float, doc="the first position"),
    Schema("to", float, doc="the last position"),
    Schema("points", int, doc="how many positions", min=1, max=1_000_000),
    Schema("positions", list, doc="in place of from, to and points"),
    Schema("unit", str, doc="unit of the positions; the axis's own without it"),
    Schema("settle", float, unit="s", doc="from the axis's arrival to the first reading", min=0),
    Schema("read", list, doc='devices that give a number, or "device:property"'),
    Schema("averages", int, doc="how many readings become one number", min=1, max=1_000_000),
    Schema("camera", str, doc="takes one frame at each position"),
    Schema("set", dict, doc='properties that are set before, as "camera:exposure" = 0.02'),
    Schema("csv", str, doc="name of the table that is written"),
    Schema("frames", str, doc="name of the TIFF file that is written; needs a camera"),
    Schema("plot", str, doc='name of the picture that is written; "" for none'),
    Schema("title", str, doc="what stands above the plot"),
    Schema("fit", dict, doc="a curve that is fitted"),
)


def _fit_keys() -> tuple[Schema, ...]:
    from ..fit import models  # of a room that may be left out

    return (
        Schema("model", str, doc="the curve", required=True, choices=tuple(models())),
        Schema("y", str, doc="the quantity that it describes; the first that is read without it"),
        Schema("x", str, doc="what it depends on; the axis without it"),
        Schema("noise", float, doc="standard deviation of one reading without light", min=0),
        Schema("relative_noise", float, doc="standard deviation of one reading over it", min=0),
        Schema("fixed", dict, doc="parameters that are known, as offset = 0.0"),
        Schema("bounds", dict, doc="least and greatest value of parameters, as tau = [0.0, inf]"),
    )


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit."""

    model: str
    y: str | None
    x: str | None
    noise: float
    relative_noise: float
    fixed: dict[str, float]
    bounds: dict[str, tuple[float, float]]

    @property
    def knows_noise(self) -> bool:
        """True if the file tells how far readings scatter."""
        return self.noise > 0 or self.relative_noise > 0

    def sigma(self, averages: int) -> Callable[[np.ndarray[Any, Any]], Any] | None:
        """Standard deviations of means for values of y; None if the file does not tell."""
        if not self.knows_noise:
            return None

        def deviations(y: np.ndarray[Any, Any]) -> Any:
            import numpy as np

            return np.hypot(self.noise, self.relative_noise * y) / math.sqrt(averages)

        return deviations


@dataclass(frozen=True)
class ScanSettings:
    """Settings of a scan."""

    axis: str
    positions: tuple[float, ...]
    unit: str | None
    settle: float
    """Seconds."""
    read: tuple[str, ...]
    averages: int
    camera: str
    """"" for none."""
    set: dict[str, Any]
    """Properties that are set before."""
    csv: str
    frames: str
    """"" for none."""
    plot: str
    """"" for none."""
    title: str
    fit: FitSettings | None


def scan_settings(settings: Settings, file: Path, points: int | None = None) -> ScanSettings:
    """Reads and checks the table, which must be there.

    Args:
        settings: The file.
        file: Its name.
        points: How many positions, in place of what the file says; None for that.

    Raises:
        InvalidError: A key is missing, of a wrong type, or does not fit to another.
        NotFoundError: An unknown key; names the nearest.
        RangeError: A value outside its limits.
    """
    settings.check(TABLE, _KEYS)
    table = settings[TABLE]
    camera = table.get("camera", "")
    found = ScanSettings(
        axis=table["axis"],
        positions=_positions(settings, file, points),
        unit=table.get("unit"),
        settle=table.get("settle", 0.0),
        read=tuple(table.get("read", ())),
        averages=table.get("averages", 1),
        camera=camera,
        set=table.get("set", {}),
        csv=table.get("csv", f"{file.stem}.csv"),
        frames=table.get("frames", f"{file.stem}.tiff" if camera else ""),
        plot=table.get("plot", f"{file.stem}.png" if table.get("read") else ""),
        title=table.get("title", lab_name(settings, file)),
        fit=_fit(settings),
    )
    _check(found, settings, file)
    return found


def _fit(settings: Settings) -> FitSettings | None:
    if FIT not in settings:
        return None
    settings.check(FIT, _fit_keys())
    table = settings[FIT]
    return FitSettings(
        model=table["model"],
        y=table.get("y"),
        x=table.get("x"),
        noise=table.get("noise", 0.0),
        relative_noise=table.get("relative_noise", 0.0),
        fixed=table.get("fixed", {}),
        bounds=table.get("bounds", {}),
    )


def _positions(settings: Settings, file: Path, points: int | None) -> tuple[float, ...]:
    table = settings[TABLE]
    line = [key for key in ("from", "to", "points") if key in table]
    if "positions" in table:
        if line or points is not None:
            raise InvalidError(
                f"{TABLE}.positions stands in place of from, to and points; give one or the other",
                domain="settings",
                where=place(settings, file, f"{TABLE}.positions"),
            )
        return _listed(settings, file)
    if len(line) < 3:
        missing = next(key for key in ("from", "to", "points") if key not in line)
        raise InvalidError(
            f"{TABLE}.{missing} is missing; give from, to and points, or a list of positions",
            domain="settings",
            where=place(settings, file, TABLE),
        )
    for key in ("from", "to"):
        if not math.isfinite(table[key]):
            raise InvalidError(
                f"{TABLE}.{key} is {table[key]!r}, expected a number",
                domain="settings",
                where=place(settings, file, f"{TABLE}.{key}"),
            )
    return tuple(linear(table["from"], table["to"], points or table["points"]))


def _listed(settings: Settings, file: Path) -> tuple[float, ...]:
    listed = settings[f"{TABLE}.positions"]
    for i, x in enumerate(listed):
        if isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x):
            raise InvalidError(
                f"{TABLE}.positions has {x!r}; expected numbers",
                domain="settings",
                where=place(settings, file, f"{TABLE}.positions.{i}"),
            )
    if not listed:
        raise InvalidError(
            f"{TABLE}.positions is empty; say where to go",
            domain="settings",
            where=place(settings, file, f"{TABLE}.positions"),
        )
    return tuple(map(float, listed))


def _check(found: ScanSettings, settings: Settings, file: Path) -> None:
    """Checks what schema records cannot say."""

    def refuse(key: str, message: str) -> InvalidError:
        at = place(settings, file, key)
        return InvalidError(message, domain="settings", where=at)

    if found.read or not found.camera:
        if f"{TABLE}.read" not in settings:
            raise refuse(TABLE, f"{TABLE}.read is missing; name what to read, or a camera")
        check_names(settings, file, f"{TABLE}.read", found.read)
    check_file(settings, file, f"{TABLE}.csv", found.csv)
    for key, name in (("frames", found.frames), ("plot", found.plot)):
        if name:
            check_file(settings, file, f"{TABLE}.{key}", name)
    if found.frames and not found.camera:
        key = f"{TABLE}.frames"
        raise refuse(key, f"{key} needs a camera; name it by {TABLE}.camera")
    for name in found.set:
        if not all(name.partition(":")):
            key = f"{TABLE}.set.{name}"
            raise refuse(key, f'{key} is no property; expected "device:property"')
    for key, given in (("plot", found.plot), ("fit", found.fit is not None)):
        if given and not found.read:
            raise refuse(f"{TABLE}.{key}", f"{TABLE}.{key} needs numbers; name what to read")
    if found.fit is not None:
        _check_points(found.fit, len(found.positions), settings, file)


def _check_points(fit: FitSettings, points: int, settings: Settings, file: Path) -> None:
    """Too few points are known before anything moves."""
    from ..fit import models

    names = models()[fit.model]
    for table, is_it, what in (
        ("fixed", _is_number, "a number"),
        ("bounds", _is_pair, "two numbers, [least, greatest],"),
    ):
        for name, given in getattr(fit, table).items():
            key = f'{FIT}.{table}."{name}"'
            if name not in names or not is_it(given):
                raise InvalidError(
                    f"{FIT}.{table} has {name} = {given}; expected {what} for one of "
                    f"{', '.join(names)}",
                    domain="settings",
                    where=place(settings, file, key),
                )
    parameters = len(names) - len(fit.fixed)
    least = parameters + (0 if fit.knows_noise else 1)
    if points < least:
        errors = "" if fit.knows_noise else " and their errors, without the noise,"
        raise RangeError(
            f"the scan has {points} points; the {parameters} parameters of "
            f'"{fit.model}"{errors} need at least {least}',
            domain="settings",
            where=place(settings, file, f"{FIT}.model"),
        )


def _is_number(x: object) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def _is_pair(x: object) -> bool:
    return isinstance(x, list) and len(x) == 2 and all(map(_is_number, x))
