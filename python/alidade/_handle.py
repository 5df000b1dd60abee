"""The base of all classes that stand for an object of the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ._call import ERROR_OUT, OP_OUT, call, forked, new, taken
from ._library import lib
from ._unsplit import kept, place

if TYPE_CHECKING:
    from ._ffi import CData

H = TypeVar("H", bound="Handle")


class Handle:
    """Handle of an object; the reference is released with this Python object."""

    __slots__ = ("__weakref__", "_h")
    _h: CData

    # Name of the noun in C: "queue".
    _type = ""

    def __init_subclass__(cls, type: str = "") -> None:
        if type:
            cls._type = type

    @classmethod
    def _own(cls: type[H], pointer: CData) -> H:
        """Takes a handle over that gives itself back, as `output` makes them."""
        self = cls.__new__(cls)
        self._h = pointer
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'forked' if forked() else self._state()}>"

    def _state(self) -> str:
        """State, as `repr` shows it."""
        return "given back" if lib.ald_handle_kind(self._h) == 0 else "alive"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Handle):
            return bool(self._h == other._h)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._h)


def handle_of(x: object, kind: type[Handle], what: str) -> CData:
    """The handle of an object that must be of a class.

    Raises:
        TypeError: It is not; `what` names the argument.
    """
    if not isinstance(x, kind):
        raise TypeError(f"{what} must be a {kind.__name__}, not {type(x).__name__}")
    return x._h


def output(function: Callable[..., int], *arguments: Any, out: Any) -> CData:
    """Calls a function whose last arguments are an owned output and the error.

    Returns:
        The output, which gives itself back when nobody holds it any more.
    """
    cell, err = place(out), place(ERROR_OUT)
    if function(*arguments, cell, err):
        raise taken(err)
    return kept(cell[0], cell)


def number_of(function: Callable[..., int], *arguments: Any, out: Any) -> Any:
    """Calls a function whose last arguments are a number and the error; gives the number."""
    result = new(out)
    call(function, *arguments, result)
    return result[0]


def started(start: Callable[..., int], *arguments: Any) -> CData:
    """Starts an operation and gives it without waiting."""
    return output(start, *arguments, out=OP_OUT)
