"""Records that describe properties, options, parameters and keys of settings alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import NULL, call, name_bytes, text
from ._constants import SchemaFlags, Type
from ._library import ffi, lib
from ._numbers import number, plain
from ._values import borrowed, to_native

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Schema", "Type"]

_SCHEMA = ffi.typeof("ald_schema *")
SCHEMA_SIZE = ffi.sizeof("ald_schema")


class _Fields(NamedTuple):
    name: str
    type: Type
    unit: str
    doc: str
    min: float
    max: float
    step: float
    choices: tuple[Any, ...] | None
    initial: Any
    flags: SchemaFlags


class Schema(_Fields):
    """Describes one value.

    Example:
        >>> Schema("exposure", float, unit="s", min=0, max=10).check(0.5)

    Attributes:
        name: Its name.
        type: Its type; a double also takes an int.
        unit: UCUM unit of the number, "1" or "" for none.
        doc: What it means, one sentence.
        min: Least number allowed; NaN for no limit.
        max: Greatest number allowed; NaN for no limit.
        step: Smallest change; NaN if unknown. Never enforced.
        choices: The only values allowed; None for any.
        initial: The value where none is given; None for none.
        flags: READ, WRITE, CONSTANT, REQUIRED.
    """

    __slots__ = ()

    def __new__(
        cls,
        name: str,
        type: Type | type = Type.ANY,
        *,
        unit: str = "",
        doc: str = "",
        min: float = math.nan,
        max: float = math.nan,
        step: float = math.nan,
        choices: Iterable[Any] | None = None,
        initial: Any = None,
        readable: bool = True,
        writable: bool = False,
        constant: bool = False,
        required: bool = False,
    ) -> Schema:
        """Makes a description; see the attributes.

        Args:
            name: Its name.
            type: A `Type`, or the Python type: bool, int, float, str, bytes, list, dict.
            unit: UCUM unit of the number.
            doc: What it means.
            min: Least number allowed.
            max: Greatest number allowed.
            step: Smallest change.
            choices: The only values allowed.
            initial: The value where none is given.
            readable: Whether it may be read.
            writable: Whether it may be written.
            constant: Whether it never changes while the object is open.
            required: Whether it must be given.

        Raises:
            InvalidError: A type that values do not have.
        """
        if isinstance(choices, (str, bytes)):
            raise errors.InvalidError("choices must be several values, not a string")
        flags = SchemaFlags(0)
        for given, flag in (
            (readable, SchemaFlags.READ),
            (writable, SchemaFlags.WRITE),
            (constant, SchemaFlags.CONSTANT),
            (required, SchemaFlags.REQUIRED),
        ):
            flags |= flag if given else 0
        fields = (
            name,
            type_of(type),
            unit,
            doc,
            number(min, "min"),
            number(max, "max"),
            number(step, "step"),
            None if choices is None else tuple(choices),
            initial,
            flags,
        )
        return super().__new__(cls, *fields)

    @property
    def readable(self) -> bool:
        """True if it may be read."""
        return bool(self.flags & SchemaFlags.READ)

    @property
    def writable(self) -> bool:
        """True if it may be written."""
        return bool(self.flags & SchemaFlags.WRITE)

    @property
    def required(self) -> bool:
        """True if it must be given."""
        return bool(self.flags & SchemaFlags.REQUIRED)

    def check(self, value: object) -> None:
        """Checks a value: type, NaN, limits, choices.

        Raises:
            InvalidError: A wrong type, NaN, or none of the choices.
            RangeError: Outside the limits; the message names limit and unit.
        """
        records, keep = native([self])
        call(lib.ald_schema_check, records, to_native(plain(value)))
        del keep


_TYPES: dict[type, Type] = {
    bool: Type.BOOL,
    int: Type.INT,
    float: Type.DOUBLE,
    str: Type.STRING,
    bytes: Type.BYTES,
    list: Type.LIST,
    dict: Type.MAP,
}


def type_of(kind: Type | type) -> Type:
    """The type of values for a type of Python."""
    if isinstance(kind, Type):
        return kind
    found = _TYPES.get(kind)
    if found is None:
        raise errors.InvalidError(
            f"type is {kind!r}, expected a Type or one of "
            + ", ".join(known.__name__ for known in _TYPES)
        )
    return found


def empty_record() -> CData:
    """A schema record for the library to fill."""
    record = ffi.new(_SCHEMA)
    lib.ald_schema_init(record, SCHEMA_SIZE)
    return record


def from_native(record: CData) -> Schema:
    """The Python object for a schema record."""
    choices = borrowed(record.choices)
    flags = record.flags
    return Schema(
        text(record.name) if record.name else "",
        Type(record.type),
        unit=text(record.unit) if record.unit else "",
        doc=text(record.doc) if record.doc else "",
        min=record.min,
        max=record.max,
        step=record.step,
        choices=choices,
        initial=borrowed(record.initial),
        readable=bool(flags & SchemaFlags.READ),
        writable=bool(flags & SchemaFlags.WRITE),
        constant=bool(flags & SchemaFlags.CONSTANT),
        required=bool(flags & SchemaFlags.REQUIRED),
    )


def native(schemas: Sequence[Schema]) -> tuple[CData, list[Any]]:
    """An array of schema records, and what must be kept as long as it is used."""
    records = ffi.new("ald_schema[]", max(len(schemas), 1))
    keep: list[Any] = []

    def kept(x: Any) -> Any:
        keep.append(x)
        return x

    def string(value: str, what: str) -> Any:
        return kept(ffi.new("char[]", name_bytes(value, what)))

    for index, schema in enumerate(schemas):
        record = records[index]
        lib.ald_schema_init(ffi.addressof(record), SCHEMA_SIZE)
        record.type = schema.type
        record.name = string(schema.name, "name")
        record.unit = string(schema.unit, "unit")
        record.doc = string(schema.doc, "doc")
        record.min, record.max, record.step = schema.min, schema.max, schema.step
        if schema.choices is not None:
            record.choices = kept(to_native(plain(list(schema.choices))))
        record.initial = NULL if schema.initial is None else kept(to_native(plain(schema.initial)))
        record.flags = int(schema.flags)
    return records, keep
