"""The package's own threads, for calls that block and have no operation.

Calls on the same object run in order, one after the other: they share a queue. The threads are
begun when they are needed, and all but one end when they have been idle for a while; there are
never more than a few. What is urgent (stop, close, cancel, all that the main thread waits for) does
not wait for another call: it has a thread of its own if none is idle.

Who wants a call puts it into the inbox, which is one step for the main thread. All else is done by
the threads themselves, which no signal interrupts: one of them always listens, and begins another
before it makes a call.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from ._library import ffi, lib
from ._unsplit import await_lock, begin_thread, on_main

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["THREADS_MAX", "Job", "elsewhere", "submit"]

T = TypeVar("T")

THREADS_MAX = min(32, (os.cpu_count() or 1) + 4)
# After so many seconds without a call a thread ends.
_IDLE_S = 10.0
# At exit, calls that are under way get so many seconds to end after they were cancelled.
_GRACE_S = 0.5


class Job:
    """Call on another thread."""

    __slots__ = (
        "_error", "_function", "_result", "_tell", "_turn", "cancel", "is_urgent", "order",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[[], Any],
        cancel: CData,
        tell: Callable[[], object],
        order: object = None,
        is_urgent: bool = False,
    ) -> None:
        """Describes a call.

        Args:
            function: What to call.
            cancel: An `ald_cancel` that ends the call, or NULL.
            tell: Is called on the thread when the call has ended.
            order: Calls with the same object run one after the other.
            is_urgent: Whether it waits behind no other call and for no thread.
        """
        self._function = function
        self._tell = tell
        self._result: Any = None
        self._error: BaseException | None = None
        self._turn = iter((True,))
        self.cancel = cancel
        self.is_urgent = is_urgent
        self.order: Hashable = object() if order is None or is_urgent else order

    def take(self) -> bool:
        """Claims the call, to make it or to keep others from it; False if it is claimed already."""
        return next(self._turn, False)

    def run(self) -> None:
        """Makes the call, unless it was taken back."""
        if not self.take():
            return
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error
        tell = self._tell
        # The error's traceback holds this frame: a ring would keep what the call was given.
        del self
        tell()

    def result(self) -> Any:
        """Returns what the function gave, or raises its exception."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # its traceback holds this frame
        return self._result


class _Executor:
    """Executor: the calls that wait, and the threads that make them."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Job] = SimpleQueue()
        self.is_begun = False
        # At the end of the interpreter no other thread runs any more.
        self.is_over = False
        # All that follows belongs to the threads.
        self.lock = threading.Lock()
        # For each queue with a call that is ready or under way: those behind it.
        self.behind: dict[Hashable, deque[Job]] = {}
        # Calls that can begin as soon as there is a thread for them.
        self.ready: deque[Job] = deque()
        self.running: dict[Job, threading.Thread] = {}
        self.listening = 0

    def submit(self, job: Job) -> None:
        if not self.is_begun:
            begin_thread(self.serve, "alidade-worker")
            self.is_begun = True
        self.inbox.put(job)

    def serve(self) -> None:
        """Takes calls from the inbox and makes them, until the thread has been idle for a while."""
        with self.lock:
            self.listening += 1
        while True:
            try:
                job = self._begun(self.inbox.get(timeout=_IDLE_S))
            except Empty:
                with self.lock:
                    if self.listening > 1:
                        self.listening -= 1
                        return
                continue
            while job is not None:
                job.run()
                job = self._after(job)  # None at last, so that what it held is let go

    def _begun(self, job: Job) -> Job | None:
        """The call, if it begins now on this thread; sees to it that another one listens."""
        with self.lock:
            if job.order in self.behind:
                self.behind[job.order].append(job)
                return None
            self.behind[job.order] = deque()
            if not job.is_urgent and len(self.running) >= THREADS_MAX:
                self.ready.append(job)
                return None
            self.running[job] = threading.current_thread()
            self.listening -= 1
            is_last = self.listening == 0
        if is_last:
            try:
                threading.Thread(target=self.serve, name="alidade-worker", daemon=True).start()
            except RuntimeError:  # there can be no more: this one listens again afterwards
                pass
        return job

    def _after(self, job: Job) -> Job | None:
        """Takes the next call that is ready, for this thread; None to listen."""
        with self.lock:
            del self.running[job]
            queue = self.behind[job.order]
            if queue:
                self.ready.append(queue.popleft())
            else:
                del self.behind[job.order]
            if self.ready and len(self.running) < THREADS_MAX:
                following = self.ready.popleft()
                self.running[following] = threading.current_thread()
                return following
            self.listening += 1
            return None


_executor = _Executor()


def submit(job: Job) -> None:
    """Submits a call: to its queue, or to be made at once.

    Raises:
        RuntimeError: There can be no thread.
    """
    _executor.submit(job)


def elsewhere(function: Callable[[], T], cancel: CData | None = None, grace_s: float = 0.0) -> T:
    """Makes a call where no signal interrupts it, and waits for it so that signals are handled.

    Args:
        function: What to call.
        cancel: An `ald_cancel` that an interrupt triggers; without one the call is made in any case
            and an interrupt only ends the wait for it.
        grace_s: So many seconds an interrupt leaves for its end.
    """
    if not on_main() or _executor.is_over:
        return function()
    ended = threading.Lock()
    ended.acquire()
    job = Job(function, ffi.NULL if cancel is None else cancel, ended.release, is_urgent=True)
    try:
        submit(job)
        await_lock(ended)
    except BaseException:
        if cancel is None:
            submit(job)  # perhaps once more, which changes nothing
        elif not job.take():
            lib.ald_cancel_trigger(cancel)
            ended.acquire(timeout=grace_s)
        raise
    result: T = job.result()
    return result


def _end() -> None:
    """Before the library is shut down: ends the calls that are under way."""
    _executor.is_over = True
    with _executor.lock:
        running = dict(_executor.running)
        _executor.ready.clear()
    for job in running:
        lib.ald_cancel_trigger(job.cancel)
    for thread in running.values():
        thread.join(_GRACE_S)


def _forget() -> None:
    """A forked child has none of the threads."""
    global _executor
    _executor = _Executor()


os.register_at_fork(after_in_child=_forget)
atexit.register(_end)
