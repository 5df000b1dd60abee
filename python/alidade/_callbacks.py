"""What the library calls back: functions of Python behind `user_data`.

There is one C function for each signature; `user_data` tells which Python function it is for. The
library calls `destroy` exactly once, after the last call, and in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


@ffi.callback("void(void *)")
def release(user_data: CData) -> None:
    """Forgets what `keep` kept."""
    _kept.pop(int(ffi.cast("intptr_t", user_data)), None)
