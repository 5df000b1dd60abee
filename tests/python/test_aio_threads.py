"""Calls that block on the package's own threads: order, bounds, urgency, cancelling."""

from __future__ import annotations

import asyncio
import gc
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import alidade
from alidade import _executor, aio
from alidade._call import NULL
from alidade._handle import output
from alidade._library import ffi, lib
from alidade.aio._waiting import blocking
from support import eventually, every

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(60)


def until_cancelled(begun: threading.Event) -> Callable[[Any], int]:
    """A call that ends only when it is cancelled."""
    op = alidade.CompletableOp()

    def call(cancel: Any) -> int:
        begun.set()
        return int(lib.ald_op_wait(op._h, -1, cancel, NULL))

    return call


async def set_(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


def test_calls_with_the_same_object_run_in_order() -> None:
    running: list[int] = []
    order: list[int] = []

    def call(number: int) -> int:
        running.append(number)
        assert running == [number]
        order.append(number)
        running.remove(number)
        return number

    async def main() -> None:
        calls = [blocking(lambda _, n=n: call(n), "object") for n in range(200)]  # type: ignore[misc]
        assert await asyncio.gather(*calls) == list(range(200))

    asyncio.run(main())
    assert order == list(range(200))


def test_calls_with_different_objects_run_at_the_same_time() -> None:
    together = threading.Barrier(4)

    async def main() -> None:
        await asyncio.gather(*(blocking(lambda _: together.wait(30), n) for n in range(4)))

    asyncio.run(main())


def test_there_are_never_more_threads_than_the_bound() -> None:
    lock, inside, most = threading.Lock(), 0, 0
    room = threading.Event()

    def call(_: Any) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == _executor.THREADS_MAX:
                room.set()
        assert room.wait(30)
        with lock:
            inside -= 1

    async def main() -> None:
        await asyncio.gather(*(blocking(call) for _ in range(4 * _executor.THREADS_MAX)))

    asyncio.run(main())
    assert most == _executor.THREADS_MAX


def test_urgent_calls_do_not_queue() -> None:
    go_on = threading.Event()

    async def main() -> None:
        held = [
            asyncio.ensure_future(blocking(lambda _: go_on.wait(30), n))
            for n in range(2 * _executor.THREADS_MAX)
        ]
        await asyncio.sleep(0)
        assert await blocking(lambda _: "through", 0, urgent=True) == "through"
        go_on.set()
        assert every(await asyncio.gather(*held))

    asyncio.run(main())


def test_cancelling_ends_the_call_natively_and_waits_for_it() -> None:
    async def main() -> None:
        begun, over = threading.Event(), threading.Event()
        inner = until_cancelled(begun)

        def call(cancel: Any) -> None:
            inner(cancel)
            over.set()

        task = asyncio.ensure_future(blocking(call))
        await set_(begun)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert over.is_set()

    asyncio.run(main())


def test_a_cancelled_call_that_has_not_begun_never_begins() -> None:
    async def main() -> None:
        begun, ran = threading.Event(), threading.Event()
        first = asyncio.ensure_future(blocking(until_cancelled(begun), "object"))
        await set_(begun)
        second = asyncio.ensure_future(blocking(lambda _: ran.set(), "object"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        assert second.cancelled()
        assert not first.done()
        first.cancel()
        await asyncio.wait([first])
        assert await blocking(lambda _: "next", "object") == "next"
        assert not ran.is_set()

    asyncio.run(main())


def test_exceptions_come_through() -> None:
    failure = ZeroDivisionError("mine")

    def fail(_: Any) -> None:
        raise failure

    async def main() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError) as caught:
                await blocking(fail, "object")
            assert caught.value is failure

    asyncio.run(main())


def test_a_call_whose_loop_is_closed_meanwhile() -> None:
    go_on, over = threading.Event(), threading.Event()

    def call(_: Any) -> None:
        assert go_on.wait(30)
        over.set()

    async def main() -> asyncio.Task[None]:
        task = asyncio.ensure_future(blocking(call))
        await asyncio.sleep(0.01)
        return task

    loop = asyncio.new_event_loop()
    task = loop.run_until_complete(main())
    loop.close()
    go_on.set()
    assert over.wait(30)
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    assert asyncio.run(blocking(lambda _: "still there")) == "still there"


def test_a_lossless_queue_holds_the_task_back_not_the_loop() -> None:
    async def main() -> None:
        queue = aio.Queue(1, "lossless")
        await queue.push(value=1)
        second = asyncio.ensure_future(queue.push(value=2))
        await asyncio.sleep(0.02)
        assert not second.done()
        assert (await queue.next()).value == 1
        await second
        assert (await queue.next()).value == 2

    asyncio.run(main())


def test_the_error_of_a_call_that_was_given_up_keeps_nothing() -> None:
    """A ring would stay until the garbage collector runs once more, which may be long after."""
    ended = threading.Event()

    def refused(cancel: Any) -> None:
        raise alidade.errors.CancelledError("nobody asks for the result")

    before = lib.ald_handle_count()
    gc.collect()
    gc.disable()
    try:
        cancel = output(lib.ald_cancel_new, out=ffi.typeof("ald_cancel **"))
        _executor.submit(_executor.Job(partial(refused, cancel), cancel, ended.set))
        del cancel
        assert ended.wait(10)
        assert eventually(lambda: lib.ald_handle_count() <= before)
    finally:
        gc.enable()
