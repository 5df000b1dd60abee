from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

import alidade
from alidade import errors
from alidade._call import call, taken
from alidade._constants import Status
from alidade._library import ffi, lib


def test_every_status_has_a_class() -> None:
    assert set(errors.OF_STATUS) == {int(status) for status in Status if status < 0}
    for code, kind in errors.OF_STATUS.items():
        assert kind.code == code
        assert kind.__name__ in errors.__all__


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidError, ValueError),
        (errors.ClosedError, ValueError),
        (errors.TimedOutError, TimeoutError),
        (errors.EndError, EOFError),
        (errors.WouldBlockError, BlockingIOError),
        (errors.NotFoundError, KeyError),
        (errors.NotFoundError, FileNotFoundError),
        (errors.ExistsError, FileExistsError),
        (errors.StateError, RuntimeError),
        (errors.RangeError, ValueError),
        (errors.NoMemoryError, MemoryError),
        (errors.InputOutputError, OSError),
        (errors.UnsupportedError, NotImplementedError),
        (errors.PermissionDeniedError, PermissionError),
        (errors.DisconnectedError, ConnectionError),
    ],
)
def test_what_people_catch(kind: type[errors.Error], builtin: type[BaseException]) -> None:
    with pytest.raises(builtin, match=r"^what is wrong \[here\]$") as caught:
        raise kind("what is wrong", where="here", domain="test", native_code=5)
    error = caught.value
    assert isinstance(error, alidade.Error)
    assert (error.domain, error.native_code, error.where) == ("test", 5, "here")


def test_errors_can_be_pickled() -> None:
    error = errors.NotFoundError("no such thing", where="a:1", domain="settings", native_code=2)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.NotFoundError
    assert str(again) == "no such thing [a:1]"
    assert (again.domain, again.native_code, again.code) == ("settings", 2, Status.NOT_FOUND)


def native_error(code: int, message: bytes, cause: object = ffi.NULL) -> object:
    out = ffi.new("ald_error **")
    status = lib.ald_error_new(
        code, b"serial", 11, message, b"port 1", b"line 1\nline 2", cause, out, ffi.NULL
    )
    assert status == 0
    return out


def test_native_errors_keep_everything() -> None:
    inner = native_error(Status.IO, b"the cable is out")
    outer = native_error(Status.DISCONNECTED, b"the stage is gone", inner[0])
    lib.ald_error_ref(inner[0])
    lib.ald_error_unref(inner[0])
    lib.ald_error_unref(inner[0])
    error = taken(outer)
    assert type(error) is errors.DisconnectedError
    assert error.message == "the stage is gone"
    assert (error.domain, error.native_code, error.where) == ("serial", 11, "port 1")
    assert error.traceback == "line 1\nline 2"
    cause = error.__cause__
    assert type(cause) is errors.InputOutputError
    assert cause.message == "the cable is out"


def test_without_memory_for_the_error_the_status_is_still_told() -> None:
    error = taken(ffi.new("ald_error **"), Status.TIMEOUT)
    assert type(error) is errors.TimedOutError
    assert "ALD_E_TIMEOUT" in str(error)


NASTY = {
    "lines": "a\nb\r\nc\u2028d\x85e",
    "controls": "\x1b[2J\x07\x7f\x9b31m",
    "long": "x" * 1_000_000,
    "long lines": "x\n" * 100_000,
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_messages_are_one_line_whatever_text_was_given(text: str) -> None:
    stage = alidade.MockMovable()
    lab = alidade.Lab()
    calls: list[Callable[[], object]] = [
        lambda: alidade.Device(text, "mock-movable"),
        lambda: alidade.Device("a", text),
        lambda: alidade.Device("a", "mock-movable", {text: 1}),
        lambda: alidade.Device("a", "esp300", {"uri": text}).open(),
        lambda: stage.get(text),
        lambda: stage.set(text, 1),
        lambda: stage.set("velocity", text),
        lambda: stage.set("velocity", 1, unit=text),
        lambda: stage.child(text),
        lambda: stage.act(text),
        lambda: lab.add(text, "mock-movable"),
        lambda: lab[text],
        lambda: alidade.Settings.parse(text),
        lambda: alidade.Settings.load(text),
        lambda: alidade.units.convert(1, text, "m"),
        lambda: alidade.Simulation(text),
        lambda: alidade.load_driver(text),
        lambda: alidade.Queue(3, text),
        lambda: stage.subscribe(text, print),
        lambda: alidade.log.set_level(text),
    ]
    for number, attempt in enumerate(calls):
        with pytest.raises((errors.Error, OSError)) as caught:
            attempt()
        message = str(caught.value)
        assert len(message.splitlines()) == 1, (number, message[:300])
        assert message.isprintable(), (number, message[:300])
        assert len(message) < 10_000, (number, message[:300])


def test_a_callbacks_text_is_one_line_for_others() -> None:
    code = native_error(Status.CALLBACK, b"ValueError: a\nb\x1b")
    error = taken(code)
    assert isinstance(error, errors.Error)
    assert error.message == "ValueError: a\\x0ab\\x1b"


def test_numbers_that_are_no_status_are_named() -> None:
    called = ffi.callback(
        "ald_status(void *, const ald_value *, const ald_cancel *, ald_value **, ald_error **)",
        lambda *_: 17,
    )
    made = ffi.new("ald_callable **")
    assert lib.ald_callable_new(b"f", called, ffi.NULL, ffi.NULL, made, ffi.NULL) == 0
    with pytest.raises(errors.CallbackError, match="returned 17, which is no status"):
        call(lib.ald_callable_call, made[0], ffi.NULL, -1, ffi.NULL, ffi.NULL)
    lib.ald_callable_unref(made[0])
    op = alidade.CompletableOp()
    with pytest.raises(errors.InvalidError, match="-999 is no status"):
        call(lib.ald_op_finish, op._h, -999, ffi.NULL, ffi.NULL)
    op.finish()


def test_timeouts() -> None:
    import math

    from alidade._call import timeout_ns

    assert timeout_ns(None) == -2
    assert timeout_ns(None, -1) == -1
    assert timeout_ns(math.inf) == -1
    assert timeout_ns(1e300) == -1
    assert timeout_ns(0) == 0
    assert timeout_ns(1.5) == 1_500_000_000
    assert timeout_ns(1e-12) == 1  # not a look only
    for bad in (-1, math.nan, -math.inf):
        with pytest.raises(errors.InvalidError, match="timeout"):
            timeout_ns(bad)
    for wrong in ("1", True, [1]):
        with pytest.raises(TypeError, match="timeout"):
            timeout_ns(wrong)
