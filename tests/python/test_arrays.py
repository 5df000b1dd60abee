from __future__ import annotations

import array
import gc
import sys
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alidade import Array, Buffer, as_array, errors, from_dlpack, values
from alidade._constants import Dtype
from alidade._library import lib

NAMES = [dtype.name.lower() for dtype in Dtype]

dtypes = st.sampled_from([np.dtype(name) for name in NAMES])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """Arrays of all types, shapes and strides: sliced, reversed, transposed, repeated, empty."""
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    size = int(np.prod(shape, dtype=np.int64))
    dtype = draw(dtypes)
    whole = (np.arange(size) % 2 if dtype.name == "bool" else np.arange(size)).astype(dtype)
    x = whole.reshape(shape)
    for axis in range(x.ndim):
        step = draw(st.sampled_from([1, 2, -1, -2]))
        x = x[(slice(None),) * axis + (slice(None, None, step),)]
    x = x.transpose(draw(st.permutations(range(x.ndim))))
    if draw(st.booleans()):
        x = np.broadcast_to(x, (2, *x.shape))
    if draw(st.booleans()):
        x = x.view()
        x.flags.writeable = False
    return x


def check_same(a: Array, x: np.ndarray[Any, Any]) -> None:
    assert a.shape == x.shape
    assert a.dtype == x.dtype.name
    assert a.ndim == x.ndim
    assert a.size == x.size
    assert a.readonly == (not x.flags.writeable)
    back = a.to_numpy()
    assert back.dtype == x.dtype
    assert back.flags.writeable == x.flags.writeable
    np.testing.assert_array_equal(back, x)


@given(arrays())
def test_numpy_there_and_back(x: np.ndarray[Any, Any]) -> None:
    a = as_array(x)
    check_same(a, x)
    if x.size:
        assert np.shares_memory(a.to_numpy(), x)
        for length, ours, theirs in zip(x.shape, a.strides, x.strides):
            assert length == 1 or ours == theirs
    np.testing.assert_array_equal(np.asarray(a), x)
    assert a.tolist() == x.tolist()


@given(arrays())
def test_dlpack_there_and_back(x: np.ndarray[Any, Any]) -> None:
    lent = as_array(x)
    back = np.from_dlpack(lent)
    assert not x.size or back.flags.writeable == x.flags.writeable
    np.testing.assert_array_equal(back, x)
    if x.size:
        assert np.shares_memory(back, x)
    again = from_dlpack(lent)
    np.testing.assert_array_equal(again.to_numpy(), x)
    assert again.readonly == lent.readonly


@given(arrays())
def test_arrays_of_numpy_through_dlpack(x: np.ndarray[Any, Any]) -> None:
    a = from_dlpack(x)
    np.testing.assert_array_equal(a.to_numpy(), x)
    assert a.readonly == (not x.flags.writeable)


@given(arrays())
def test_arrays_in_values(x: np.ndarray[Any, Any]) -> None:
    inside = values.from_value(values.to_value({"x": x}))["x"]
    check_same(inside, x)
    if x.size:
        assert np.shares_memory(inside.to_numpy(), x)
    for back in (
        values.from_cbor(values.to_cbor(x)),
        values.from_json(values.to_json(x, tagged=True), tagged=True),
    ):
        assert back.dtype == x.dtype.name
        np.testing.assert_array_equal(back.to_numpy(), x)


@pytest.mark.parametrize("name", NAMES)
def test_element_types(name: str) -> None:
    assert lib.ald_dtype_size(Dtype[name.upper()]) == np.dtype(name).itemsize
    a = Buffer(64).array(name)
    assert a.dtype == name
    assert a.itemsize == np.dtype(name).itemsize
    assert a.to_numpy().dtype == np.dtype(name)
    assert Buffer(64).array(np.dtype(name)).dtype == name


def test_buffers_are_shared_and_zero_at_first() -> None:
    buffer = Buffer(24)
    assert buffer.nbytes == len(buffer) == 24
    assert buffer.address % 64 == 0
    assert bytes(buffer) == bytes(24)
    x = buffer.array("uint16", (3, 4)).to_numpy()
    x[:] = 7
    assert buffer.array("uint16", 2, offset=4).tolist() == [7, 7]
    assert buffer.array().shape == (24,)
    assert not buffer.readonly
    assert repr(buffer) == "<Buffer 24 bytes>"
    assert repr(buffer.array("uint16", (3, 4)).as_readonly()) == "<Array uint16 (3, 4) read-only>"


def test_memory_lives_as_long_as_the_last_slice() -> None:
    before = lib.ald_handle_count()
    x = Buffer(800).array("float64").to_numpy()
    x[:] = np.arange(100)
    part = x[10:20][::2]
    del x
    gc.collect()
    assert lib.ald_handle_count() == before + 1
    assert part.tolist() == [10, 12, 14, 16, 18]
    del part
    gc.collect()
    assert lib.ald_handle_count() == before


