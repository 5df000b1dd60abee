"""The package's own threads, for calls that block and have no operation.

Calls on the same object run in order, one after the other: they share a lane. The threads are
started when they are needed, there are never more than a few, and idle ones end. What is urgent
(stop, close, cancel) has a thread of its own, so it never waits for another call.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from .._call import call, new
from .._library import ffi, lib

if TYPE_CHECKING:
    from .._ffi import CData

__all__ = ["Job", "submit", "take_back"]

THREADS_MAX = min(32, (os.cpu_count() or 1) + 4)
# After so many seconds without a call a thread ends.
_IDLE_S = 10.0
# At exit, calls that are under way get so many seconds to end after they were cancelled.
_PATIENCE_S = 0.5


class Job:
    """One call, and the task that waits for it."""

    __slots__ = ("_error", "_function", "_loop", "_result", "cancel", "done", "ended", "order")

    def __init__(
        self, function: Callable[[CData], Any], loop: asyncio.AbstractEventLoop, order: object
    ) -> None:
        out = new("ald_cancel **")
        call(lib.ald_cancel_new, out)
        self.cancel: CData = ffi.gc(out[0], lib.ald_cancel_unref)
        # A call without an order is in order with itself.
        self.order: Hashable = self if order is None else order
        self.ended: asyncio.Future[None] = loop.create_future()
        self.done = False
        self._function = function
        self._loop = loop
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Makes the call, on a thread of the package."""
        try:
            self._result = self._function(self.cancel)
        except BaseException as error:
            self._error = error
        try:
            self._loop.call_soon_threadsafe(self._tell)
        except RuntimeError:  # the loop is closed; nobody waits
            pass

    def _tell(self) -> None:
        self.done = True
        if not self.ended.done():
            self.ended.set_result(None)

    def result(self) -> Any:
        """What the function gave, or the exception that it raised."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # its traceback holds this frame
        return self._result


class _Lanes:
    """Which calls wait, and which threads there are."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.work = threading.Condition(self.lock)
        # A lane is in `ready` if it has calls and none of them is under way.
        self.waiting: dict[Hashable, deque[Job]] = {}
        self.ready: deque[Hashable] = deque()
        self.running: dict[Job, threading.Thread] = {}
        self.threads = 0
        self.idle = 0

    def submit(self, job: Job) -> None:
        with self.lock:
            lane = self.waiting.get(job.order)
            if lane is not None:
                lane.append(job)
                return
            self.waiting[job.order] = deque([job])
            self.ready.append(job.order)
            if self.idle >= len(self.ready):
                self.work.notify()
                return
            if self.threads >= THREADS_MAX:
                return
            self.threads += 1
        try:
            threading.Thread(target=self._serve, name="alidade-lane", daemon=True).start()
        except RuntimeError:  # no more threads: the ones that there are come to it
            with self.lock:
                self.threads -= 1
                if self.threads == 0:
                    self._take_out(job)
                    raise

    def take_back(self, job: Job) -> bool:
        with self.lock:
            return self._take_out(job)

    def _take_out(self, job: Job) -> bool:
        """With the lock held. False if the call has begun."""
        lane = self.waiting.get(job.order)
        if lane is None or job not in lane or job in self.running:
            return False
        lane.remove(job)
        if not lane and job.order in self.ready:
            self.ready.remove(job.order)
            del self.waiting[job.order]
        return True

    def _serve(self) -> None:
        """What a thread does."""
        with self.lock:
            while self._await_work():
                order = self.ready.popleft()
                job = self.waiting[order].popleft()
                self.running[job] = threading.current_thread()
                self.lock.release()
                try:
                    job.run()
                finally:
                    self.lock.acquire()
                del self.running[job]
                if self.waiting[order]:
                    self.ready.append(order)
                else:
                    del self.waiting[order]
                del job
            self.threads -= 1

    def _await_work(self) -> bool:
        self.idle += 1
        try:
            return bool(self.ready) or self.work.wait_for(lambda: bool(self.ready), _IDLE_S)
        finally:
            self.idle -= 1

    def run_urgent(self, job: Job) -> None:
        def run() -> None:
            with self.lock:
                self.running[job] = threading.current_thread()
            job.run()
            with self.lock:
                del self.running[job]

        threading.Thread(target=run, name="alidade-urgent", daemon=True).start()


_lanes = _Lanes()


def submit(job: Job, urgent: bool) -> None:
    """Has a call made: in its lane, or at once."""
    (_lanes.run_urgent if urgent else _lanes.submit)(job)


def take_back(job: Job) -> bool:
    """Takes a call back that has not begun; false if it has."""
    return _lanes.take_back(job)


def _end() -> None:
    """Before the library is shut down: ends the calls that are under way."""
    with _lanes.lock:
        running = dict(_lanes.running)
        _lanes.waiting.clear()
        _lanes.ready.clear()
    for job in running:
        lib.ald_cancel_trigger(job.cancel)
    for thread in running.values():
        thread.join(_PATIENCE_S)


def _forget() -> None:
    """A forked child has none of the threads."""
    global _lanes
    _lanes = _Lanes()


os.register_at_fork(after_in_child=_forget)
atexit.register(_end)
