"""The base of all classes that stand for an object of the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ._call import ERROR_OUT, OP_OUT, forked, new, taken
from ._library import ffi, lib

if TYPE_CHECKING:
    from ._ffi import CData

H = TypeVar("H", bound="Handle")


class Handle:
    """One object of the library; the reference to it is given back with this Python object."""

    __slots__ = ("__weakref__", "_h")
    _h: CData

    # What the library calls the object, and how references to it are given back.
    _type = ""
    _unref: Callable[[Any], None]

    def __init_subclass__(cls, type: str = "", unref: Callable[[Any], None] | None = None) -> None:
        if type:
            cls._type = type
        if unref is not None:
            cls._unref = staticmethod(unref)

    @classmethod
    def _own(cls: type[H], pointer: CData) -> H:
        """Takes an owned handle over."""
        self = cls.__new__(cls)
        self._h = ffi.gc(pointer, cls._unref)
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'forked' if forked() else self._state()}>"

    def _state(self) -> str:
        """What `repr` shows."""
        return "given back" if lib.ald_handle_kind(self._h) == 0 else "alive"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Handle):
            return bool(self._h == other._h)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._h)


def output(function: Callable[..., int], *arguments: Any, out: Any) -> CData:
    """Calls a function whose last arguments are an output and the error; gives the output."""
    result = new(out)
    err = new(ERROR_OUT)
    if function(*arguments, result, err):
        raise taken(err)
    return result[0]  # type: ignore[no-any-return]


def started(start: Callable[..., int], *arguments: Any) -> CData:
    """Starts an operation and gives it, owned, without waiting."""
    return output(start, *arguments, out=OP_OUT)
