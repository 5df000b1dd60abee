from __future__ import annotations

import pickle

import pytest

import alidade
from alidade import errors
from alidade._call import taken
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
