"""`alidade set`: opens and closes shutters, sets outputs, and changes properties."""

from __future__ import annotations

import json

from .._constants import Type
from ..devices import Device
from ..errors import InvalidError
from ..settables import Settable
from ..shutters import Shutter
from ._amounts import amount, split
from ._opening import Instruments

_OPENS = {"open": True, "closed": False, "close": False}


def change(where: Instruments, target: str, wanted: str) -> int:
    """Brings what a device puts out, or one of its properties, to what is wanted; shows what it is.

    Args:
        where: Where the instrument is.
        target: A device, or "device:property".
        wanted: "open" or "closed" for a shutter, a number and a unit for an output; JSON or a word
            for a property, a number with a unit where the property has one.
    """
    path, _, name = target.partition(":")
    with where.opened([path]) as lab:
        device = lab.device(path)
        print(f"{target} is {_property(device, name, wanted) if name else _own(device, wanted)}")
    return 0


def _own(device: Device, wanted: str) -> str:
    """Changes what the device is for."""
    if isinstance(device, Shutter):
        if wanted not in _OPENS:
            raise InvalidError(f'"{wanted}" is no state of a shutter; expected open or closed')
        device.open_shutter() if _OPENS[wanted] else device.close_shutter()
        return device.shutter_state()
    if isinstance(device, Settable):
        to = amount(wanted)
        device.set_output(to.number, unit=to.unit)
        return f"{device.readback():.6g} {device.output_unit}"
    raise InvalidError(
        f"'{device.path}' puts nothing out; name one of its properties, as {device.path}:"
        f"{next(iter(device.properties), 'value')}"
    )


def _property(device: Device, name: str, wanted: str) -> str:
    unit = None
    try:
        value = json.loads(wanted)
    except ValueError:
        value, given = wanted, split(wanted)
        if given is not None and device.schema(name).type in (Type.DOUBLE, Type.INT):
            value, unit = given
    return str(device.set(name, value, unit=unit))