def test_the_owner_of_wrapped_memory_lives_as_long_as_the_buffer() -> None:
    class Owner(bytearray):
        pass

    owner = Owner(b"abcdefgh")
    gone = weakref.ref(owner)
    buffer = Buffer.wrap(owner)
    owner[0] = ord("z")
    del owner
    gc.collect()
    assert gone() is not None
    assert bytes(buffer) == b"zbcdefgh"
    x = buffer.array("uint8", offset=4).to_numpy()
    del buffer
    gc.collect()
    assert x.tobytes() == b"efgh"
    del x
    gc.collect()
    assert gone() is None


def test_lent_tensors_keep_the_memory_alive() -> None:
    before = lib.ald_handle_count()
    borrowed = np.from_dlpack(Buffer(80).array("float64"))
    gc.collect()
    borrowed[:] = 3
    assert borrowed.sum() == 30
    del borrowed
    gc.collect()
    assert lib.ald_handle_count() == before


def test_a_capsule_that_nobody_takes_gives_its_memory_back() -> None:
    before = lib.ald_handle_count()
    for version in (None, (1, 0)):
        capsule = Buffer(80).array("float64").__dlpack__(max_version=version)
        gc.collect()
        assert "dltensor" in repr(capsule)
        del capsule
        gc.collect()
        assert lib.ald_handle_count() == before


def test_a_capsule_is_taken_once() -> None:
    class Holder:
        def __init__(self) -> None:
            self.capsule = Buffer(8).array().__dlpack__()

        def __dlpack__(self) -> object:  # as before DLPack 1.0
            return self.capsule

    holder = Holder()
    assert from_dlpack(holder).shape == (8,)
    assert "used_dltensor" in repr(holder.capsule)
    with pytest.raises(TypeError, match="only once"):
        from_dlpack(holder)


def test_read_only_arrays() -> None:
    a = Buffer.wrap(b"abcd").array()
    assert a.readonly
    x = a.to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 1
    assert not np.from_dlpack(a).flags.writeable  # a versioned capsule says so
    with pytest.raises(errors.UnsupportedError):
        a.__dlpack__()  # the old form cannot
    assert not Buffer.wrap(bytearray(b"abcd")).array().readonly
    assert Buffer.wrap(bytearray(b"abcd"), readonly=True).array().readonly
    copy = a.copy()
    assert not copy.readonly
    assert copy.tolist() == a.tolist()


def test_dlpack_details() -> None:
    a = Buffer(8).array()
    assert a.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match="stream"):
        a.__dlpack__(stream=1)
    with pytest.raises(BufferError, match=r"\(2, 0\)"):
        a.__dlpack__(dl_device=(2, 0))
    copied = from_dlpack(type("", (), {"__dlpack__": lambda _, **k: a.__dlpack__(copy=True)})())
    assert copied.buffer.address != a.buffer.address
    strange = np.zeros(4, [("a", "i1"), ("b", "i2")])["b"]  # strides of 3 bytes
    assert as_array(strange).strides == (3,)
    with pytest.raises(errors.UnsupportedError):
        as_array(strange).__dlpack__(max_version=(1, 0))


def test_what_is_wrapped() -> None:
    assert Buffer.wrap(array.array("d", [1, 2])).array("float64").tolist() == [1, 2]
    assert Buffer.wrap(memoryview(b"abcd")[1:3]).nbytes == 2
    assert Buffer.wrap(b"").nbytes == 0
    assert Buffer(0).array("float64", (0, 3)).to_numpy().shape == (0, 3)
    scalar = Buffer(8).array("float64", ())
    assert scalar.to_numpy().shape == ()
    assert scalar.ndim == 0
    with pytest.raises(TypeError, match="no length"):
        len(scalar)
    assert len(Buffer(8).array()) == 8
    assert Buffer(8).array()[2:4].tolist() == [0, 0]
    with pytest.raises(TypeError):
        Buffer.wrap("text")
    with pytest.raises(TypeError, match="contiguous"):
        Buffer.wrap(np.zeros((4, 4))[:, ::2])


def test_refused() -> None:
    buffer = Buffer(16)
    with pytest.raises(errors.RangeError):
        buffer.array("float64", 3)
    with pytest.raises(errors.RangeError):
        buffer.array("float64", 1, offset=4)
    with pytest.raises(errors.InvalidError, match="'float128' is unknown"):
        buffer.array("float128")
    with pytest.raises(errors.InvalidError):
        buffer.array("uint8", (-1,))
    with pytest.raises(errors.InvalidError):
        buffer.array("uint8", (1,) * 9)
    with pytest.raises(errors.RangeError):
        Buffer(-1)
    with pytest.raises(errors.NoMemoryError):
        Buffer(2**62)
    with pytest.raises(errors.UnsupportedError, match="byte order"):
        as_array(np.zeros(3, ">f8" if sys.byteorder == "little" else "<f8"))
    with pytest.raises(errors.UnsupportedError):
        as_array(np.array(["text"]))
    with pytest.raises(errors.UnsupportedError, match="9 dimensions"):
        as_array(np.zeros((1,) * 9))
    with pytest.raises(TypeError, match="is no array"):
        as_array([1, 2])


def test_array_protocol() -> None:
    a = as_array(np.arange(3))
    assert np.asarray(a, dtype=np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(a, copy=True), a.to_numpy())
    with pytest.raises(ValueError, match="copy is needed"):
        a.__array__(np.dtype("float32"), copy=False)
    assert as_array(a) is a
