"""Messages of the command on the error stream."""

from __future__ import annotations

import logging
import sys

from ..errors import Error, InternalError
from ._log_file import note


def failure(error: BaseException) -> str | None:
    """An error as one readable block; None for one that is a defect and wants its traceback."""
    if isinstance(error, InternalError):
        return None
    if isinstance(error, Error):
        lines = [f"alidade: {error.message}"]
        if error.where:
            lines.append(f"  at: {error.where}")
    elif isinstance(error, ImportError) and (error.name or "").startswith("alidade."):
        lines = [f"alidade: {error}"]  # a room that the library was built without
    elif isinstance(error, OSError) and error.filename is not None:
        lines = [f"alidade: {error.filename}: {error.strerror}"]
    elif isinstance(error, OSError):
        lines = [f"alidade: {error}"]
    else:
        return None
    cause = error.__cause__
    while cause is not None:
        lines.append(f"  because: {cause}")
        cause = cause.__cause__
    return "\n".join(lines)


def warn(text: str) -> None:
    """Tells of something that is wrong but does not end the command."""
    print(f"alidade: {text}", file=sys.stderr)
    note(text, logging.WARNING)
