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

from . import _exit, errors
from ._call import text as _text
from ._library import lib as _lib
from .devices import Device, Movable, Readable, Reading
from .errors import *  # noqa: F403
from .mocks import MockMovable, MockReadable
from .op import Cancel, HostOp, Op, Progress
from .units import convert

__version__ = _text(_lib.ald_version())

__all__ = [
    "Cancel",
    "Device",
    "HostOp",
    "MockMovable",
    "MockReadable",
    "Movable",
    "Op",
    "Progress",
    "Readable",
    "Reading",
    "convert",
    *errors.__all__,
]
