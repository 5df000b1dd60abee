"""Event loops: one after the other, several at once, closed with work in flight, at exit."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import threading
import warnings

import pytest

import alidade
from alidade import aio
from alidade.aio import _completions
from support import every

pytestmark = pytest.mark.timeout(60)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_one_loop_after_the_other() -> None:
    sensor = aio.MockReadable(value=2.0)

    async def main() -> float:
        return await sensor.read()

    assert [asyncio.run(main()) for _ in range(20)] == [2.0] * 20


def test_loops_that_are_gone_leave_nothing() -> None:
    async def main() -> None:
        await aio.MockReadable().read()

    asyncio.run(main())
    gc.collect()
    before = descriptors(), len(_completions._of_loop)
    for _ in range(20):
        asyncio.run(main())
    gc.collect()
    assert (descriptors(), len(_completions._of_loop)) == before


def test_closed_loops_that_somebody_holds_leave_nothing() -> None:
    loops = [asyncio.new_event_loop() for _ in range(10)]
    gc.collect()
    for loop in loops:
        loop.run_until_complete(aio.MockReadable().read())
        loop.close()
    assert every(id(loop) not in _completions._of_loop for loop in loops)


def test_loops_in_several_threads_at_once() -> None:
    sensor = aio.MockReadable(value=7.0, latency=0.0002)
    results: list[list[float]] = []

    async def main() -> list[float]:
        found = []
        for _ in range(10):
            found += await asyncio.gather(*(sensor.read() for _ in range(20)))
        return found

    threads = [
        threading.Thread(target=lambda: results.append(asyncio.run(main()))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[7.0] * 200] * 4


def test_a_loop_closed_with_work_in_flight() -> None:
    stage = aio.MockMovable(velocity=1.0)
    loop = asyncio.new_event_loop()

    async def begin() -> asyncio.Task[float]:
        task = asyncio.ensure_future(stage.move_abs(50.0))
        while await stage.get("settled"):
            await asyncio.sleep(0)
        return task

    task = loop.run_until_complete(begin())
    loop.close()
    assert not task.done()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        del task, loop
        gc.collect()
    # Nobody waits for the move any more, so it was cancelled and the axis stands.

    async def position() -> float:
        with contextlib.suppress(alidade.CancelledError):
            await stage.wait_settled(timeout=10)
        assert await stage.get("settled")
        return await stage.position()

    assert asyncio.run(position()) < 50.0


def test_uvloop_like_loops_need_only_add_reader() -> None:
    """The engine uses of a loop what `asyncio.AbstractEventLoop` promises."""

    class Loop(asyncio.SelectorEventLoop):
        def create_future(self) -> asyncio.Future[object]:
            raise AssertionError("not needed for awaited calls")

    loop = Loop()
    try:
        assert loop.run_until_complete(aio.MockReadable(value=1.0).read()) == 1.0
    finally:
        loop.close()


def run_script(text: str) -> subprocess.CompletedProcess[str]:
    """Runs a script in a fresh interpreter, which must end by itself."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore::ResourceWarning", "-c", text],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_importing_it_starts_no_thread_and_imports_no_numpy() -> None:
    done = run_script(
        "import sys, threading, alidade.aio\n"
        "assert 'numpy' not in sys.modules\n"
        "assert threading.active_count() == 1"
    )
    assert done.returncode == 0, done.stderr


IN_FLIGHT = """
import asyncio, sys
from alidade.aio import Callable, MockMovable, MockReadable

async def main():
    stage, sensor = MockMovable(velocity=0.1), MockReadable(latency=100.0)
    for awaitable in stage.move_abs(50.0), sensor.read(), sensor.read():
        tasks.append(asyncio.ensure_future(awaitable))
    while await stage.get("settled"):
        await asyncio.sleep(0)
    {ending}

tasks = []
{run}
"""


@pytest.mark.parametrize(
    ("ending", "run", "status"),
    [
        ("return", "asyncio.run(main())", 0),
        ("raise SystemExit(3)", "asyncio.run(main())", 3),
        (
            "return",
            "loop = asyncio.new_event_loop(); loop.run_until_complete(main()); sys.exit(4)",
            4,
        ),
    ],
)
def test_exit_with_awaits_in_flight(ending: str, run: str, status: int) -> None:
    done = run_script(IN_FLIGHT.format(ending=ending, run=run))
    assert done.returncode == status, done.stderr
    assert "Fatal" not in done.stderr


def test_shutting_the_library_down_ends_what_is_awaited_and_it_can_be_used_again() -> None:
    done = run_script(
        """
import asyncio, alidade
from alidade._call import NULL
from alidade._library import lib
from alidade.aio import CompletableOp, MockReadable

async def main():
    read = asyncio.ensure_future(MockReadable(latency=100.0).read())
    op = CompletableOp()
    wait = asyncio.ensure_future(op.wait())
    await asyncio.sleep(0.02)
    assert lib.ald_shutdown(10_000_000_000, NULL) == 0
    for task in read, wait:
        try:
            await task
        except (alidade.CancelledError, alidade.ClosedError):
            continue
        raise AssertionError(task)
    assert await MockReadable(value=2.0).read() == 2.0
    assert await MockReadable(value=3.0).read() == 3.0

asyncio.run(main())
"""
    )
    assert done.returncode == 0, done.stderr


def test_exit_with_blocking_calls_in_flight() -> None:
    done = run_script(
        """
import asyncio, threading
from alidade._library import lib
from alidade.aio._waiting import blocking
from alidade.aio import CompletableOp

async def main():
    begun = threading.Event()
    op = CompletableOp()
    def call(cancel):
        begun.set()
        return lib.ald_op_wait(op._h, -1, cancel, __import__("alidade")._call.NULL)
    task = asyncio.ensure_future(blocking(call))
    while not begun.is_set():
        await asyncio.sleep(0)
    return task

loop = asyncio.new_event_loop()
task = loop.run_until_complete(main())
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_forked_child_does_not_hang() -> None:
    done = run_script(
        """
import asyncio, os, sys
import alidade
from alidade.aio import MockReadable

async def main():
    sensor = MockReadable()
    await sensor.read()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(sensor.read())
        except alidade.ForkedError:
            os._exit(5)
        os._exit(6)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 5, status
    assert await sensor.read() == 0.0

asyncio.run(main())
"""
    )
    assert done.returncode == 0, done.stderr
