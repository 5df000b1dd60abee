"""The standard streams of a command. Who reads them may go away: a closed terminal, `| head`.

That must not end a measurement or the stop of an axis half way: what cannot be written is dropped.
Commands that only write look at `check` and end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO


class Tolerant:
    """A text stream whose failures are kept, and not raised where something is written."""

    def __init__(self, stream: TextIO | None) -> None:
        """Stands before a stream; None is one that was closed when the command was started."""
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Writes as much as can be written."""
        if self._stream is not None and self.failure is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self.failure = error
        return len(text)

    def flush(self) -> None:
        """Hands on what was written."""
        if self._stream is not None and self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self.failure = error

    def isatty(self) -> bool:
        """True for a terminal."""
        return self._stream is not None and self._stream.isatty()

    def give_up(self) -> None:
        """Discards what Python still holds for a broken stream at the end of the process."""
        if self.failure is not None and self._stream is not None:
            try:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
            except (OSError, ValueError):  # a stream without a descriptor
                pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def tolerant() -> Iterator[None]:
    """Within it the standard streams are tolerant."""
    _fill_descriptors()
    if sys.stdout is None and sys.stderr is not None:
        print("alidade: standard output is closed; nothing is printed there", file=sys.stderr)
    out, err = Tolerant(sys.stdout), Tolerant(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            for stream in (out, err):
                stream.flush()
                stream.give_up()


def check() -> None:
    """Flushes the output stream.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        OSError: It cannot be written.
    """
    sys.stdout.flush()
    failure = getattr(sys.stdout, "failure", None)
    if failure is not None:
        raise failure


def _fill_descriptors() -> None:
    """Opens standard descriptors that are closed: else an instrument's line would become one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
