"""Functions behind handles: what the library, a script or another language can call."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING, Any

from . import _values
from ._call import name_bytes, report, timeout_ns, told_text
from ._callbacks import callback, hook, registering, release
from ._closing import WaitingClosable
from ._handle import Handle, output, started
from ._library import ffi, lib
from ._unsplit import another
from ._values import hand_over, to_native
from ._waiting import blocking, finish, waits
from .op import Cancel, Op

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Callable"]

_CALLABLE_OUT = ffi.typeof("ald_callable **")


class Callable(Handle, WaitingClosable, type="callable"):
    """Callable: called with a value, it gives a value.

    Example:
        >>> double = Callable(lambda x: 2 * x)
        >>> double.call(21)
        42
    """

    __slots__ = ()

    def __init__(
        self,
        function: collections.abc.Callable[..., Any],
        name: str | None = None,
        *,
        with_cancel: bool = False,
    ) -> None:
        """Makes one of a Python function.

        Args:
            function: Is given the argument and gives the result; both are values. It runs on a
                thread of the library; several may run it at once. What it raises is raised again
                where it was called, as the same object.
            name: For people; None is the function's own.
            with_cancel: Whether the function is given a second argument, a `Cancel` that is
                triggered when the caller gives up or the deadline passes.
        """
        if not callable(function):
            raise TypeError(f"{function!r} cannot be called")
        if name is None:
            name = getattr(function, "__qualname__", type(function).__name__)
        user_data = hook(function)
        self._h = output(
            registering(lib.ald_callable_new, user_data),
            name_bytes(name),
            _run_with_cancel if with_cancel else _run,
            user_data,
            release,
            out=_CALLABLE_OUT,
        )

    @property
    def name(self) -> str:
        """Name of the callable."""
        return told_text(lib.ald_callable_name(self._h))

    @waits
    def call(self, argument: object = None, timeout: float | None = None) -> Any:
        """Calls it and waits for the result.

        Args:
            argument: A value.
            timeout: Seconds; None or `math.inf` sets no deadline.

        Returns:
            A value.

        Raises:
            TimedOutError: It gave up at the deadline.
            ClosedError: It is closed.
            BaseException: What the function raised, the same object.
        """
        return finish(
            lib.ald_callable_start_call, self._h, to_native(argument), timeout_ns(timeout, -1)
        )

    def start_call(self, argument: object = None, timeout: float | None = None) -> Op:
        """Starts a call; see `call`. The operation gives the result."""
        return Op._own(
            started(
                lib.ald_callable_start_call, self._h, to_native(argument), timeout_ns(timeout, -1)
            )
        )

    @waits
    def close(self) -> None:
        """Closes it: it cannot be called any more, running calls are cancelled and waited for.

        From inside the function itself it returns at once.
        """
        h = self._h
        blocking(lambda cancel: lib.ald_callable_close(h), h, urgent=True)

    def _state(self) -> str:
        return repr(self.name)


_SIGNATURE = "ald_status(void *, ald_value const *, ald_cancel const *, ald_value **, ald_error **)"


# In the asyncio twin, too, functions are given the objects of this package: they run on threads
# without an event loop. (A name that is imported would be the twin's.)


@callback(_SIGNATURE)
def _run(user_data: CData, arguments: CData, cancel: CData, out: CData, err: CData) -> int:
    try:
        hand_over(ffi.from_handle(user_data)(_values.borrowed(arguments)), out)
    except BaseException as error:
        return report(error, err)
    return 0


@callback(_SIGNATURE)
def _run_with_cancel(
    user_data: CData, arguments: CData, cancel: CData, out: CData, err: CData
) -> int:
    try:
        token = Cancel._own(another(ffi.cast("ald_cancel *", cancel)))
        hand_over(ffi.from_handle(user_data)(_values.borrowed(arguments), token), out)
    except BaseException as error:
        return report(error, err)
    return 0
