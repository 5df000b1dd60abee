"""What the library calls back: functions of Python behind `user_data`.

There is one C function for each signature; `user_data` tells which Python function it is for. The
library calls `destroy` exactly once, after the last call, and in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._library import ffi

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["keep", "release"]

_kept: dict[int, CData] = {}


def keep(x: object) -> CData:
    """`user_data` for a Python object, which lives until `release` is called with it."""
    handle = ffi.new_handle(x)
    _kept[int(ffi.cast("intptr_t", handle))] = handle
    return handle


def _release(
    user_data: CData, forget: Any = _kept.pop, cast: Any = ffi.cast, number: Any = int
) -> None:
    # Nothing global: the last ones come when the interpreter has taken this module apart.
    forget(number(cast("intptr_t", user_data)), None)


release = ffi.callback("void(void *)", _release)
"""Forgets what `keep` kept."""
