"""From names in a file ("computer/cpu:frequency", "computer/disk/*") to what is read."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..devices import Device
from ..errors import InvalidError, NotFoundError
from ..readables import Readable

if TYPE_CHECKING:
    from ..labs import Lab

NUMBERS = ("double", "int64", "bool")
MAIN = "value"


class Quantity(NamedTuple):
    """A property that gives a number."""

    device: Device
    key: str
    unit: str

    @property
    def name(self) -> str:
        """The device's path, with the property where that is not the main one."""
        path = self.device.path
        return path if self.key == MAIN else f"{path}:{self.key}"

    def read_as(self) -> Readable | tuple[Device, str]:
        """Argument by which a series reads it."""
        if self.key == MAIN and isinstance(self.device, Readable):
            return self.device
        return self.device, self.key


def walk(devices: Sequence[Device]) -> Iterator[Device]:
    """Devices and all of their parts."""
    for device in devices:
        yield device
        yield from walk(device.children)


def quantities(lab: Lab) -> list[Quantity]:
    """All numbers that can be read from the open devices of a lab."""
    return [
        Quantity(device, described["name"], described.get("unit") or "1")
        for device in walk(lab.devices)
        for described in device.describe()["properties"]
        if described["type"] in NUMBERS and "read" in described.get("flags", ("read",))
    ]


class Choice(NamedTuple):
    """Choice that names stand for, and the names that stand for nothing."""

    chosen: list[Quantity]
    unmatched: list[str]
    """Patterns that nothing fits, and what belongs to devices that are absent."""


def choose(names: Sequence[str], known: Sequence[Quantity], absent: Sequence[str]) -> Choice:
    """Finds what names stand for, each quantity once, in the order of the names.

    Args:
        names: Names and patterns.
        known: What there is.
        absent: Names of devices that could not be opened.

    Raises:
        NotFoundError: A name without "*" that nothing has; names the nearest.
        InvalidError: A property that gives no number.
    """
    by_name = {q.name: q for q in known}
    chosen: dict[str, Quantity] = {}
    unmatched = []
    for name in names:
        found = [n for n in by_name if _fits(n, name)]
        if not found and not _is_pattern(name) and name.partition("/")[0] not in absent:
            raise _unknown(name, list(by_name), known)
        if not found:
            unmatched.append(name)
        chosen.update((n, by_name[n]) for n in found)
    return Choice(list(chosen.values()), unmatched)


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _fits(known: str, name: str) -> bool:
    if not _is_pattern(name):
        return known == name or known == name.removesuffix(f":{MAIN}")
    # A pattern without a property means devices, not all of their properties.
    return (":" in name or ":" not in known) and fnmatch.fnmatchcase(known, name)


def _unknown(name: str, names: Sequence[str], known: Sequence[Quantity]) -> Exception:
    path, _, wanted = name.partition(":")
    here = sorted(q.key for q in known if q.device.path == path)
    if here and not wanted:
        return InvalidError(
            f'"{name}" gives no number by itself; name one of its properties: '
            + ", ".join(f'"{path}:{p}"' for p in here[:8]),
            domain="settings",
        )
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f'; did you mean "{nearest[0]}"?' if nearest else "; `alidade devices FILE` lists them"
    return NotFoundError(f'nothing that gives a number is named "{name}"{hint}', domain="settings")
