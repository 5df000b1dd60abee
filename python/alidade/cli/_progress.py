"""Progress of a measurement, on the error stream: by rich on a terminal, else in plain lines."""

from __future__ import annotations

import math
import sys
import time

from .._closing import Closable


class Progress(Closable):
    """Shows how far something is. A context manager: what it drew is finished at the end."""

    def update(self, done: float, text: str) -> None:
        """Shows how much is done; `text` says what there is now."""
        raise NotImplementedError


def progress(title: str, total: float) -> Progress:
    """A display for something that goes on until `total` is done, which may be infinite."""
    if sys.stderr.isatty():
        try:
            return _Rich(title, total)
        except ImportError:
            pass
    return _Plain(title, total)


class _Rich(Progress):
    def __init__(self, title: str, total: float) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn(title),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._total = total
        self._task = self._bar.add_task(title, total=None if math.isinf(total) else total, text="")

    def update(self, done: float, text: str) -> None:
        self._bar.update(self._task, completed=min(done, self._total), text=text)

    def __enter__(self) -> _Rich:
        self._bar.start()
        return self

    def close(self) -> None:
        self._bar.stop()


class _Plain(Progress):
    """Line that is written over on a terminal; elsewhere a new one now and then."""

    _BAR = 30

    def __init__(self, title: str, total: float) -> None:
        self._title = title
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._pause = 0.1 if self._terminal else 5.0
        self._next = time.monotonic()
        self._last = ""

    def update(self, done: float, text: str) -> None:
        self._last = self._line(done, text)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._pause
            self._write()

    def _line(self, done: float, text: str) -> str:
        if math.isinf(self._total):
            return f"{self._title}: {text}; Ctrl-C ends it"
        part = min(1.0, done / self._total)
        full = round(part * self._BAR)
        bar = "#" * full + "." * (self._BAR - full)
        return f"{self._title}: [{bar}] {100 * part:3.0f} %, {text}"

    def _write(self) -> None:
        if self._last:
            begin, end = ("\r", "") if self._terminal else ("", "\n")
            print(f"{begin}{self._last}", end=end, file=sys.stderr, flush=True)
            self._last = ""

    def close(self) -> None:
        self._write()
        if self._terminal:
            print(file=sys.stderr)
