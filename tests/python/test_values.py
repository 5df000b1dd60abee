from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import json
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import alidade
from alidade import _classes, errors, values
from alidade._constants import VALUE_DEPTH_MAX, Kind
from alidade._handle import Handle
from alidade._library import lib
from support import eventually

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    text,
    st.binary(max_size=20),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(text, inner, max_size=5)),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equal, of the same types, in the same order; NaN equals NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (
            a == b and math.copysign(1, a) == math.copysign(1, b)
        )
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


@given(anything)
def test_round_trip_through_the_library(x: Any) -> None:
    assert same(values.from_value(values.to_value(x)), x)


@given(anything)
def test_round_trip_through_cbor(x: Any) -> None:
    assert same(values.from_cbor(values.to_cbor(x)), x)


@given(anything)
def test_round_trip_through_tagged_json(x: Any) -> None:
    assert same(values.from_json(values.to_json(x, tagged=True), tagged=True), x)


def plain(x: Any) -> Any:
    """What JSON can say of it."""
    if isinstance(x, list):
        return [plain(part) for part in x]
    if isinstance(x, dict):
        return {key: plain(part) for key, part in x.items()}
    if isinstance(x, bytes):
        return base64.b64encode(x).decode()
    return None if isinstance(x, float) and not math.isfinite(x) else x


@given(anything)
@example([math.nan, -math.inf, b"x"])
def test_plain_json_is_json(x: Any) -> None:
    # Python's reader also takes NaN and Infinity, which are no JSON.
    assert same(json.loads(values.to_json(x), parse_constant=pytest.fail), plain(x))


@given(anything, anything)
def test_equal(x: Any, y: Any) -> None:
    assert values.equal(x, x)
    # -0.0 and 0.0 are the same content.
    if values.equal(x, y) and not same(x, y):
        assert values.to_json(x).replace("-0.0", "0.0") == values.to_json(y).replace("-0.0", "0.0")


def test_ints_and_floats_do_not_change_into_each_other() -> None:
    assert type(values.from_cbor(values.to_cbor(1))) is int
    assert type(values.from_cbor(values.to_cbor(1.0))) is float
    assert type(values.from_json("1")) is int
    assert type(values.from_json("1.0")) is float
    assert type(values.from_json("1e0")) is float
    assert not values.equal(1, 1.0)
    assert not values.equal(True, 1)


def test_plain_json() -> None:
    x = {"b": b"\x00\x01", "n": math.nan, "i": math.inf, "a": np.array([[1, 2], [3, 4]])}
    assert json.loads(values.to_json(x)) == {
        "b": "AAE=",
        "n": None,
        "i": None,
        "a": [[1, 2], [3, 4]],
    }
    assert values.to_json({"a": [1]}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'
    assert values.from_json(b'{"$type": "bytes"}') == {"$type": "bytes"}


def test_what_becomes_a_value() -> None:
    x = {
        "tuple": (1, 2),
        "mapping": OrderedDict(b=1, a=2),
        "bytearray": bytearray(b"ab"),
        "memory": memoryview(b"abcd")[::2],
        "np.float64": np.float64(0.5),
        "np.float32": np.float32(0.5),
        "np.int16": np.int16(-3),
        "np.bool": np.bool_(True),
        "kind": alidade.op.OpState.DONE,
    }
    assert same(
        values.from_value(values.to_value(x)),
        {
            "tuple": [1, 2],
            "mapping": {"b": 1, "a": 2},
            "bytearray": b"ab",
            "memory": b"ac",
            "np.float64": 0.5,
            "np.float32": 0.5,
            "np.int16": -3,
            "np.bool": True,
            "kind": 3,
        },
    )


def test_handles() -> None:
    queue = alidade.Queue(3)
    value = values.to_value({"queue": queue})
    again = values.from_value(value)["queue"]
    assert again == queue
    assert type(again) is alidade.Queue
    again.push(value=1)
    assert queue.next().value == 1
    for kind in (alidade.Cancel(), alidade.Clock("c"), alidade.CompletableOp(), alidade.Buffer(3)):
        back = values.from_value(values.to_value(kind))
        assert back == kind
        assert isinstance(kind, type(back))
    with pytest.raises(errors.UnsupportedError, match="queue"):
        values.to_cbor({"queue": queue})
    with pytest.raises(errors.UnsupportedError):
        values.to_json(queue, tagged=True)


def _simulated(resources: contextlib.ExitStack) -> object:
    return resources.enter_context(alidade.Simulation("mock-meter"))


def _stream(resources: contextlib.ExitStack) -> object:
    return resources.enter_context(alidade.MockCamera().stream())


# An object of each kind; the test of a later noun tells that its own come back.
ONE_OF_KIND: dict[Kind, Callable[[contextlib.ExitStack], object]] = {
    Kind.BUFFER: lambda _: alidade.Buffer(3),
    Kind.CANCEL: lambda _: alidade.Cancel(),
    Kind.OP: lambda _: alidade.CompletableOp(),
    Kind.QUEUE: lambda _: alidade.Queue(3),
    Kind.CLOCK: lambda _: alidade.Clock("c"),
    Kind.SETTINGS: lambda _: alidade.Settings.parse(""),
    Kind.CALLABLE: lambda _: alidade.Callable(abs),
    Kind.SOURCE: lambda _: alidade.Source.of_array(np.zeros((2, 3))),
    Kind.LAB: lambda _: alidade.Lab("lab"),
    Kind.DEVICE: lambda _: alidade.MockMovable(),
    Kind.FRAME_STREAM: _stream,
    Kind.FRAME: lambda _: alidade.Frame.of_array(np.zeros((2, 3))),
    Kind.BENCH: lambda _: alidade.Bench(),
    Kind.SIMULATION: _simulated,
}


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.NONE, Kind.ERROR}))
def test_each_kind_has_its_class(kind: Kind) -> None:
    module, name = _classes.CLASSES[kind]
    cls = getattr(importlib.import_module(f"alidade.{module}"), name)
    assert issubclass(cls, Handle)
    assert cls._type == kind.name.lower()
    assert hasattr(lib, f"ald_{cls._type}_unref")


