"""Checks that the tables of an experiment's file share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidError

if TYPE_CHECKING:
    from ..settings import Settings


def place(settings: Settings, file: Path, key: str) -> str:
    """Place of a key: "lab.toml:12:3"."""
    line, column = settings.where(key)
    return f"{file}:{line}:{column}"


def lab_name(settings: Settings, file: Path) -> str:
    """Name of the lab in the file, or the file's own name."""
    name: str = settings.get("lab.name", file.stem)
    return name


def check_names(settings: Settings, file: Path, key: str, names: Sequence[object]) -> None:
    """Checks a list of what to read.

    Raises:
        InvalidError: It is empty, or something in it is no name.
    """
    if not names:
        raise InvalidError(
            f"{key} is empty; name what to record",
            domain="settings",
            where=place(settings, file, key),
        )
    for i, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise InvalidError(
                f"{key} has {name!r}; expected the name of a device, or device:property",
                domain="settings",
                where=place(settings, file, f"{key}.{i}"),
            )


def check_file(settings: Settings, file: Path, key: str, name: str) -> None:
    """Checks the name of a file that is to be written.

    Raises:
        InvalidError: It is empty or has folders.
    """
    if not name:
        raise InvalidError(
            f"{key} is empty; expected the name of a file",
            domain="settings",
            where=place(settings, file, key),
        )
    if Path(name).name != name:
        raise InvalidError(
            f"{key} is {name!r}; expected a name without folders, --output chooses one",
            domain="settings",
            where=place(settings, file, key),
        )
