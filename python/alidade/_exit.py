"""The end of the process: the library is shut down before the interpreter goes."""

from __future__ import annotations

import atexit

from ._library import ffi, lib
from ._unsplit import await_begun

# A callback that does not return must not keep the process.
_SHUTDOWN_S = 1


def _shut_down() -> None:
    lib.ald_shutdown(_SHUTDOWN_S * 10**9, ffi.NULL)
    await_begun(_SHUTDOWN_S)


atexit.register(_shut_down)
