"""Calls into the library: statuses become exceptions, strings and times become the other's."""

from __future__ import annotations

import enum
import itertools
import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from . import errors
from ._constants import LogLevel, Status
from ._library import ffi, lib
from ._numbers import number
from ._unsplit import clear, place, returned
from ._wording import in_python

if TYPE_CHECKING:
    from ._ffi import CData

E = TypeVar("E", bound=enum.Enum)

_pid = os.getpid()

NULL = ffi.NULL
new = ffi.new
string = ffi.string

ERROR_OUT = ffi.typeof("ald_error **")
VALUE_OUT = ffi.typeof("ald_value **")
OP_OUT = ffi.typeof("ald_op **")
INT64 = ffi.typeof("int64_t *")
DOUBLE = ffi.typeof("double *")
INT32 = ffi.typeof("int32_t *")
SIZE = ffi.typeof("size_t *")

WAIT_FOREVER = -1
WAIT_DEFAULT = -2
# Beyond this many seconds a deadline is none: nanoseconds have to fit into 64 bits.
_FOREVER_S = 9e9


def text(pointer: CData) -> str:
    """A borrowed UTF-8 string of the library."""
    return str(string(pointer), "utf-8", "replace")


def name_bytes(name: str, what: str = "name") -> bytes:
    """A string for the library, NUL-terminated: one with a NUL inside would be cut short."""
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a str, not {type(name).__name__}")
    encoded = name.encode("utf-8", "surrogateescape")
    if b"\0" in encoded:
        raise errors.InvalidError(f"{what} {name!r} contains a NUL character")
    return encoded


def member(kinds: type[E], name: object, what: str) -> E:
    """The member of an enumeration that is called so, in lower-case letters.

    Raises:
        InvalidError: There is none; the message names all.
    """
    found = kinds.__members__.get(str(name).upper())
    if found is None:
        raise errors.InvalidError(
            f"{what} {name!r} is unknown; expected one of "
            + ", ".join(known.lower() for known in kinds.__members__)
        )
    return found


def timeout_ns(timeout: float | None, default: int = WAIT_DEFAULT) -> int:
    """Seconds to nanoseconds: None is the object's default, `math.inf` waits without limit."""
    if timeout is None:
        return default
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        if isinstance(timeout, bool) or not hasattr(timeout, "__float__"):
            raise TypeError(
                f"timeout must be a number of seconds or None, not {type(timeout).__name__}"
            )
        timeout = number(timeout, "timeout")
    if timeout != timeout or timeout < 0:
        raise errors.InvalidError(
            f"timeout is {timeout!r} s; expected 0 or more, math.inf for none, None for the default"
        )
    if timeout > _FOREVER_S:
        return WAIT_FOREVER
    return math.ceil(timeout * 1e9)


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function whose last argument is the error; raises what it reports."""
    err = place(ERROR_OUT)
    if function(*arguments, err):
        raise taken(err)


def taken(err: CData, status: int | None = None) -> BaseException:
    """The exception for an error that the library has just given; its place is cleared."""
    error = err[0]
    if not error:
        return _undescribed(status)
    try:
        return described(error)
    finally:
        clear(err)


def forked() -> bool:
    """True if this process was forked from the one that loaded the library."""
    return os.getpid() != _pid


def _in_a_child() -> errors.ForkedError:
    return errors.ForkedError(
        "this process was forked from the one that loaded the library, where its threads are; "
        "start it by spawn or exec, or import alidade after the fork"
    )


def check_not_forked() -> None:
    """Raises ForkedError in a forked child, where getters without an error say nothing true."""
    if forked():
        raise _in_a_child()


def told(answer: int, bad: int = -1) -> int:
    """Returns the answer of a getter without an error; `bad` is its answer in a forked child.

    Raises:
        ForkedError: This is one.
    """
    if answer == bad:
        check_not_forked()
    return answer


def told_text(pointer: CData) -> str:
    """The same for a string, which is empty in a forked child."""
    answer = str(string(pointer), "utf-8", "replace")
    if not answer:
        check_not_forked()
    return answer


def _undescribed(status: int | None) -> errors.Error:
    """The exception where the library could not make an error: in a child, or without memory."""
    if forked():
        return _in_a_child()
    code = Status.NO_MEMORY if status is None else status
    return errors.OF_STATUS.get(code, errors.Error)(text(lib.ald_status_name(code)))


def described(error: CData) -> BaseException:
    """The exception for a borrowed error."""
    code = lib.ald_error_code(error)
    domain = text(lib.ald_error_domain(error))
    native_code = lib.ald_error_native_code(error)
    if domain == _HOST_DOMAIN:
        mine = _raised.pop(native_code, None)
        if mine is not None:
            return mine
    kind = errors.OF_STATUS.get(code, errors.Error)
    exception = kind(
        in_python(text(lib.ald_error_message(error))),
        domain=domain,
        native_code=native_code,
        where=text(lib.ald_error_where(error)),
        traceback=text(lib.ald_error_traceback(error)),
    )
    cause = returned(lib.ald_error_cause, error, into=ERROR_OUT)
    if cause[0]:
        exception.__cause__ = described(cause[0])
    return exception


# Exceptions of callbacks on their way through the library, by the native code of their errors. An
# error that nobody looks at leaves its exception here; so the oldest go.
_HOST_DOMAIN = "python"
_RAISED_MAX = 1024
_raised: dict[int, BaseException] = {}
_numbers = itertools.count(1)  # callbacks on several threads take from it at once


def report(exception: BaseException, err: CData) -> int:
    """Turns the exception of a callback into an error of the library.

    Whoever gets that error back in this process raises the same exception object again.

    Returns:
        The status that the callback has to return.
    """
    import traceback

    number = next(_numbers)
    _raised[number] = exception
    _raised.pop(number - _RAISED_MAX, None)
    # Its own code for an exception of ours: a call that was cancelled shall count as that.
    code = exception.code if isinstance(exception, errors.Error) else Status.CALLBACK
    if not err:
        return code
    # All three, for Python 3.9.
    kind, place = type(exception), exception.__traceback__
    lines = "".join(traceback.format_exception(kind, exception, place))
    lib.ald_error_new(
        code,
        _HOST_DOMAIN.encode(),
        number,
        one_line(f"{type(exception).__name__}: {exception}"),
        one_line(place_of(exception)),
        lines.replace("\0", "\\0").encode("utf-8", "replace"),
        NULL,
        err,
        NULL,
    )
    return code


def log_failure(function: object, exception: BaseException) -> None:
    """Writes to the log that a function of the user failed which nobody waits for."""
    name = getattr(function, "__qualname__", repr(function))
    message = f"{name} raised {type(exception).__name__}: {exception} [{place_of(exception)}]"
    lib.ald_log_write(LogLevel.ERROR, b"python", one_line(message), NULL)


def place_of(exception: BaseException) -> str:
    """File and line where an exception was raised; "" if it was not."""
    place = exception.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""


def one_line(message: str) -> bytes:
    """A message for the library, whatever it contains."""
    return " ".join(message.replace("\0", "\\0").splitlines()).encode("utf-8", "replace")
