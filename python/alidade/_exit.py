"""The end of the process: the library is shut down before the interpreter goes."""

from __future__ import annotations

import atexit

from ._library import ffi, lib

# A callback that does not return must not keep the process.
_PATIENCE_NS = 1_000_000_000


def _shut_down() -> None:
    lib.ald_shutdown(_PATIENCE_NS, ffi.NULL)


atexit.register(_shut_down)
