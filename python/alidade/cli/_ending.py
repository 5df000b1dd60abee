"""Ending of a command: by itself, or by Ctrl-C, SIGTERM and SIGHUP, which count alike."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..signals import Ended, Ending, end_on_signals

ENDED = (KeyboardInterrupt, Ended)

# After one signal, others change nothing for so many seconds: an axis is stopped, files are closed,
# safe states are taken up meanwhile.
GRACE_S = 10.0

_now: Ending | None = None


@contextmanager
def signals_heeded() -> Iterator[None]:
    """Within it signals end the command. Those that were ignored at its start stay so."""
    global _now
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with end_on_signals(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, grace=GRACE_S) as _now:
        try:
            yield
        finally:
            _now = None


def exit_code(ended: BaseException) -> int:
    """The exit code of a command that a signal has ended."""
    return 128 + (ended.signal if isinstance(ended, Ended) else signal.SIGINT)


def current() -> Ending:
    """Handler of the signals now. While its `held` is true, a first signal is only noted."""
    return _now or Ending((), GRACE_S)


def noted_code(ending: Ending) -> int:
    """The exit code for a signal that came while `held`; 0 if none did."""
    return 0 if ending.noted is None else 128 + ending.noted
