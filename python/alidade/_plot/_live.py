"""Plots of recordings under way, drawn by a process of their own.

Drawing takes tens of milliseconds of one interpreter's time; in the process that measures it would
delay points, in a thread too.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .. import errors
from .. import log as _log
from ._figure import figure_from, plain

if TYPE_CHECKING:
    from ..tables import Table
    from ._figure import Figure

_END_S = 10.0
_SIZE = 8


class LivePlot:
    """A picture that is drawn again when there is something new, the newest alone."""

    def __init__(
        self, figure: Callable[[Table], Figure], show: Callable[[bytes], Any] | None
    ) -> None:
        """Begins to draw.

        Args:
            figure: Arranges a table; is called on a thread of the plot.
            show: Is given each picture, PNG, on that thread; None shows it in the notebook, or in a
                window.

        Raises:
            UnsupportedError: There is neither a notebook nor a display.
        """
        self._figure = figure
        self._show = show or _notebook()
        if self._show is None and not _has_display():
            raise errors.UnsupportedError(
                "plot=True needs a notebook or a display; give a function that takes pictures, "
                "or draw what was measured by write_png"
            )
        self._changed = threading.Event()
        self._ended = False
        self._latest: Table | None = None
        self._shown: Table | None = None
        self._drawing = subprocess.Popen(
            [sys.executable, "-m", __name__, "picture" if self._show else "window"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the measurement
        )
        self._thread = threading.Thread(target=self._run, name="alidade plot", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Tells whether the last table is shown, so that another one would be drawn now."""
        return self._latest is self._shown

    def update(self, table: Table) -> None:
        """Asks for a picture of a table that does not change any more, and waits for nothing."""
        self._latest = table
        self._changed.set()

    def end(self) -> None:
        """Lets it end with a picture of the last table, and waits for nothing.

        A window stays until somebody closes it.
        """
        self._ended = True
        self._changed.set()

    def close(self, _: object = None) -> None:
        """Ends it, and waits for the last picture."""
        self.end()
        self._thread.join(_END_S)

    def _run(self) -> None:
        try:
            while not self._ended or not self.idle:
                self._changed.wait()
                self._changed.clear()
                table = self._latest
                if table is None or table is self._shown:
                    continue
                picture = self._drawn(self._figure(table))
                if self._show is not None:
                    self._show(picture)
                self._shown = table
        except Exception as error:  # a picture is no reason to end a measurement
            _log.write("warning", f"the plot of the scan has ended: {error}", "plot")
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._drawing.stdin is not None:
            with suppress(OSError):
                self._drawing.stdin.close()
        if self._show is None:
            _windows.append(self._drawing)
            return
        self._drawing.wait()
        if self._drawing.stdout is not None:
            self._drawing.stdout.close()

    def _drawn(self, figure: Figure) -> bytes:
        wanted, pictures = self._drawing.stdin, self._drawing.stdout
        assert wanted is not None
        assert pictures is not None
        wanted.write(json.dumps(plain(figure)).encode() + b"\n")
        wanted.flush()
        picture = pictures.read(int.from_bytes(pictures.read(_SIZE), "big"))
        if not picture:
            raise errors.UnsupportedError("the process that draws has ended")
        return picture


_windows: list[subprocess.Popen[bytes]] = []


def _notebook() -> Callable[[bytes], Any] | None:
    """Finds what shows a picture in the notebook that this runs in; None elsewhere."""
    if "IPython" not in sys.modules:
        return None
    import IPython

    shell: Any = IPython
    if not hasattr(shell.get_ipython(), "kernel"):
        return None
    show: Any = shell.display
    shown = show.display(show.HTML(""), display_id=True)
    return lambda picture: shown.update(show.Image(data=picture))


def _has_display() -> bool:
    return sys.platform != "linux" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _answer(picture: bytes) -> None:
    sys.stdout.buffer.write(len(picture).to_bytes(_SIZE, "big") + picture)
    sys.stdout.buffer.flush()


def _serve_pictures() -> None:
    from ._matplotlib import drawing, png

    for line in sys.stdin.buffer:
        _answer(png(drawing(figure_from(json.loads(line)))))


def _serve_window() -> None:
    from matplotlib import pyplot

    from ._matplotlib import drawing

    window = pyplot.figure(figsize=(9, 6), layout="constrained")
    came: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            came.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while pyplot.fignum_exists(window.number):
        if not came.empty():
            drawing(figure_from(json.loads(came.get())), window)
            window.canvas.draw_idle()
            _answer(b"drawn")
        elif not reader.is_alive():
            pyplot.show(block=True)  # until it is closed
            return
        pyplot.pause(0.02)


if __name__ == "__main__":
    _serve_window() if sys.argv[1] == "window" else _serve_pictures()
