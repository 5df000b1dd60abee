"""Exceptions: one class for each status of the library."""

from __future__ import annotations

from ._constants import Status

__all__ = [
    "BusyError",
    "CallbackError",
    "CancelledError",
    "ClosedError",
    "CorruptError",
    "DisconnectedError",
    "EndError",
    "Error",
    "ExistsError",
    "ForkedError",
    "InputOutputError",
    "InternalError",
    "InvalidError",
    "LimitError",
    "NoMemoryError",
    "NoSpaceError",
    "NotFoundError",
    "PermissionDeniedError",
    "PolicyError",
    "ProtocolError",
    "RangeError",
    "StateError",
    "StateLostError",
    "TimedOutError",
    "UnsupportedError",
    "VersionError",
    "WouldBlockError",
]


class Error(Exception):
    """Failure in the library, a driver or an instrument.

    The classes below also derive from the built-in exceptions that people catch, so that
    `except TimeoutError` works. The error behind this one is its `__cause__`.

    Attributes:
        code: The status.
        message: One line: what was wrong, what was expected, what to do.
        domain: Who reports it, for example "settings", "device" or "python".
        native_code: The code of the operating system or the instrument; 0 if there is none.
        where: The place, for example "lab.toml:12:3" or "stage/x: position"; "" if unknown.
        traceback: Traceback of a script or a callback, several lines; "" if there is none.
    """

    code: Status = Status.INTERNAL

    def __init__(
        self,
        message: str = "",
        *,
        domain: str = "python",
        native_code: int = 0,
        where: str = "",
        traceback: str = "",
        code: Status | None = None,
    ) -> None:
        """Makes an error; `code` is that of the class unless it is given."""
        message = _shortened(message)
        self.args = (message,)
        self.message = message
        self.domain = domain
        self.native_code = native_code
        self.where = where
        self.traceback = traceback
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} [{self.where}]" if self.where else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (type(self), self.message, dict(self.__dict__)))


_LONGEST = 4200  # a little more than messages of the library, which are shortened there


def _shortened(message: str) -> str:
    """A message that quotes a very long text, without its middle: the advice is at the end."""
    if len(message) <= _LONGEST:
        return message
    return f"{message[:3072]} [... {len(message) - 4096} characters ...] {message[-1024:]}"


def _again(kind: type[Error], message: str, state: dict[str, object]) -> Error:
    """Makes an error that was pickled."""
    error = kind(message)
    error.__dict__.update(state)
    return error


class InternalError(Error, RuntimeError):
    """A defect of the library itself; please report it."""

    code = Status.INTERNAL


class InvalidError(Error, ValueError):
    """A bad argument."""

    code = Status.INVALID


class ClosedError(Error, ValueError):
    """The object was closed."""

    code = Status.CLOSED


class CancelledError(Error):
    """The call or the operation was cancelled."""

    code = Status.CANCELLED


class TimedOutError(Error, TimeoutError):
    """The deadline passed."""

    code = Status.TIMEOUT


class EndError(Error, EOFError):
    """Nothing more will come."""

    code = Status.END


class WouldBlockError(Error, BlockingIOError):
    """Nothing there now, and the call was asked not to wait."""

    code = Status.WOULD_BLOCK


class NotFoundError(Error, KeyError, FileNotFoundError):
    """No such thing; the message names the nearest known name."""

    code = Status.NOT_FOUND


class ExistsError(Error, FileExistsError):
    """The name is taken."""

    code = Status.EXISTS


class BusyError(Error, OSError):
    """Another user or another operation holds it."""

    code = Status.BUSY


class StateError(Error, RuntimeError):
    """Not allowed in the state that the object is in."""

    code = Status.STATE


class RangeError(Error, ValueError):
    """Outside the limits; the message names limit and unit."""

    code = Status.RANGE


class LimitError(Error, RuntimeError):
    """A resource cap was reached."""

    code = Status.LIMIT


class NoMemoryError(Error, MemoryError):
    """Memory ran out."""

    code = Status.NO_MEMORY


class NoSpaceError(Error, OSError):
    """The disk is full."""

    code = Status.NO_SPACE


class InputOutputError(Error, OSError):
    """The operating system reported an input or output error."""

    code = Status.IO


class CorruptError(Error, ValueError):
    """Stored data are damaged or not of the expected format."""

    code = Status.CORRUPT


class ProtocolError(Error, OSError):
    """Data on the wire are damaged or not of the expected protocol."""

    code = Status.PROTOCOL


class UnsupportedError(Error, NotImplementedError):
    """Not supported by this object, this build or this machine."""

    code = Status.UNSUPPORTED


class VersionError(Error, RuntimeError):
    """Two versions do not fit."""

    code = Status.VERSION


class PermissionDeniedError(Error, PermissionError):
    """The operating system or the other side denied access."""

    code = Status.PERMISSION


class PolicyError(Error, PermissionError):
    """A policy of this set-up forbids it."""

    code = Status.POLICY


class DisconnectedError(Error, ConnectionError):
    """The device or the peer is gone."""

    code = Status.DISCONNECTED


class StateLostError(Error, ConnectionResetError):
    """The device was reset and has lost its settings."""

    code = Status.STATE_LOST


class CallbackError(Error, RuntimeError):
    """A callback failed, and its own exception is not at hand any more."""

    code = Status.CALLBACK


class ForkedError(Error, RuntimeError):
    """The process is a forked child of the one that made the object."""

    code = Status.FORKED


OF_STATUS: dict[int, type[Error]] = {
    kind.code.value: kind
    for kind in globals().values()
    if isinstance(kind, type) and issubclass(kind, Error) and kind is not Error
}
"""The class for each status."""
