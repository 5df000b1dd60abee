"""The log: one for the process.

Lines go to one sink (by default standard error from WARNING on) and to any number of queues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._call import NULL, call, member, name_bytes, one_line, text
from ._callbacks import callback, hook, interrupt_again, registering, release
from ._constants import LogLevel, Policy
from ._handle import handle_of
from ._library import ffi, lib
from .queue import Queue

if TYPE_CHECKING:
    from ._ffi import CData
    from ._log_bridge import Bridge

__all__ = [
    "LogLevel", "attach", "detach", "level", "lines", "set_level", "set_sink", "to_logging",
    "write",
]  # fmt: skip


# Bridges to `logging`; each is ended by what takes its place.
_bridges: list[Bridge] = []


def level_of(level: str | int) -> LogLevel:
    """The level for a name or a number."""
    return member(LogLevel, level, "log level") if isinstance(level, str) else LogLevel(level)


def level() -> LogLevel:
    """The least level that is written."""
    return LogLevel(lib.ald_log_get_level())


def set_level(level: str | int) -> None:
    """Sets the least level that is written: "trace", "debug", "info", "warning", "error", "off".

    Raises:
        InvalidError: No such level.
    """
    call(lib.ald_log_set_level, level_of(level))


def write(level: str | int, message: str, domain: str = "python") -> None:
    """Writes a line.

    Args:
        level: "trace" to "error".
        message: What happened; control characters are escaped.
        domain: Who speaks.

    Raises:
        InvalidError: No such level.
    """
    call(lib.ald_log_write, level_of(level), name_bytes(domain, "domain"), one_line(message))


def set_sink(sink: Callable[[int, LogLevel, str, str], Any] | None) -> None:
    """Puts a function in the place of standard error.

    Args:
        sink: Is given the time (UTC, nanoseconds since 1970), level, domain and message of each
            line, on the thread that writes it. It must not block; what it raises is written to
            standard error. None goes back to standard error.

    Raises:
        StateError: Called from inside a sink.
    """
    if sink is None:
        call(lib.ald_log_set_sink, NULL, NULL, NULL)
    else:
        user_data = hook(sink)
        call(registering(lib.ald_log_set_sink, user_data), _sink, user_data, release)
    while _bridges and _bridges[0] is not sink:
        _bridges.pop(0).close()


def to_logging(level: str | int | None = None) -> None:
    """Hands the log to Python's `logging`, in the place of standard error; `set_sink` ends that.

    A line becomes a record of the logger "alidade." and its domain ("alidade.serial"), with the
    time when it was written; TRACE has the number 5. Handlers run on one thread of the package, one
    line at a time, so that no instrument waits for them; they may call the library. What is left
    when the interpreter ends is handed on then.

    Example:
        >>> import logging
        >>> logging.basicConfig(filename="lab.log", level=logging.INFO)
        >>> to_logging()

    Args:
        level: The least level that the library writes from now on; None is that of the logger
            "alidade" now. Set either again by `set_level` and `Logger.setLevel`.

    Raises:
        InvalidError: No such level.
    """
    from ._log_bridge import Bridge, level_from_logging

    set_level(level_from_logging() if level is None else level)
    bridge = Bridge()
    _bridges.append(bridge)
    set_sink(bridge)


@callback("void(void *, int64_t, ald_log_level, char *, char *)")
def _sink(user_data: CData, t_wall_ns: int, level: int, domain: CData, message: CData) -> None:
    function = ffi.from_handle(user_data)
    try:
        function(t_wall_ns, LogLevel(level), text(domain), text(message))
    except KeyboardInterrupt:
        interrupt_again()
    except BaseException as error:
        import sys

        # The log itself is what failed.
        sys.unraisablehook(
            type(
                "UnraisableHookArgs",
                (),
                {
                    "exc_type": type(error),
                    "exc_value": error,
                    "exc_traceback": error.__traceback__,
                    "err_msg": "Exception ignored in a log sink",
                    "object": function,
                },
            )()
        )


def attach(queue: Queue, level: str | int = LogLevel.INFO) -> None:
    """Attaches a queue, which gets every line from now on too, as `log.written` records.

    Args:
        queue: Gets records whose payload is a dict with level, domain and message.
        level: The least level that this queue gets; lines below the log's own are not made.

    Raises:
        ExistsError: It is attached already.
        ClosedError: The queue is closed.
    """
    call(lib.ald_log_attach, handle_of(queue, Queue, "queue"), level_of(level))


def detach(queue: Queue) -> None:
    """Ends what `attach` began.

    Raises:
        NotFoundError: It is not attached.
    """
    call(lib.ald_log_detach, handle_of(queue, Queue, "queue"))


def lines(
    level: str | int = LogLevel.INFO,
    *,
    policy: str | Policy = Policy.DROP_OLDEST,
    capacity: int = 1024,
) -> Queue:
    """A queue that gets the lines of the log from now on; close it to end that."""
    queue = Queue(capacity, policy)
    attach(queue, level)
    return queue
