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

from . import _exit as _exit
from . import errors as errors
from ._call import text as _text
from ._constants import DeviceState, OpState, Policy
from ._library import lib as _lib
from .arrays import Array, Buffer, as_array, from_dlpack
from .callables import Callable
from .clocks import Clock
from .devices import Device, Movable, Readable, Reading
from .errors import *  # noqa: F403
from .events import Events, Subscription
from .groups import ReadableGroup
from .labs import Lab, discover, drivers
from .mocks import MockMovable, MockReadable
from .op import Cancel, HostOp, Op, Progress
from .queue import Queue, Record
from .schema import Schema
from .series import CsvFile, Series, record
from .settings import Settings
from .sources import Source
from .units import convert

__version__ = _text(_lib.ald_version())


def __getattr__(name: str) -> object:
    """Imports the modules that few programs need when they are asked for."""
    if name in ("aio", "log", "values"):
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
