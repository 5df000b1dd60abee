"""PNG files (ISO/IEC 15948), without a library for them."""

from __future__ import annotations

import struct
import zlib

GREY, RGB = 0, 2


def encode(
    size: tuple[int, int], depth: int, color: int, rows: bytes, text: bytes = b"", level: int = 6
) -> bytes:
    """Makes a file.

    Args:
        size: Width and height, in pixels.
        depth: Bits of a number: 8, or 16 with the greater byte first.
        color: GREY or RGB.
        rows: Each a byte 0, for no filter, and its pixels.
        text: A keyword, a byte 0 and a text in Latin-1.
        level: How hard to compress, up to 9.
    """
    header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, level)), (b"IEND", b"")]
    if text:
        chunks.insert(1, (b"tEXt", text))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