@pytest.mark.parametrize("kind", sorted(ONE_OF_KIND))
def test_a_handle_of_each_kind_comes_back_as_its_class(kind: Kind) -> None:
    before = lib.ald_handle_count()
    with contextlib.ExitStack() as resources:
        one = ONE_OF_KIND[kind](resources)
        assert isinstance(one, Handle)
        assert lib.ald_handle_kind(one._h) == kind
        back = values.from_value(values.to_value({"it": [one]}))["it"][0]
        assert back == one
        assert isinstance(one, type(back))
        assert type(back) not in (Handle, object)
        repr(back)
        del one, back
    assert eventually(lambda: gc.collect() >= 0 and lib.ald_handle_count() <= before)


def test_a_handle_of_a_kind_of_a_later_version_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_classes.CLASSES, int(Kind.QUEUE))
    value = values.to_value(alidade.Queue(3))
    with pytest.raises(errors.UnsupportedError, match=f"kind {int(Kind.QUEUE)}"):
        values.from_value(value)


@pytest.mark.parametrize("x", [2**63, -(2**63) - 1, 10**30])
def test_integers_beyond_64_bits_are_refused(x: int) -> None:
    with pytest.raises(errors.RangeError, match="64 bits"):
        values.to_value(x)


def test_wrong_types_are_refused() -> None:
    with pytest.raises(TypeError, match="object cannot become a value"):
        values.to_value(object())
    with pytest.raises(TypeError, match="set cannot"):
        values.to_value({1})
    with pytest.raises(TypeError, match="complex"):
        values.to_value(1j)
    with pytest.raises(TypeError, match="keys of maps are str"):
        values.to_value({1: 2})
    with pytest.raises(errors.InvalidError, match="surrogate at index 1"):
        values.to_value("a\udc80")
    with pytest.raises(errors.InvalidError, match="surrogate"):
        values.to_value({"\udc80": 1})


def test_depth() -> None:
    x: list[Any] = []
    for _ in range(VALUE_DEPTH_MAX - 1):
        x = [x]
    assert values.from_value(values.to_value(x)) == x
    with pytest.raises(errors.LimitError, match="deeper than 64"):
        values.to_value([x])
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(errors.LimitError, match="contain itself"):
        values.to_value(loop)
    ring: dict[str, Any] = {}
    ring["self"] = ring
    with pytest.raises(errors.LimitError):
        values.to_value(ring)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.CorruptError),
        (b"\xff", errors.CorruptError),
        (b"\x01\x01", errors.CorruptError),
        (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", errors.LimitError),
        (b"\x81" * 70 + b"\x00", errors.LimitError),
    ],
)
def test_bad_cbor(data: bytes, error: type[errors.Error]) -> None:
    with pytest.raises(error):
        values.from_cbor(data)


def test_bad_json() -> None:
    with pytest.raises(errors.CorruptError, match="byte"):
        values.from_json('{"a": }')
    with pytest.raises(errors.LimitError):
        values.from_json(str(2**64))
    with pytest.raises(errors.LimitError):
        values.from_json("[" * 70 + "]" * 70)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        x = values.from_cbor(data)
    except (errors.CorruptError, errors.LimitError, errors.UnsupportedError):
        return
    if not isinstance(x, alidade.Array):
        assert same(values.from_cbor(values.to_cbor(x)), x)


def test_scalars_of_the_library() -> None:
    from alidade._constants import Type
    from alidade._library import ffi, lib

    assert str(ffi.string(lib.ald_type_name(Type.DOUBLE)), "ascii") == "double"
    value = values.to_value({"a": 1.5})
    out = ffi.new("ald_value **")
    assert lib.ald_value_get(value._h, b"a", out, ffi.NULL) == 0
    assert lib.ald_value_type(out[0]) == Type.DOUBLE
    lib.ald_value_unref(out[0])
    assert "alive" in repr(value)
