from __future__ import annotations

import math
import threading
import time

import pytest

from alidade import Cancel, CompletableOp, Queue, errors
from alidade._constants import NotifyFlags, OpFlags, OpState
from alidade._library import ffi, lib
from support import every


def test_an_operation_of_ones_own() -> None:
    op = CompletableOp()
    assert op.state is OpState.PENDING
    assert not op.done
    op.advance(1, 4, unit="mm", phase="scanning")
    progress = op.progress()
    assert progress.state is OpState.RUNNING
    assert (progress.done, progress.total, progress.unit, progress.phase) == (
        1,
        4,
        "mm",
        "scanning",
    )
    op.finish({"points": [1, 2]})
    assert op.wait() == {"points": [1, 2]}
    assert op.state is OpState.DONE
    for call in (op.finish, op.advance):
        with pytest.raises(errors.StateError):
            call()


def test_failing() -> None:
    op = CompletableOp()
    error = ZeroDivisionError("mine")
    op.fail(error)
    assert op.state is OpState.FAILED
    with pytest.raises(ZeroDivisionError) as caught:
        op.wait()
    assert caught.value is error
    with pytest.raises(errors.CallbackError, match="ZeroDivisionError: mine"):
        op.result()  # its exception has been handed out
    cancelled = CompletableOp()
    cancelled.fail(errors.CancelledError("enough"))
    assert cancelled.state is OpState.CANCELLED
    with pytest.raises(errors.CancelledError):
        cancelled.wait()


def test_waiting_for_requests() -> None:
    op = CompletableOp(pausable=True)
    op.advance()
    with pytest.raises(TimeoutError):
        op.wait_asked(timeout=0.01)
    op.pause()
    assert op.wait_asked() == OpFlags.ASKED_PAUSE
    assert op.state is OpState.PAUSED
    op.resume()
    assert op.wait_asked(OpFlags.ASKED_PAUSE) == OpFlags(0)
    threading.Timer(0.01, op.cancel).start()
    assert op.wait_asked(timeout=math.inf) == OpFlags.ASKED_CANCEL
    op.fail(errors.CancelledError())
    with pytest.raises(errors.StateError):
        op.wait_asked(OpFlags.ASKED_CANCEL)
    rigid = CompletableOp()
    rigid.advance()
    with pytest.raises(errors.UnsupportedError):
        rigid.pause()


def test_waiting_in_threads() -> None:
    op = CompletableOp()
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(op.wait())) for _ in range(5)]
    for thread in threads:
        thread.start()
    op.finish(3)
    for thread in threads:
        thread.join()
    assert got == [3] * 5


@pytest.mark.parametrize("timeout", [0, 0.01, 0.12])
def test_a_wait_that_times_out(timeout: float) -> None:
    op = CompletableOp()
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        op.wait(timeout)
    assert time.monotonic() - begun >= timeout
    assert op.state is OpState.PENDING


def test_updates_end_with_the_operation() -> None:
    op = CompletableOp()

    def work() -> None:
        for step in range(3):
            op.advance(step, 3)
            time.sleep(0.001)
        op.fail(ValueError("x"))

    thread = threading.Thread(target=work)
    thread.start()
    seen = list(op.updates())
    thread.join()
    assert seen[-1].state is OpState.FAILED
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)


def test_an_operation_that_is_forgotten_is_cancelled() -> None:
    op = CompletableOp()
    q = Queue(10)
    status = lib.ald_op_notify(op._h, q._h, 7, int(NotifyFlags.ENDED), ffi.NULL)
    assert status == 0
    del op
    record = q.next(5)
    assert record.name == "op.ended"
    assert record.tag == 7
    assert record.status == errors.CancelledError.code


def test_records_of_an_operation() -> None:
    op = CompletableOp()
    q = Queue(10)
    all_news = int(NotifyFlags.BEGUN | NotifyFlags.PROGRESS | NotifyFlags.ENDED)
    assert lib.ald_op_notify(op._h, q._h, 7, all_news, ffi.NULL) == 0
    op.advance(2, 5)
    op.finish(2.5)
    records = q.drain()
    assert records[0].name == "op.begun"
    assert records[-1].name == "op.ended"
    assert records[-1].value == 2.5
    assert every(record.tag == 7 for record in records)


def test_bad_arguments() -> None:
    op = CompletableOp()
    with pytest.raises(errors.InvalidError, match="15 bytes"):
        op.advance(unit="x" * 16)
    with pytest.raises(errors.InvalidError, match="47 bytes"):
        op.advance(phase="x" * 48)
    with pytest.raises(TypeError):
        op.advance("1")
    with pytest.raises(TypeError):
        op.finish(object())
    assert op.state is OpState.PENDING


def test_cancel() -> None:
    cancel = Cancel()
    assert not cancel.triggered
    assert repr(cancel) == "<Cancel not triggered>"
    cancel.trigger()
    cancel.trigger()
    assert cancel.triggered
    assert repr(cancel) == "<Cancel triggered>"
