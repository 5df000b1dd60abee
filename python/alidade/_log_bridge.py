"""The library's log as records of Python's `logging`.

Lines come on threads of the library, which wait for no handler: each is put into a queue, in one
step that takes no lock, and one thread of the package hands them to the loggers, in their order. So
a handler may take its time, and may call the library.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import threading
from queue import SimpleQueue

from ._constants import LogLevel
from ._unsplit import begin_thread

__all__ = ["Bridge", "level_from_logging"]

Line = tuple[int, LogLevel, str, str]

ROOT = "alidade"
TRACE = 5
# Limit of the lines that wait for slow handlers; more of them are lost, and counted.
_WAITING_MAX = 10_000
# At exit, handlers get so many seconds for what still waits.
_GRACE_S = 1.0

_LEVELS = {
    LogLevel.TRACE: TRACE,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


def level_from_logging() -> LogLevel:
    """The least level of the library that the logger "alidade" lets pass now."""
    least = logging.getLogger(ROOT).getEffectiveLevel()
    return next((level for level, number in _LEVELS.items() if number >= least), LogLevel.OFF)


class Bridge:
    """Sink that hands lines to the loggers, on a thread of its own."""

    __slots__ = ("_ended", "_lines", "_lost", "_process")

    def __init__(self) -> None:
        if logging.getLevelName(TRACE) == f"Level {TRACE}":
            logging.addLevelName(TRACE, "TRACE")
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        self._lost = 0
        self._process = os.getpid()
        self._ended = threading.Lock()
        self._ended.acquire()
        begin_thread(self._hand_on, "alidade log")
        atexit.register(self.close)

    def __call__(self, t_wall_ns: int, level: LogLevel, domain: str, message: str) -> None:
        """Takes a line."""
        line = t_wall_ns, level, domain, message
        if not self._ended.locked():
            _emit(line)  # the interpreter ends: no thread is left to do it
        elif self._lines.qsize() < _WAITING_MAX:
            self._lines.put(line)
        else:
            self._lost += 1

    def close(self) -> None:
        """Hands on what has come until now; what comes later is handed on by who writes it."""
        atexit.unregister(self.close)
        if os.getpid() != self._process:
            return  # a forked child has not the thread
        self._lines.put(None)
        if self._ended.acquire(timeout=_GRACE_S):
            self._ended.release()

    def _hand_on(self) -> None:
        while True:
            line = self._lines.get()
            if line is None:
                break
            _emit(line)
            if self._lost:
                lost, self._lost = self._lost, 0
                text = f"{lost} lines were lost: handlers of logging take too long"
                _emit((line[0], LogLevel.WARNING, "log", text))
        self._ended.release()


def _emit(line: Line) -> None:
    t_wall_ns, level, domain, message = line
    # A dot would make children of what is one speaker.
    logger = logging.getLogger(".".join(filter(None, (ROOT, re.sub(r"[.\s]+", "_", domain)))))
    number = _LEVELS[level]
    if not logger.isEnabledFor(number):
        return
    try:
        record = logger.makeRecord(logger.name, number, "(alidade)", 0, message, (), None)
        record.relativeCreated += 1e3 * (t_wall_ns / 1e9 - record.created)
        record.created = t_wall_ns / 1e9
        record.msecs = t_wall_ns // 1_000_000 % 1000
        logger.handle(record)
    except Exception:  # of a filter; handlers see to their own
        if logging.raiseExceptions:
            import sys
            import traceback

            print(f"alidade: a filter of the logger {logger.name!r} failed", file=sys.stderr)
            traceback.print_exc()
