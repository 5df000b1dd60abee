"""Settings read from TOML, with errors that name file, line, key and the nearest known key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ._call import INT64, NULL, VALUE_OUT, call, name_bytes, new
from ._handle import Handle, output
from ._library import ffi, lib
from ._values import borrowed
from .schema import SCHEMA_SIZE, Schema, native

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Settings"]

_SETTINGS_OUT = ffi.typeof("ald_settings **")


class Settings(Handle, type="settings"):
    """A parsed settings file. Never changes.

    Example:
        >>> settings = Settings.parse("lab.name = 'bench 3'")
        >>> settings["lab.name"]
        'bench 3'
    """

    __slots__ = ()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Settings:
        """Reads a settings file.

        Raises:
            NotFoundError: There is no such file.
            PermissionDeniedError: It may not be read.
            InvalidError: It is a FIFO, a socket or a terminal.
            CorruptError: It is no TOML; the message names line and column.
        """
        name = os.fsdecode(path)
        return cls._own(output(lib.ald_settings_load, name_bytes(name, "path"), out=_SETTINGS_OUT))

    @classmethod
    def parse(cls, text: str, name: str = "settings") -> Settings:
        """Reads settings from text.

        Args:
            text: TOML.
            name: What errors call the text.

        Raises:
            CorruptError: It is no TOML; the message names line and column.
        """
        raw = text.encode("utf-8", "surrogatepass")
        return cls._own(
            output(lib.ald_settings_parse, raw, len(raw), name_bytes(name), out=_SETTINGS_OUT)
        )

    def __getitem__(self, key: str) -> Any:
        """The part under a key: names joined by dots, list items by their number; "" is all.

        Raises:
            NotFoundError: No such key; the message names the nearest.
        """
        return borrowed(
            output(lib.ald_settings_get, self._h, name_bytes(key, "key"), out=VALUE_OUT)
        )

    def get(self, key: str, default: Any = None) -> Any:
        """The part under a key, or `default` where there is none."""
        if key and key not in self:
            return default
        return self[key]

    def __contains__(self, key: str) -> bool:
        line = new(INT64)
        return lib.ald_settings_where(self._h, name_bytes(key, "key"), line, NULL, NULL) == 0

    def where(self, key: str) -> tuple[int, int]:
        """Line and column of a key, from 1.

        Raises:
            NotFoundError: No such key; the message names the nearest.
        """
        line, column = new(INT64), new(INT64)
        call(lib.ald_settings_where, self._h, name_bytes(key, "key"), line, column)
        return line[0], column[0]

    def check(self, key: str, schemas: Sequence[Schema]) -> None:
        """Checks the keys of a table: unknown and missing keys, types, limits.

        Args:
            key: The table; "" for the whole file.
            schemas: What the table may have.

        Raises:
            NotFoundError: An unknown key; the message names the nearest known one.
            InvalidError: A missing key or a wrong type.
            RangeError: Outside the limits. `where` of the error is "file:line:column".
        """
        records, keep = native(schemas)
        call(
            lib.ald_settings_check,
            self._h,
            name_bytes(key, "key"),
            records,
            SCHEMA_SIZE,
            len(schemas),
        )
        del keep
