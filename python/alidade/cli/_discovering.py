"""`alidade discover`: what is connected, and what answers at a port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._opening import Instruments

if TYPE_CHECKING:
    from ..devices import Device


def discover() -> int:
    """Prints what the drivers find without writing to unknown instruments."""
    import alidade

    found = alidade.discover()
    for candidate in found:
        print(f"{candidate['name']:<16}{candidate['driver']}: {candidate['description']}")
        for option, value in candidate.get("options", {}).items():
            print(f"    {option} = {value!r}")
    if not found:
        print("no instrument was found")
    return 0


def probe(driver: str, options: Mapping[str, object]) -> int:
    """Opens an instrument and prints who it is."""
    where = Instruments(None, driver, options)
    with where.opened([driver]) as lab:
        _tell(lab[driver], "")
    return 0


def _tell(device: Device, indent: str) -> None:
    about: dict[str, Any] = device.describe()
    who = " ".join(about[k] for k in ("vendor", "model", "serial_number", "firmware") if about[k])
    can = ", ".join(about["capabilities"])
    print(f"{indent}{about['path']}  {who}{'  can: ' + can if can else ''}".rstrip())
    for child in device.children:
        _tell(child, indent + "  ")
