"""`--log FILE`: what a command and the library have to tell, in a file."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Lines of the command itself.
COMMAND = "alidade.command"


class _Utc(logging.Formatter):
    """Times as UTC, as in tables."""

    converter = time.gmtime  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )


class _OnError(logging.StreamHandler):  # type: ignore[type-arg] # generic in stubs alone
    """The error stream gets what it gets without a file: warnings of the library."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name != COMMAND and super().filter(record)  # which it has told already


@contextmanager
def logged(file: Path | None) -> Iterator[None]:
    """Within it a file gets every line of the log from debug on, behind what it has; None is none.

    Raises:
        OSError: The file cannot be written.
    """
    if file is None:
        yield
        return
    from .. import __version__
    from .. import log as _log

    written = logging.FileHandler(file, "a", "utf-8")
    written.setFormatter(_Utc())
    told = _OnError(sys.stderr)
    told.setLevel(logging.WARNING)
    told.setFormatter(logging.Formatter("alidade: %(name)s: %(message)s"))
    logger = logging.getLogger("alidade")
    logger.setLevel(logging.DEBUG)
    for handler in (written, told):
        logger.addHandler(handler)
    note(f"alidade {__version__}: {' '.join(sys.argv[1:])}", logging.INFO)
    _log.to_logging("debug")
    try:
        yield
    finally:
        _log.set_sink(None)
        for handler in (written, told):
            logger.removeHandler(handler)
            handler.close()


def note(text: str, level: int) -> None:
    """Notes what the command tells, where it has a file for that."""
    logger = logging.getLogger(COMMAND)
    if logger.hasHandlers():
        logger.log(level, "%s", text)
