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

import sys as _sys

from . import _exit as _exit
from ._lazy import attributes as _attributes
from ._lazy import without_absent as _without_absent
from ._library import ffi as _ffi
from ._library import lib as _lib
from ._names import HOMES as _HOMES
from ._names import MODULES as _MODULES

__version__ = str(_ffi.string(_lib.ald_version()), "ascii")

__all__ = sorted([*_HOMES, "fit"])
_without_absent(__all__)

__getattr__, __dir__ = _attributes(__name__, _HOMES, _MODULES)

if "IPython" in _sys.modules:
    from ._ipython.completion import register as _register

    _register()
