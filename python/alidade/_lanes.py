"""The package's own threads, for calls that block and have no operation.

Calls on the same object run in order, one after the other: they share a lane. The threads are
started when they are needed, there are never more than a few, and idle ones end. What is urgent
(stop, close, cancel, all that the main thread waits for) does not wait for another call: it has a
thread of its own if none is idle.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from ._library import lib

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["THREADS_MAX", "Job", "submit", "take_back"]

THREADS_MAX = min(32, (os.cpu_count() or 1) + 4)
# After so many seconds without a call a thread ends.
_IDLE_S = 10.0
# At exit, calls that are under way get so many seconds to end after they were cancelled.
_PATIENCE_S = 0.5


class Job:
    """One call on another thread."""

    __slots__ = ("_error", "_function", "_result", "_tell", "cancel", "order")

    def __init__(
        self,
        function: Callable[[CData], Any],
        cancel: CData,
        tell: Callable[[], object],
        order: object = None,
    ) -> None:
        """Describes a call.

        Args:
            function: Is given the cancel.
            cancel: An `ald_cancel` that ends the call, or NULL.
            tell: Is called on the thread when the call has ended.
            order: Calls with the same object run one after the other.
        """
        self._function = function
        self._tell = tell
        self._result: Any = None
        self._error: BaseException | None = None
        self.cancel = cancel
        self.order: Hashable = object() if order is None else order

    def run(self) -> None:
        """Makes the call."""
        try:
            self._result = self._function(self.cancel)
        except BaseException as error:
            self._error = error
        self._tell()

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
        self.waiting: dict[Hashable, deque[Job]] = {}
        # The lanes of which a call can begin: none of them has one under way.
        self.ready: deque[Hashable] = deque()
        self.running: dict[Job, threading.Thread] = {}
        self.threads = 0
        self.idle = 0

    def submit(self, job: Job, urgent: bool) -> None:
        with self.lock:
            if urgent:
                job.order = object()  # a lane of its own, before all others
                self.ready.appendleft(job.order)
            elif job.order in self.waiting:
                self.waiting[job.order].append(job)
                return
            else:
                self.ready.append(job.order)
            self.waiting[job.order] = deque([job])
            if self.idle >= len(self.ready):
                self.work.notify()
                return
            if self.threads >= THREADS_MAX and not urgent:
                return
            self.threads += 1
        try:
            threading.Thread(target=self._serve, name="alidade-lane", daemon=True).start()
        except RuntimeError:  # there can be no more threads
            with self.lock:
                self.threads -= 1
                # Those that there are come to it, unless it cannot wait for them.
                if (urgent or self.threads == 0) and self._take_back(job):
                    raise

    def take_back(self, job: Job) -> bool:
        with self.lock:
            return self._take_back(job)

    def _take_back(self, job: Job) -> bool:
        """With the lock held. False if the call has begun."""
        lane = self.waiting.get(job.order)
        if lane is None or job not in lane:
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
                del job, order
            self.threads -= 1

    def _await_work(self) -> bool:
        """With the lock held. False if the thread is to end."""
        if not self.ready and self.threads <= THREADS_MAX:
            self.idle += 1
            self.work.wait_for(lambda: bool(self.ready), _IDLE_S)
            self.idle -= 1
        return bool(self.ready)


_lanes = _Lanes()


def submit(job: Job, urgent: bool = False) -> None:
    """Has a call made: in its lane, or at once."""
    _lanes.submit(job, urgent)


def take_back(job: Job) -> bool:
    """Takes a call back that has not begun; false if it has."""
    return _lanes.take_back(job)


def _end() -> None:
    """Before the library is shut down: ends the calls that are under way."""
    with _lanes.lock:
        running = dict(_lanes.running)
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
