"""Labs and single instruments for commands: opened, with what is absent told."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import Error, InvalidError
from ..labs import Lab, drivers
from ..settings import Settings
from ._messages import warn


def open_lab(lab: Lab) -> dict[str, str]:
    """Opens what can be opened and tells what cannot.

    Returns:
        What is absent: the device's name, and why.
    """
    absent = {name: why["message"] for name, why in lab.open().items() if why is not None}
    for name, why in absent.items():
        warn(f"{name} is absent: {why}")
    return absent


@dataclass(frozen=True)
class Instruments:
    """Instruments for a command: in the lab of a file, or by a driver."""

    file: Path | None
    driver: str | None = None
    options: Mapping[str, object] | None = None

    @contextmanager
    def opened(self, paths: Sequence[str]) -> Iterator[Lab]:
        """A lab in which the devices of some paths or patterns are open, and no others.

        With a driver it is the one device, named as the driver.

        Raises:
            NotFoundError: No such file, device, driver or option; names the nearest.
            Error: Why a device could not be opened.
        """
        with closing(self._lab()) as lab:
            for path in paths:
                root = path.partition("/")[0].partition(":")[0]
                fitting = [d for d in lab.devices if fnmatch.fnmatchcase(d.path, root)]
                for device in fitting or [lab[root]]:
                    device.open()
            yield lab

    def _lab(self) -> Lab:
        if self.driver is None:
            assert self.file is not None
            return Lab.from_toml(self.file)
        lab = Lab(self.driver)
        lab.add(self.driver, self.driver, in_units(self.driver, self.options or {}))
        return lab


def in_units(driver: str, options: Mapping[str, object]) -> dict[str, object]:
    """Options of a driver, with numbers in its own units where they have units (latency=10ms)."""
    from ._amounts import typed

    known = {o["name"]: o for d in drivers() if d["name"] == driver for o in d["options"]}
    return {
        name: value
        if not isinstance(value, str) or known.get(name, {}).get("type") not in ("double", "int64")
        else typed(name, value, known[name]["type"], known[name].get("unit") or "1")
        for name, value in options.items()
    }


def option_value(text: str) -> tuple[str, object]:
    """Reads `--option NAME=VALUE`: a value as in TOML, else the text itself.

    Raises:
        InvalidError: There is no "=".
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidError(f'option "{text}" has no value; expected NAME=VALUE')
    try:
        return name, Settings.parse(f"x = {value}")["x"]
    except Error:
        return name, value
