"""The table `[series]` of a lab's file: what to record, how often, and where it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RangeError
from ..schema import Schema
from ._settings import check_file, check_names, lab_name, place

if TYPE_CHECKING:
    from ..settings import Settings

TABLE = "series"

_KEYS = (
    Schema("read", list, doc='devices that give a number, or "device:property"', required=True),
    Schema("interval", float, unit="s", doc="from one row to the next", min=0.001, max=86400),
    Schema("duration", float, unit="s", doc="how long; inf until Ctrl-C"),
    Schema("csv", str, doc="name of the table that is written"),
    Schema("plot", str, doc='name of the picture that is written; "" for none'),
    Schema("title", str, doc="what stands above the plot"),
)


@dataclass(frozen=True)
class SeriesSettings:
    """Settings of a recording."""

    read: tuple[str, ...]
    interval: float
    """Seconds from one row to the next."""
    duration: float
    """Seconds; infinite until Ctrl-C."""
    csv: str
    plot: str
    """"" for none."""
    title: str


def series_settings(settings: Settings, file: Path) -> SeriesSettings:
    """Reads and checks the table, which must be there.

    Raises:
        InvalidError: A key is missing or of a wrong type.
        NotFoundError: An unknown key; names the nearest.
        RangeError: A value outside its limits.
    """
    settings.check(TABLE, _KEYS)
    table = settings[TABLE]
    found = SeriesSettings(
        read=tuple(table["read"]),
        interval=table.get("interval", 1.0),
        duration=table.get("duration", math.inf),
        csv=table.get("csv", f"{file.stem}.csv"),
        plot=table.get("plot", f"{file.stem}.png"),
        title=table.get("title", lab_name(settings, file)),
    )
    _check(found, settings, file)
    return found


def _check(found: SeriesSettings, settings: Settings, file: Path) -> None:
    """Checks what schema records cannot say."""
    check_names(settings, file, f"{TABLE}.read", found.read)
    if not found.duration > 0:
        raise RangeError(
            f"{TABLE}.duration is {found.duration:g} s; expected more than 0 s",
            domain="settings",
            where=place(settings, file, f"{TABLE}.duration"),
        )
    check_file(settings, file, f"{TABLE}.csv", found.csv)
    if found.plot:
        check_file(settings, file, f"{TABLE}.plot", found.plot)
