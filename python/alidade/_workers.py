"""Threads for calls that block, so that the main thread stays open to signals."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# Threads that wait for a next job; more than these end after theirs.
_IDLE_MAX = 2


_idle: list[_Worker] = []


class Job(Generic[T]):
    """One call on another thread."""

    __slots__ = ("_done", "_error", "_function", "_result")

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._done = threading.Lock()
        self._done.acquire()
        self._error: BaseException | None = None
        self._result: T

    def run(self) -> None:
        """Makes the call, on the worker."""
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error
        self._done.release()

    def wait(self, timeout: float = -1) -> None:
        """Waits for the end; signal handlers run meanwhile.

        Args:
            timeout: Seconds; -1 waits without limit.
        """
        if self._done.acquire(timeout=timeout):
            self._done.release()

    def result(self) -> T:
        """What the function gave, or the exception that it raised."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # its traceback holds this frame
        return self._result


class _Worker(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="alidade-worker", daemon=True)
        self._wake = threading.Lock()
        self._wake.acquire()
        self._job: Job[object] | None = None

    def give(self, job: Job[object]) -> None:
        self._job = job
        self._wake.release()

    def run(self) -> None:
        while True:
            self._wake.acquire()
            job, self._job = self._job, None
            if job is not None:
                job.run()
                del job
                if not self._offer():
                    return

    def _offer(self) -> bool:
        if len(_idle) >= _IDLE_MAX:
            return False
        _idle.append(self)
        return True


def submit(function: Callable[[], T]) -> Job[T]:
    """Has a function called on another thread."""
    job = Job(function)
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
        worker.start()
    worker.give(job)  # type: ignore[arg-type]
    return job


# The threads are not there in a forked child.
os.register_at_fork(after_in_child=_idle.clear)
