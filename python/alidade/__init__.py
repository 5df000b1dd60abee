"""Drive laboratory instruments.

Example:
    >>> from alidade import MockMovable, MockReadable
    >>> stage, sensor = MockMovable(), MockReadable()
    >>> stage.move_abs(10.0)
    10.0
    >>> stage.position(), sensor.read()
    (10.0, 0.0)

The same with `await` is in `alidade.aio`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _exit as _exit
from . import errors as errors
from ._call import text as _text
from ._constants import DeviceState, OpState, Policy
from ._library import lib as _lib
from .devices import Device, Movable, Readable, Reading
from .errors import *  # noqa: F403
from .events import Events, Subscription
from .mocks import MockMovable, MockReadable
from .op import Cancel, HostOp, Op, Progress
from .queue import Queue, Record
from .units import convert

if TYPE_CHECKING:
    from .arrays import Array, Buffer, as_array, from_dlpack
    from .callables import Callable
    from .clocks import Clock
    from .groups import ReadableGroup
    from .labs import Lab, discover, drivers
    from .schema import Schema
    from .series import CsvFile, Series, record
    from .settings import Settings
    from .sources import Source

__version__ = _text(_lib.ald_version())

# Where the names live that not every program needs: their modules are imported when they are asked
# for, so that `import alidade` is quick.
_LATER = {
    "Array": "arrays",
    "Buffer": "arrays",
    "as_array": "arrays",
    "from_dlpack": "arrays",
    "Callable": "callables",
    "Clock": "clocks",
    "ReadableGroup": "groups",
    "Lab": "labs",
    "discover": "labs",
    "drivers": "labs",
    "Schema": "schema",
    "CsvFile": "series",
    "Series": "series",
    "record": "series",
    "Settings": "settings",
    "Source": "sources",
}
_MODULES = {"aio", "log", "values", *_LATER.values()}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found  # from now on it is found without this function
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_MODULES})


__all__ = [
    "Array",
    "Buffer",
    "Callable",
    "Cancel",
    "Clock",
    "CsvFile",
    "Device",
    "DeviceState",
    "Events",
    "HostOp",
    "Lab",
    "MockMovable",
    "MockReadable",
    "Movable",
    "Op",
    "OpState",
    "Policy",
    "Progress",
    "Queue",
    "Readable",
    "ReadableGroup",
    "Reading",
    "Record",
    "Schema",
    "Series",
    "Settings",
    "Source",
    "Subscription",
    "as_array",
    "convert",
    "discover",
    "drivers",
    "from_dlpack",
    "record",
    *errors.__all__,
]
