"""`alidade devices`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._constants import DeviceState
from ._opening import open_lab

if TYPE_CHECKING:
    from ..devices import Device


def devices(file: Path | None) -> int:
    """Prints the known drivers and what they find, or what the lab of a file is made of.

    Returns:
        The exit code: 1 if a device of the lab could not be opened.
    """
    if file is not None:
        return _lab(file)
    import alidade

    print("drivers")
    for driver in alidade.drivers():
        print(f"  {driver['name']:<16}{driver['doc']}")
        for option in driver["options"]:
            print(f"    {_property(option)}")
    print("\ncapabilities")
    for capability in alidade.capabilities():
        print(f"  {capability['name']:<18}{capability['doc']}")
    print("\nconnected")
    found = alidade.discover()
    for candidate in found:
        print(f"  {candidate['name']:<16}{candidate['driver']}: {candidate['description']}")
    if not found:
        print("  nothing was found")
    print("\n`alidade devices FILE.toml` opens a lab and shows its parts, properties and units.")
    return 0


def _lab(file: Path) -> int:
    from ..labs import Lab

    with closing(Lab.from_toml(file)) as lab:
        try:
            absent = open_lab(lab)
        finally:  # what the file declares and the devices have not is mended by looking at them
            print(lab.name)
            for device in lab.devices:
                if device.state is DeviceState.OPEN:
                    print("\n".join(_tree(device, "  ")))
    return 1 if absent else 0


def _tree(device: Device, indent: str) -> Iterator[str]:
    about = device.describe()
    who = " ".join(about[k] for k in ("vendor", "model", "serial_number") if about.get(k))
    can = ", ".join(about["capabilities"])
    name = about["path"].rpartition("/")[2]
    notes = [f"({about['driver']})"] if "/" not in about["path"] else []
    notes += [who] if who else []
    notes += [f"can: {can}"] if can else []
    yield f"{indent}{name}  {'  '.join(notes)}".rstrip()
    for described in about["properties"]:
        yield f"{indent}    {_property(described)}"
    if about["actions"]:
        yield f"{indent}    actions: {', '.join(about['actions'])}"
    for child in device.children:
        yield from _tree(child, indent + "  ")


def _property(described: Mapping[str, Any]) -> str:
    """A schema record in a line."""
    unit = described.get("unit") or "1"
    parts = [described["type"]]
    if unit != "1":
        parts.append(f"[{unit}]")
    limits = _limits(described.get("min"), described.get("max"))
    if limits:
        parts.append(limits)
    if described.get("choices"):
        parts.append("one of " + ", ".join(map(str, described["choices"])))
    if described.get("required"):
        parts.append("(required)")
    elif described.get("initial") is not None:
        parts.append(f"(default {described['initial']})")
    return f"{described['name']:<18} {' '.join(parts)}  {described.get('doc', '')}".rstrip()


def _limits(low: float | None, high: float | None) -> str:
    """Limits in words; drivers write "above 0" as the least number above it."""
    greatest = sys.float_info.max
    bounded_below = low is not None and low > -greatest
    bounded_above = high is not None and high < greatest
    if low is not None and 0 < low <= sys.float_info.min:
        return "above 0" + (f", up to {high:g}" if bounded_above else "")
    if bounded_below and bounded_above:
        return f"from {low:g} to {high:g}"
    if bounded_below:
        return f"at least {low:g}"
    return f"at most {high:g}" if bounded_above else ""
