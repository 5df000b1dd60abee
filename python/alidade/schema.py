"""Records that describe properties, options, parameters and keys of settings alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._call import NULL, call, name_bytes, text
from ._constants import SchemaFlags, Type
from ._library import ffi, lib
from ._values import borrowed, owned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._ffi import CData

__all__ = ["Schema", "Type"]

_SCHEMA = ffi.typeof("ald_schema *")
SCHEMA_SIZE = ffi.sizeof("ald_schema")


class Schema(NamedTuple):
    """Describes one value.

    Example:
        >>> Schema("exposure", Type.DOUBLE, unit="s", min=0, max=10).check(0.5)

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

    name: str
    type: Type = Type.ANY
    unit: str = ""
    doc: str = ""
    min: float = math.nan
    max: float = math.nan
    step: float = math.nan
    choices: tuple[Any, ...] | None = None
    initial: Any = None
    flags: SchemaFlags = SchemaFlags.READ

    def check(self, value: object) -> None:
        """Checks a value: type, NaN, limits, choices.

        Raises:
            InvalidError: A wrong type, NaN, or none of the choices.
            RangeError: Outside the limits; the message names limit and unit.
        """
        records, keep = native([self])
        call(lib.ald_schema_check, records, owned(value))
        del keep

    @property
    def writable(self) -> bool:
        """Whether it may be written."""
        return bool(self.flags & SchemaFlags.WRITE)

    @property
    def readable(self) -> bool:
        """Whether it may be read."""
        return bool(self.flags & SchemaFlags.READ)


def empty_record() -> CData:
    """A schema record for the library to fill."""
    record = ffi.new(_SCHEMA)
    lib.ald_schema_init(record, SCHEMA_SIZE)
    return record


def from_native(record: CData) -> Schema:
    """The Python object for a schema record."""
    choices = borrowed(record.choices)
    return Schema(
        text(record.name) if record.name else "",
        Type(record.type),
        text(record.unit) if record.unit else "",
        text(record.doc) if record.doc else "",
        record.min,
        record.max,
        record.step,
        None if choices is None else tuple(choices),
        borrowed(record.initial),
        SchemaFlags(record.flags),
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
        record.type = Type(schema.type)
        record.name = string(schema.name, "name")
        record.unit = string(schema.unit, "unit")
        record.doc = string(schema.doc, "doc")
        record.min, record.max, record.step = schema.min, schema.max, schema.step
        if schema.choices is not None:
            if isinstance(schema.choices, (str, bytes)):
                raise errors.InvalidError("choices must be a tuple of values, not a string")
            record.choices = kept(owned(list(schema.choices)))
        record.initial = NULL if schema.initial is None else kept(owned(schema.initial))
        record.flags = int(schema.flags)
    return records, keep
