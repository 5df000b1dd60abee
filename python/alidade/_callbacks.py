"""Callbacks of the library: functions of Python behind `user_data`.

There is one C function for each signature; `user_data` tells which Python function it is for. The
library calls `destroy` exactly once, after the last call, and in any case: also when the
interpreter ends and gives the last references back, with these modules taken apart already.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ._library import ffi
from ._unsplit import begin, together

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["callback", "hook", "interrupt_again", "registering", "release"]

# By `user_data` itself, whose hash is its address.
_kept: dict[CData, CData] = {}
_mortal: list[CData] = []


def callback(signature: str) -> Callable[[Callable[..., Any]], CData]:
    """Makes a C function of a function of Python; from the first `hook` on it lives for ever."""

    def decorate(function: Callable[..., Any]) -> CData:
        made = ffi.callback(signature, function, onerror=_interrupted)
        _mortal.append(made)
        return made

    return decorate


def _interrupted(kind: type[BaseException], error: BaseException, place: object) -> None:
    """Raises Ctrl-C once more, which came before a callback could see to it: nobody would know."""
    if issubclass(kind, KeyboardInterrupt):
        interrupt_again()


def interrupt_again() -> None:
    """Raises Ctrl-C where the main thread goes on after a callback, which cannot raise it."""
    begin(_thread.interrupt_main)


def hook(x: object) -> CData:
    """`user_data` for a Python object, to be registered by `registering`."""
    if _mortal:
        import ctypes  # only here: it takes milliseconds to import

        for made in list(_mortal):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
            with suppress(ValueError):  # another thread may be here too
                _mortal.remove(made)
    return ffi.new_handle(x)


def registering(function: Callable[..., int], user_data: CData) -> Callable[..., int]:
    """A function of the library that takes a hook, which lives until `release` is called with it.

    The library calls `release` in any case; so the hook is kept in one step with the call.
    """

    def register(*arguments: Any) -> int:
        keeping = partial(_kept.__setitem__, user_data, user_data)
        status: int = together(keeping, partial(function, *arguments))[1]
        return status

    return register


# Forgets a hook. Nothing global in it, as the last calls come when there is none; and no function
# of Python, in which an interrupt would be lost: the main thread may be the one that drops it.
release = callback("void(void *)")(_kept.__delitem__)
