"""The table `[series]` of a lab's file: what to record, how often, and where it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidError, RangeError
from ..schema import Schema

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
    """What a recording is to be."""

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
    """Reads and checks the table.

    Raises:
        InvalidError: The table is not there, a key is missing or of a wrong type.
        NotFoundError: An unknown key; names the nearest.
        RangeError: A value outside its limits.
    """
    whole = settings[""]
    if TABLE not in whole:
        raise InvalidError(
            f"the file has no table [{TABLE}]: name what to record, for example\n"
            f'    [{TABLE}]\n    read = ["computer/cpu"]',
            domain="settings",
            where=str(file),
        )
    settings.check(TABLE, _KEYS)
    table = whole[TABLE]
    found = SeriesSettings(
        read=tuple(table["read"]),
        interval=table.get("interval", 1.0),
        duration=table.get("duration", math.inf),
        csv=table.get("csv", f"{file.stem}.csv"),
        plot=table.get("plot", f"{file.stem}.png"),
        title=table.get("title", whole.get("lab", {}).get("name", file.stem)),
    )
    _check(found, settings, file)
    return found


def _check(found: SeriesSettings, settings: Settings, file: Path) -> None:
    """What schema records cannot say."""

    def place(key: str) -> str:
        line, column = settings.where(f"{TABLE}.{key}")
        return f"{file}:{line}:{column}"

    if not found.read:
        raise InvalidError(
            f"{TABLE}.read is empty; name what to record", domain="settings", where=place("read")
        )
    for i, name in enumerate(found.read):
        if not isinstance(name, str) or not name:
            raise InvalidError(
                f"{TABLE}.read has {name!r}; expected the name of a device, or device:property",
                domain="settings",
                where=place(f"read.{i}"),
            )
    if not found.duration > 0:
        raise RangeError(
            f"{TABLE}.duration is {found.duration:g} s; expected more than 0 s",
            domain="settings",
            where=place("duration"),
        )
    for key, name in (("csv", found.csv), ("plot", found.plot)):
        if Path(name).name != name and name:
            raise InvalidError(
                f"{TABLE}.{key} is {name!r}; expected a name without folders, --output chooses one",
                domain="settings",
                where=place(key),
            )
    if not found.csv:
        raise InvalidError(
            f"{TABLE}.csv is empty; expected the name of a file",
            domain="settings",
            where=place("csv"),
        )
