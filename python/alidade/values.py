"""Values in files and on wires: CBOR, which is exact, and JSON.

Python's None, bool, int, float, str, bytes, list, dict (with str keys) and arrays are values. int
and float never change into each other. CBOR and tagged JSON give back what was written, of the
same types (tuples as lists, arrays as `alidade.Array`); only handles cannot be written.
"""

from __future__ import annotations

from typing import Any

from ._call import VALUE_OUT, told
from ._constants import Json
from ._handle import handle_of, output
from ._library import ffi, lib
from ._values import Value, borrowed, to_native

__all__ = [
    "Value",
    "equal",
    "from_cbor",
    "from_json",
    "from_value",
    "to_cbor",
    "to_json",
    "to_value",
]

_BUFFER_OUT = ffi.typeof("ald_buffer **")


def to_value(x: object) -> Value:
    """Makes a value that the library holds of a Python object."""
    return Value._own(to_native(x))


def from_value(value: Value) -> Any:
    """Makes a Python object of a value that the library holds."""
    return borrowed(handle_of(value, Value, "value"))


def equal(a: object, b: object) -> bool:
    """True if two values are the same: types, contents and, in maps, order. NaN equals NaN."""
    return told(lib.ald_value_equal(to_native(a), to_native(b))) == 1


def to_cbor(x: object) -> bytes:
    """Writes a value as CBOR (RFC 8949, arrays by RFC 8746).

    Raises:
        UnsupportedError: It holds a handle; the message names where.
    """
    return _content(output(lib.ald_value_to_cbor, to_native(x), out=_BUFFER_OUT))


def from_cbor(data: bytes | bytearray | memoryview) -> Any:
    """Reads a value from CBOR; all of the data must be one item.

    Raises:
        CorruptError: It is no CBOR; the message names the byte offset.
        LimitError: It is nested too deep, or has an integer beyond 64 bits.
        UnsupportedError: It has a tag or a key that values do not have.
    """
    raw = ffi.from_buffer(data)
    return borrowed(output(lib.ald_value_from_cbor, raw, len(raw), out=VALUE_OUT))


def to_json(x: object, *, tagged: bool = False, indent: int = 0) -> str:
    """Writes a value as JSON.

    Args:
        x: The value.
        tagged: Whether to write exactly: what JSON cannot say becomes {"$type": ...}. Plain JSON
            is for people and other tools: bytes become base64 text, arrays nested lists, NaN and
            infinities null.
        indent: Blanks per level; 0 writes one line.

    Raises:
        UnsupportedError: It holds a handle, and `tagged` is true.
    """
    mode = Json.TAGGED if tagged else Json.PLAIN
    return str(
        _content(output(lib.ald_value_to_json, to_native(x), mode, indent, out=_BUFFER_OUT)),
        "utf-8",
    )


def from_json(text: str | bytes, *, tagged: bool = False) -> Any:
    """Reads a value from JSON. A number with a point or an exponent is a float, any other an int.

    Args:
        text: UTF-8.
        tagged: Whether {"$type": ...} is what it tags, or an ordinary map.

    Raises:
        CorruptError: It is no JSON; the message names the byte offset.
        LimitError: It is nested too deep, or has an integer beyond 64 bits.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    mode = Json.TAGGED if tagged else Json.PLAIN
    return borrowed(output(lib.ald_value_from_json, raw, len(raw), mode, out=VALUE_OUT))


def _content(buffer: Any) -> bytes:
    return bytes(ffi.buffer(lib.ald_buffer_data(buffer), lib.ald_buffer_size(buffer)))
