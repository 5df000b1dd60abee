"""Conversion of a TIFF file to BigTIFF in place, before its offsets of 32 bits are used up."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_ORDER = "<" if sys.byteorder == "little" else ">"
# Sizes of a number of each field type of TIFF 6.0, from BYTE to IFD.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


class _Entry(NamedTuple):
    """Entry of a directory: a tag with its numbers, or with where they stand."""

    tag: int
    type: int
    numbers: int
    value: bytes

    def large(self) -> bytes:
        """The entry in BigTIFF, which has eight bytes for numbers."""
        return struct.pack(f"{_ORDER}HHQ", self.tag, self.type, self.numbers) + self.value


def enlarge(path: str | os.PathLike[str]) -> None:
    """Makes a TIFF file of this machine's byte order a BigTIFF; no picture is copied.

    New directories are appended and the header is replaced last, so that the file is whole at any
    time: who is killed leaves the one form or the other.

    Args:
        path: The file; nobody else writes it. Its first directory follows the header, whose longer
            form takes the directory's place.

    Raises:
        ValueError: Another kind of file.
    """
    with open(path, "r+b") as file:
        magic, first = struct.unpack(f"{_ORDER}2xHI", file.read(8))
        if magic != 42 or first != 8:
            raise ValueError(f"{os.fspath(path)!r} is no TIFF file whose directory comes first")
        directories = list(_directories(file, first))
        begin = file.seek(0, os.SEEK_END)
        at = begin + -begin % 8
        file.write(bytes(at - begin))
        header = struct.pack(f"{_ORDER}2s3HQ", _mark(), 43, 8, 0, at)
        for index, entries in enumerate(directories):
            at += 8 + 20 * len(entries) + 8
            following = at if index + 1 < len(directories) else 0
            file.write(struct.pack(f"{_ORDER}Q", len(entries)))
            file.writelines(entry.large() for entry in entries)
            file.write(struct.pack(f"{_ORDER}Q", following))
        file.flush()
        os.pwrite(file.fileno(), header, 0)


def _mark() -> bytes:
    return b"II" if _ORDER == "<" else b"MM"


def _directories(file: BinaryIO, at: int) -> Iterator[list[_Entry]]:
    """All directories of a file, one for each page."""
    while at:
        file.seek(at)
        (count,) = struct.unpack(f"{_ORDER}H", file.read(2))
        raw = file.read(12 * count)
        (at,) = struct.unpack(f"{_ORDER}I", file.read(4))
        yield [_entry(file, raw[i : i + 12]) for i in range(0, len(raw), 12)]


def _entry(file: BinaryIO, raw: bytes) -> _Entry:
    tag, kind, count = struct.unpack(f"{_ORDER}HHI", raw[:8])
    size = _SIZES[kind] * count
    if size <= 4:
        return _Entry(tag, kind, count, raw[8:].ljust(8, b"\0"))
    (at,) = struct.unpack(f"{_ORDER}I", raw[8:])
    if size > 8:
        return _Entry(tag, kind, count, struct.pack(f"{_ORDER}Q", at))  # they stay where they are
    file.seek(at)
    return _Entry(tag, kind, count, file.read(size).ljust(8, b"\0"))
