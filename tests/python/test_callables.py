from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from alidade import Callable, Cancel, MockReadable, errors


def test_calling() -> None:
    double = Callable(lambda x: [x, x], "double")
    assert double.call({"a": 1.5}) == [{"a": 1.5}, {"a": 1.5}]
    assert double.call() == [None, None]
    assert double.name == "double"
    assert repr(double) == "<Callable 'double'>"
    op = double.start_call(3)
    assert op.wait(5) == [3, 3]
    assert Callable(len).name == "len"


class Strange(BaseException):
    """Not even an Exception."""


@pytest.mark.parametrize("kind", [KeyError, Strange, errors.TimedOutError])
def test_what_the_function_raises_is_raised_unchanged(kind: type[BaseException]) -> None:
    error = kind("mine")

    def fail(x: object) -> object:
        raise error

    bad = Callable(fail)
    for _ in range(3):
        with pytest.raises(type(error)) as caught:
            bad.call()
        assert caught.value is error
    with pytest.raises(type(error)) as caught:
        bad.start_call().wait(5)
    assert caught.value is error
    error.__traceback__ = None  # it refers to the function, which refers to the error


def test_a_result_that_is_no_value() -> None:
    with pytest.raises(TypeError, match="object cannot become a value"):
        Callable(lambda x: object()).call()
    with pytest.raises(TypeError, match="cannot be called"):
        Callable(3)


def test_the_deadline_triggers_the_cancel() -> None:
    def wait(x: object, cancel: Cancel) -> str:
        while not cancel.triggered:
            time.sleep(0.001)
        raise errors.CancelledError("given up")

    with pytest.raises(TimeoutError):
        Callable(wait, with_cancel=True).call(timeout=0.02)


def test_cancelling_a_call() -> None:
    begun = threading.Event()

    def wait(x: object, cancel: Cancel) -> str:
        begun.set()
        while not cancel.triggered:
            time.sleep(0.001)
        raise errors.CancelledError("as asked")

    op = Callable(wait, with_cancel=True).start_call()
    assert begun.wait(5)
    op.cancel()
    with pytest.raises(errors.CancelledError, match="as asked"):
        op.wait(5)


def test_closing() -> None:
    with Callable(lambda x: x) as same:
        assert same.call(1) == 1
    same.close()
    with pytest.raises(errors.ClosedError):
        same.call(1)
    with pytest.raises(errors.ClosedError):
        same.start_call(1)


def test_closing_from_inside() -> None:
    def close(x: object) -> str:
        holder[0].close()
        return "closed"

    holder = [Callable(close)]
    itself = holder[0]
    assert itself.call() == "closed"
    with pytest.raises(errors.ClosedError):
        itself.call()
    holder.clear()  # the function holds the object, the object holds the function


def test_closing_ends_and_waits_for_running_calls() -> None:
    begun, ended = threading.Event(), threading.Event()

    def wait(x: object, cancel: Cancel) -> None:
        begun.set()
        while not cancel.triggered:
            time.sleep(0.001)
        ended.set()

    function = Callable(wait, with_cancel=True)
    op = function.start_call()
    assert begun.wait(5)
    function.close()
    assert ended.is_set()
    assert op.wait(5) is None  # the function's own choice


def test_functions_may_use_the_library_and_call_each_other() -> None:
    sensor = MockReadable(value=4)
    inner = Callable(lambda x: sensor.read() * x)
    outer = Callable(lambda x: inner.call(x) + 1)
    assert outer.call(2) == 9


def test_an_exception_passes_through_two_functions() -> None:
    error = ValueError("deep")

    def fail(x: Any) -> Any:
        raise error

    inner = Callable(fail)
    with pytest.raises(ValueError, match="deep") as caught:
        Callable(inner.call).call()
    assert caught.value is error
    error.__traceback__ = None  # it refers to the function, which refers to the error


def test_the_function_is_forgotten_with_the_last_reference() -> None:
    import gc
    import weakref

    from support import eventually

    class Function:
        def __call__(self, x: object) -> object:
            return x

    function = Function()
    gone = weakref.ref(function)
    wrapped = Callable(function)
    del function
    gc.collect()
    assert wrapped.call(1) == 1
    del wrapped
    assert eventually(lambda: gc.collect() >= 0 and gone() is None)


def test_functions_that_raise_on_many_threads() -> None:
    together = threading.Barrier(8, timeout=10)

    def fail(number: int) -> None:
        together.wait()
        raise LookupError(number)

    function = Callable(fail)
    ops = [function.start_call(number) for number in range(8)]
    for number, op in enumerate(ops):
        with pytest.raises(LookupError) as caught:
            op.wait(10)
        assert caught.value.args == (number,)


def test_many_at_once() -> None:
    together = threading.Barrier(4, timeout=10)

    def meet(x: object) -> int:
        return together.wait()

    function = Callable(meet)
    ops = [function.start_call() for _ in range(4)]
    assert sorted(op.wait(10) for op in ops) == [0, 1, 2, 3]
