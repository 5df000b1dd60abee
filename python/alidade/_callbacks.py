"""What the library calls back: functions of Python behind `user_data`.

There is one C function for each signature; `user_data` tells which Python function it is for. The
library calls `destroy` exactly once, after the last call, and in any case: also when the
interpreter ends and gives the last references back, with these modules taken apart already.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ._library import ffi

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["callback", "keep", "release"]

_kept: dict[int, CData] = {}
_mortal: list[CData] = []


def callback(signature: str) -> Callable[[Callable[..., Any]], CData]:
    """Makes a C function of a function of Python; from the first `keep` on it lives for ever."""

    def decorate(function: Callable[..., Any]) -> CData:
        made = ffi.callback(signature, function)
        _mortal.append(made)
        return made

    return decorate


def keep(x: object) -> CData:
    """`user_data` for a Python object, which lives until `release` is called with it."""
    if _mortal:
        import ctypes  # only here: it takes milliseconds to import

        with suppress(IndexError):  # another thread may be here too
            while True:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(_mortal.pop()))
    handle = ffi.new_handle(x)
    _kept[int(ffi.cast("intptr_t", handle))] = handle
    return handle


@callback("void(void *)")
def release(
    user_data: CData, forget: Any = _kept.pop, cast: Any = ffi.cast, number: Any = int
) -> None:
    """Forgets what `keep` kept. Nothing global in it: the last calls come when there is none."""
    forget(number(cast("intptr_t", user_data)), None)
