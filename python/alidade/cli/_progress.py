"""How far a recording is, on the error stream: by rich on a terminal, else in plain lines."""

from __future__ import annotations

import math
import sys
import time

from .._closing import Closable


class Progress(Closable):
    """Shows how far something is. A context manager: what it drew is finished at the end."""

    def update(self, rows: int, seconds: float) -> None:
        """So many rows are there after so many seconds."""
        raise NotImplementedError


def progress(total: float) -> Progress:
    """A display for a recording of `total` seconds, which may be infinite."""
    if sys.stderr.isatty():
        try:
            return _Rich(total)
        except ImportError:
            pass
    return _Plain(total)


class _Rich(Progress):
    def __init__(self, total: float) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("recording"),
            BarColumn(),
            TextColumn("{task.fields[rows]} rows"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._total = total
        self._task = self._bar.add_task(
            "recording", total=None if math.isinf(total) else total, rows=0
        )

    def update(self, rows: int, seconds: float) -> None:
        self._bar.update(self._task, completed=min(seconds, self._total), rows=rows)

    def __enter__(self) -> _Rich:
        self._bar.start()
        return self

    def close(self) -> None:
        self._bar.stop()


class _Plain(Progress):
    """One line that is written over on a terminal; elsewhere a new one now and then."""

    _BAR = 30

    def __init__(self, total: float) -> None:
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._pause = 0.1 if self._terminal else 5.0
        self._next = time.monotonic()
        self._last = ""

    def update(self, rows: int, seconds: float) -> None:
        self._last = self._line(rows, seconds)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._pause
            self._write()

    def _line(self, rows: int, seconds: float) -> str:
        if math.isinf(self._total):
            return f"recording: {rows} rows, {seconds:.1f} s; Ctrl-C ends it"
        part = min(1.0, seconds / self._total)
        done = round(part * self._BAR)
        bar = "#" * done + "." * (self._BAR - done)
        return f"recording: [{bar}] {100 * part:3.0f} %, {rows} rows"

    def _write(self) -> None:
        if self._last:
            begin, end = ("\r", "") if self._terminal else ("", "\n")
            print(f"{begin}{self._last}", end=end, file=sys.stderr, flush=True)
            self._last = ""

    def close(self) -> None:
        self._write()
        if self._terminal:
            print(file=sys.stderr)
