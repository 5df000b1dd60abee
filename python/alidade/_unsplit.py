"""Steps that no signal splits.

Python runs signal handlers on the main thread between two of its instructions, and Ctrl-C's raises
there: also between a call into the library and the line that takes its output over. What must not
be left half done is one call of a C function, of which Python sees the end alone. So in this
package

- an output goes into a `place`, which owns it from the moment when the library writes it;
- what belongs together is done by `together`;
- destructors and `destroy` functions are functions of C: what a handler raises in one that is not
  would be printed and lost;
- it waits in slices, because a signal that comes just before the system sleeps does not wake it;
- work goes to another thread by `SimpleQueue.put`, and threads are begun by `begin_thread`;
- what came but was not given to the caller yet is kept in the object until just before `return`.

All of that is about the main thread; no other runs handlers.
"""

from __future__ import annotations

import _thread
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from operator import countOf, is_, setitem
from typing import TYPE_CHECKING, Any

from ._library import ffi, lib

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = [
    "SLICE_S",
    "another",
    "await_begun",
    "await_lock",
    "begin",
    "begin_thread",
    "clear",
    "kept",
    "on_main",
    "place",
    "returned",
    "rooms",
    "together",
]

# Gives back what stands in a place, and empties it.
clear = lib.ald_handle_clear

# The main thread waits no longer than this at once.
SLICE_S = 0.05

_gc = ffi.gc
_new = ffi.new
_get_ident = threading.get_ident
_main = threading.main_thread().ident
_run: Any = partial.__call__


def on_main() -> bool:
    """True on the main thread, which signals interrupt."""
    return _get_ident() == _main


def await_lock(lock: threading.Lock) -> None:
    """Takes a lock so that signals are handled meanwhile."""
    # A signal just before the system sleeps does not wake it: in slices.
    while not lock.acquire(timeout=SLICE_S):
        pass


def place(kind: Any) -> CData:
    """A place for an owned output, such as an `ald_op **`; what is in it goes with it."""
    return _gc(_new(kind), clear)


def returned(function: Callable[..., CData], *arguments: Any, into: Any) -> CData:
    """A place with the owned handle that a function of the library returns."""
    cell = place(into)
    call = (partial(function, *arguments),)
    list(map(partial(setitem, cell, 0), map(_run, call)))
    return cell


def kept(pointer: CData, owner: object) -> CData:
    """A pointer that keeps its owner alive."""
    # Only to hold the owner: called at the end, it compares two things and that is all.
    return _gc(pointer, partial(is_, owner))


def another(handle: CData) -> CData:
    """A reference of our own to the object of a borrowed handle."""
    cell = place("void **")
    together(partial(lib.ald_handle_ref, handle), partial(setitem, cell, 0, handle))
    return kept(handle, cell)


def together(*steps: partial[Any], into: list[Any] | None = None) -> list[Any]:
    """Calls functions of C one after the other, and gives what they give."""
    given = [] if into is None else into
    given.extend(map(_run, steps))
    return given


def rooms(count: int) -> tuple[CData, list[partial[None]]]:
    """Records for a queue to be drained into; their payloads go with them.

    Returns:
        The records, and for each what gives its payload back.
    """
    records = _new(f"ald_record[{count}]")
    clearing = [partial(clear, ffi.addressof(records[i], "payload")) for i in range(count)]
    # Calls all of them, and counts how many give the records.
    return _gc(records, partial(countOf, map(_run, clearing))), clearing


# Threads that were begun and have not run yet.
_coming: set[object] = set()
os.register_at_fork(after_in_child=_coming.clear)


def begin_thread(function: Callable[[], object], name: str) -> None:
    """Begins a thread that does not keep the process.

    Raises:
        RuntimeError: There can be no more.
    """
    # The start of a `Thread` has many steps; they are made on a thread that is begun by one.
    token = object()
    thread = threading.Thread(target=_come, args=(token, function), name=name, daemon=True)
    _begin(token, thread.start)


def begin(function: Callable[..., object], *arguments: object) -> None:
    """Begins a thread without a `Thread`, whose locks interrupted code may hold.

    Raises:
        RuntimeError: There can be no more.
    """
    token = object()
    _begin(token, partial(_come, token, function, *arguments))


def _begin(token: object, function: Callable[[], object]) -> None:
    try:
        together(partial(_coming.add, token), partial(_thread.start_new_thread, function, ()))
    except RuntimeError:
        _coming.discard(token)
        raise


def _come(token: object, function: Callable[..., object], *arguments: object) -> None:
    _coming.discard(token)
    function(*arguments)


def await_begun(timeout_s: float) -> None:
    """Waits at the end of the interpreter until all threads that were begun have run.

    It frees what a thread begins with (`PyThreadState`), and one that runs only then reads it: the
    process would end with a segmentation fault.
    """
    until = time.monotonic() + timeout_s
    while _coming and time.monotonic() < until:
        time.sleep(0.001)
