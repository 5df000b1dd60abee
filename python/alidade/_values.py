"""Python objects to values of the library and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import setitem
from typing import TYPE_CHECKING, Any, TypeVar

from . import errors
from ._call import DOUBLE, INT32, INT64, NULL, SIZE, VALUE_OUT, call, new
from ._classes import CLASSES
from ._constants import VALUE_DEPTH_MAX, Kind, Type
from ._handle import Handle, output
from ._library import ffi, lib
from ._unsplit import clear, kept, place, together

if TYPE_CHECKING:
    from ._ffi import CData

T = TypeVar("T")

_TEXT_OUT = ffi.typeof("char **")
_BYTES_OUT = ffi.typeof("void **")
_HANDLE_OUT = ffi.typeof("void **")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


class Value(Handle, type="value"):
    """A value as the library holds it.

    Nothing needs it: Python objects are converted wherever values are taken or given. It keeps
    what a conversion would change, for example the handle in an `alidade.values.handle`.
    """

    __slots__ = ()


def to_native(x: object) -> CData:
    """A value for a Python object; it gives itself back."""
    return _to_native(x, 0)


def hand_over(x: object, out: CData) -> None:
    """Makes a value in a place of the library, which owns it then."""
    value = _to_native(x, 0)
    together(partial(lib.ald_value_ref, value), partial(setitem, out, 0, value))


def _to_native(x: object, depth: int) -> CData:
    make = _MAKERS.get(type(x))
    if make is None:
        make = _maker(x)
    return make(x, depth)


def _null(x: object, depth: int) -> CData:
    return output(lib.ald_value_new_null, out=VALUE_OUT)


def _bool(x: Any, depth: int) -> CData:
    return output(lib.ald_value_new_bool, bool(x), out=VALUE_OUT)


def _int(x: Any, depth: int) -> CData:
    number = x.__index__()
    if not _INT64_MIN <= number <= _INT64_MAX:
        raise errors.RangeError(f"the integer {number} does not fit into 64 bits; use a float")
    return output(lib.ald_value_new_int, number, out=VALUE_OUT)


def _double(x: Any, depth: int) -> CData:
    return output(lib.ald_value_new_double, float(x), out=VALUE_OUT)


def _string(x: Any, depth: int) -> CData:
    encoded = utf8(x)
    return output(lib.ald_value_new_string, encoded, len(encoded), out=VALUE_OUT)


def utf8(x: str) -> bytes:
    """UTF-8 of a string; one with lone surrogates has none."""
    try:
        return x.encode("utf-8")
    except UnicodeEncodeError as error:
        raise errors.InvalidError(
            f"the string has a lone surrogate at index {error.start}, which UTF-8 cannot express; "
            "decode it with another error handler than 'surrogateescape'"
        ) from None


def _bytes(x: Any, depth: int) -> CData:
    data = ffi.from_buffer(x)
    return output(lib.ald_value_new_bytes, data, len(data), out=VALUE_OUT)


def _memory(x: Any, depth: int) -> CData:
    return _bytes(bytes(x), depth)


def _list(x: Any, depth: int) -> CData:
    _check_depth(depth)
    result = output(lib.ald_value_new_list, out=VALUE_OUT)
    for item in x:
        call(lib.ald_value_append, result, _to_native(item, depth + 1))
    return result


def _map(x: Any, depth: int) -> CData:
    _check_depth(depth)
    result = output(lib.ald_value_new_map, out=VALUE_OUT)
    for key, item in x.items():
        if not isinstance(key, str):
            raise TypeError(f"keys of maps are str, not {type(key).__name__} ({key!r})")
        name = utf8(key)
        call(lib.ald_value_set, result, name, len(name), _to_native(item, depth + 1))
    return result


def _check_depth(depth: int) -> None:
    # Found here, so that a list that contains itself ends.
    if depth >= VALUE_DEPTH_MAX:
        raise errors.LimitError(
            f"lists and maps are nested deeper than {VALUE_DEPTH_MAX}; does one contain itself?"
        )


def _array(x: Any, depth: int) -> CData:
    from .arrays import as_array

    array = as_array(x)
    return output(lib.ald_value_new_array, array.buffer._h, array._view, out=VALUE_OUT)


def _handle(x: Any, depth: int) -> CData:
    return output(lib.ald_value_new_handle, x._h, out=VALUE_OUT)


def _shared(x: Any, depth: int) -> CData:
    pointer: CData = x._h
    return pointer


_MAKERS: dict[type, Callable[[Any, int], CData]] = {
    type(None): _null,
    bool: _bool,
    int: _int,
    float: _double,
    str: _string,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _memory,
    list: _list,
    tuple: _list,
    dict: _map,
}


def _maker(x: object) -> Callable[[Any, int], CData]:
    """Finds the function that makes a value of an object whose type the table does not name."""
    if isinstance(x, Handle):
        return _shared if isinstance(x, Value) else _handle
    for kind in (str, bytes, float):
        if isinstance(x, kind):
            return _MAKERS[kind]
    if isinstance(x, (list, tuple)):
        return _list
    if isinstance(x, Mapping):
        return _map
    dtype = getattr(x, "dtype", None)
    if dtype is not None and getattr(x, "shape", None) == ():
        kind_letter = getattr(dtype, "kind", "")  # a scalar of NumPy
        scalar = {"b": _bool, "i": _int, "u": _int, "f": _double}.get(kind_letter)
        if scalar is not None and not hasattr(x, "__setitem__"):
            return scalar
    if hasattr(x, "__array_interface__") or hasattr(x, "__dlpack__"):
        return _array
    if hasattr(x, "__index__"):
        return _int
    if hasattr(x, "__float__"):  # Decimal, Fraction
        return _double
    raise TypeError(
        f"{type(x).__name__} cannot become a value; expected None, bool, int, float, str, bytes, "
        "list, tuple, a mapping with str keys, an array, or an object of alidade"
    )


def borrowed(value: CData) -> Any:
    """A Python object for a borrowed value; NULL is None."""
    if not value:
        return None
    read = _READERS.get(lib.ald_value_type(value))
    if read is None:
        raise errors.InvalidError("a stale handle or a value of an unknown type")
    return read(value)


def value_of(function: Callable[..., int], *arguments: Any, type: type[T]) -> T:
    """Calls a function whose last arguments are an owned value and the error; gives the object.

    Args:
        function: A function of the library.
        *arguments: Its arguments but those two.
        type: What it gives, by its documentation.
    """
    found = borrowed(output(function, *arguments, out=VALUE_OUT))
    assert isinstance(found, type)
    return found


def _get(function: Callable[..., int], value: CData, *outputs: Any) -> None:
    if function(value, *outputs, NULL):
        call(function, value, *outputs)  # again, for the description


def _read_null(value: CData) -> None:
    return None


def _read_bool(value: CData) -> bool:
    out = new(INT32)
    _get(lib.ald_value_get_bool, value, out)
    return bool(out[0])


def _read_int(value: CData) -> int:
    out = new(INT64)
    _get(lib.ald_value_get_int, value, out)
    found: int = out[0]
    return found


def _read_double(value: CData) -> float:
    out = new(DOUBLE)
    _get(lib.ald_value_get_double, value, out)
    found: float = out[0]
    return found


def _read_string(value: CData) -> str:
    pointer, size = new(_TEXT_OUT), new(SIZE)
    _get(lib.ald_value_get_string, value, pointer, size)
    return str(ffi.buffer(pointer[0], size[0]), "utf-8")


def _read_bytes(value: CData) -> bytes:
    pointer, size = new(_BYTES_OUT), new(SIZE)
    _get(lib.ald_value_get_bytes, value, pointer, size)
    return bytes(ffi.buffer(pointer[0], size[0])) if size[0] else b""


def _read_list(value: CData) -> list[Any]:
    at, out = lib.ald_value_at, place(VALUE_OUT)
    result = []
    for index in range(lib.ald_value_count(value)):
        _get(at, value, index, out)
        result.append(borrowed(out[0]))
        clear(out)
    return result


def _read_map(value: CData) -> dict[str, Any]:
    at, out = lib.ald_value_at, place(VALUE_OUT)
    key_at, key, size = lib.ald_value_key_at, new(_TEXT_OUT), new(SIZE)
    result = {}
    for index in range(lib.ald_value_count(value)):
        _get(key_at, value, index, key, size)
        _get(at, value, index, out)
        result[str(ffi.buffer(key[0], size[0]), "utf-8")] = borrowed(out[0])
        clear(out)
    return result


def _read_array(value: CData) -> Any:
    from .arrays import Array

    return Array._of_value(value)


def _read_handle(value: CData) -> Any:
    return wrapped(output(lib.ald_value_get_handle, value, out=_HANDLE_OUT))


_READERS: dict[int, Callable[[CData], Any]] = {
    Type.NULL.value: _read_null,
    Type.BOOL.value: _read_bool,
    Type.INT.value: _read_int,
    Type.DOUBLE.value: _read_double,
    Type.STRING.value: _read_string,
    Type.BYTES.value: _read_bytes,
    Type.LIST.value: _read_list,
    Type.MAP.value: _read_map,
    Type.ARRAY.value: _read_array,
    Type.HANDLE.value: _read_handle,
}


def wrapped(handle: CData) -> Any:
    """A Python object for a handle that gives itself back, or for a borrowed value or error.

    A value becomes what it holds, an error its exception, NULL None.
    """
    from . import _call

    kind = lib.ald_handle_kind(handle)
    if kind == Kind.NONE:
        return None
    if kind == Kind.VALUE:
        return borrowed(ffi.cast("ald_value *", handle))
    if kind == Kind.ERROR:
        return _call.described(ffi.cast("ald_error *", handle))
    if kind not in CLASSES:  # the library is newer than this package
        raise errors.UnsupportedError(
            f"this version of the package has no class for handles of kind {kind}; install the one "
            "that belongs to the library"
        )
    from importlib import import_module

    module, name = CLASSES[kind]
    cls = getattr(import_module("." + module, __package__), name)
    return cls._own(kept(ffi.cast(f"ald_{cls._type} *", handle), handle))
