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
from ._library import ffi as _ffi
from ._library import lib as _lib

TYPE_CHECKING = False  # as type checkers know it, without the import of `typing`
if TYPE_CHECKING:
    from . import errors as errors
    from ._constants import DeviceState, OpState, Policy
    from .arrays import Array, Buffer, as_array, from_dlpack
    from .callables import Callable
    from .cameras import Camera, Roi
    from .clocks import Clock
    from .devices import Device
    from .errors import (
        BusyError,
        CallbackError,
        CancelledError,
        ClosedError,
        CorruptError,
        DisconnectedError,
        EndError,
        Error,
        ExistsError,
        ForkedError,
        InputOutputError,
        InternalError,
        InvalidError,
        LimitError,
        NoMemoryError,
        NoSpaceError,
        NotFoundError,
        PermissionDeniedError,
        PolicyError,
        ProtocolError,
        RangeError,
        StateError,
        StateLostError,
        TimedOutError,
        UnsupportedError,
        VersionError,
        WouldBlockError,
    )
    from .events import Events, Subscription
    from .frames import Frame, FrameStream, StreamStats
    from .groups import ReadableGroup
    from .labs import Lab, discover, drivers, load_driver, ports, probe
    from .mocks import MockCamera, MockMovable, MockReadable
    from .movables import Movable
    from .op import Cancel, HostOp, Op, Progress
    from .paths import get_cmake, get_include, get_julia, get_library, get_pkgconfig
    from .queue import Queue, Record
    from .readables import Readable, Reading
    from .recordings import Outcome
    from .scans import Scan
    from .schema import Schema
    from .series import Series, record
    from .settings import Settings
    from .signals import Ended, end_on_signals
    from .simulation import Bench, Simulation, simulations
    from .sources import Source
    from .tables import CsvFile
    from .units import convert

__version__ = str(_ffi.string(_lib.ald_version()), "ascii")

# Where the names live. A module is imported when one of its names is asked for, so that
# `import alidade` takes no time.
_HOMES = {
    name: module
    for module, names in {
        "_constants": "DeviceState OpState Policy",
        "arrays": "Array Buffer as_array from_dlpack",
        "callables": "Callable",
        "clocks": "Clock",
        "cameras": "Camera Roi",
        "devices": "Device",
        "errors": """BusyError CallbackError CancelledError ClosedError CorruptError
            DisconnectedError EndError Error ExistsError ForkedError InputOutputError InternalError
            InvalidError LimitError NoMemoryError NoSpaceError NotFoundError PermissionDeniedError
            PolicyError ProtocolError RangeError StateError StateLostError TimedOutError
            UnsupportedError VersionError WouldBlockError""",
        "events": "Events Subscription",
        "frames": "Frame FrameStream StreamStats",
        "groups": "ReadableGroup",
        "labs": "Lab discover drivers load_driver ports probe",
        "mocks": "MockCamera MockMovable MockReadable",
        "movables": "Movable",
        "op": "Cancel HostOp Op Progress",
        "paths": "get_cmake get_include get_julia get_library get_pkgconfig",
        "queue": "Queue Record",
        "readables": "Readable Reading",
        "recordings": "Outcome",
        "schema": "Schema",
        "scans": "Scan",
        "series": "Series record",
        "settings": "Settings",
        "signals": "Ended end_on_signals",
        "simulation": "Bench Simulation simulations",
        "sources": "Source",
        "tables": "CsvFile",
        "units": "convert",
    }.items()
    for name in names.split()
}
_MODULES = {"aio", "fit", "images", "log", "values", *_HOMES.values()} - {"_constants"}

__all__ = [
    "Array",
    "Bench",
    "Buffer",
    "BusyError",
    "Callable",
    "CallbackError",
    "Camera",
    "Cancel",
    "CancelledError",
    "Clock",
    "ClosedError",
    "CorruptError",
    "CsvFile",
    "Device",
    "DeviceState",
    "DisconnectedError",
    "EndError",
    "Ended",
    "Error",
    "Events",
    "ExistsError",
    "ForkedError",
    "Frame",
    "FrameStream",
    "HostOp",
    "InputOutputError",
    "InternalError",
    "InvalidError",
    "Lab",
    "LimitError",
    "MockCamera",
    "MockMovable",
    "MockReadable",
    "Movable",
    "NoMemoryError",
    "NoSpaceError",
    "NotFoundError",
    "Op",
    "OpState",
    "Outcome",
    "PermissionDeniedError",
    "Policy",
    "PolicyError",
    "Progress",
    "ProtocolError",
    "Queue",
    "RangeError",
    "Readable",
    "ReadableGroup",
    "Reading",
    "Record",
    "Roi",
    "Scan",
    "Schema",
    "Series",
    "Settings",
    "Simulation",
    "Source",
    "StateError",
    "StateLostError",
    "StreamStats",
    "Subscription",
    "TimedOutError",
    "UnsupportedError",
    "VersionError",
    "WouldBlockError",
    "as_array",
    "convert",
    "discover",
    "drivers",
    "end_on_signals",
    "from_dlpack",
    "get_cmake",
    "get_include",
    "get_julia",
    "get_library",
    "get_pkgconfig",
    "load_driver",
    "ports",
    "probe",
    "record",
    "simulations",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found  # from now on it is found without this function
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
