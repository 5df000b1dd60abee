"""Signals that end a program as Ctrl-C does: `with` blocks and `finally` run, so axes stand."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import errors
from ._closing import Closable
from ._unsplit import begin

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["Ended", "Ending", "end_on_signals"]

# Time that an event loop may take to come to the exception; then what blocks it is interrupted.
_LOOP_S = 1.0


class Ended(SystemExit):
    """A signal ends the program. Uncaught, the exit code is 128 and the signal's number.

    Attributes:
        signal: Its number.
    """

    def __init__(self, number: int) -> None:
        """Makes one for a signal."""
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __str__(self) -> str:
        return f"ended by {self.signal.name}"


class Ending(Closable):
    """Signals that raise in the main thread, until it is closed; see `end_on_signals`."""

    __slots__ = ("_former", "_grace", "_is_blocked", "_is_taken", "_last", "held", "noted")

    held: bool
    """True while a step is under way that must not be left half done: a signal is noted then."""

    noted: int | None
    """The first signal, where it came while `held`."""

    def __init__(self, numbers: tuple[int, ...], grace: float) -> None:
        self._former: dict[int, Any] = {}
        self._grace = grace
        self._last = -math.inf
        self._is_blocked = self._is_taken = False
        self.held = False
        self.noted = None
        for number in numbers:
            former = signal.getsignal(number)
            # None: a handler that Python does not know; the application's, which we leave alone.
            if former is not None and former is not signal.SIG_IGN:
                self._former[number] = former
                signal.signal(number, self._handle)

    def close(self) -> None:
        """Gives the signals back to whom they belonged."""
        for number, former in self._former.items():
            # Somebody else's by now: not ours to give back.
            if signal.getsignal(number) == self._handle:
                signal.signal(number, former)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._is_blocked:
            self._is_blocked = False
            self._is_taken = True
            raise _exception(number)
        now = time.monotonic()
        if now - self._last < self._grace:
            return
        is_first = self._last == -math.inf
        self._last = now
        if self.held and is_first:
            self.noted = number
            return
        loop = _running_loop()
        if loop is None:
            raise _exception(number)
        self._ask(loop, number)

    def _ask(self, loop: AbstractEventLoop, number: int) -> None:
        """Lets the loop raise between two of its steps: within one, tasks would be left hanging."""

        def end() -> None:
            if not self._is_taken:
                self._is_taken = True
                raise _exception(number)

        self._is_taken = False
        loop.call_soon_threadsafe(end)
        begin(self._remind, number)

    def _remind(self, number: int) -> None:
        """Interrupts a call that blocks the loop: its axis would drive on until it has ended."""
        time.sleep(_LOOP_S)
        if not self._is_taken:
            self._is_blocked = True
            signal.pthread_kill(threading.main_thread().ident or 0, number)


def end_on_signals(*signals: int, grace: float = 10.0) -> Ending:
    """Ends the program on signals as Ctrl-C does, with motions stopped and files closed.

    A signal raises `Ended`, a `SystemExit` with the exit code 128 and the signal's number, in the
    main thread: what waits is cancelled, axes stop, `with` blocks and `finally` run. SIGINT raises
    `KeyboardInterrupt` as ever. Under asyncio the loop raises it, and `asyncio.run` cancels all
    tasks and waits for them; a call that blocks the loop is interrupted after a second.

    A signal that is ignored stays so, as SIGHUP under nohup. Nothing of this happens by itself: the
    library never touches the signals of a program that does not call this.

    Example:
        >>> with end_on_signals(), stage:
        ...     stage.move_abs(50.0)
        50.0

    Args:
        *signals: Which; none for SIGTERM and SIGHUP, as which a closed terminal comes.
        grace: Seconds after one signal in which others change nothing, so that a second Ctrl-C
            keeps no axis from being stopped.

    Returns:
        The token, with `close()`, for a `with` block too; what the signals did before is restored.

    Raises:
        StateError: Called from another thread than the main one, which Python forbids.
        InvalidError: A grace that is negative or no number.
    """
    if threading.current_thread() is not threading.main_thread():
        raise errors.StateError(
            "end_on_signals was called from another thread than the main one, where Python allows "
            "no signal handlers; call it at the begin of the program"
        )
    if not grace >= 0:
        raise errors.InvalidError(f"grace is {grace!r} s, expected 0 s or more")
    return Ending(signals or (signal.SIGTERM, signal.SIGHUP), grace)


def _exception(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else Ended(number)


def _running_loop() -> AbstractEventLoop | None:
    """The event loop that runs on this thread."""
    asyncio = sys.modules.get("asyncio")
    try:
        return None if asyncio is None else asyncio.get_running_loop()
    except RuntimeError:
        return None
