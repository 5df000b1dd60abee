"""Messages of the command on the error stream."""

from __future__ import annotations

import sys

from .._message_names import AT_A_SHELL
from ..errors import Error, InternalError


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
    return at_a_shell("\n".join(lines))


def warn(text: str) -> None:
    """Tells of something that is wrong but does not end the command."""
    print(f"alidade: {at_a_shell(text)}", file=sys.stderr)


def at_a_shell(text: str) -> str:
    """A message with commands in place of the functions of Python that it names."""
    for function, command in AT_A_SHELL.items():
        text = text.replace(function, command)
    return text
