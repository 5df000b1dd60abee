"""PNG files (ISO/IEC 15948), without a library for them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_GREY = 0
_LONGEST = 2**31 - 1  # bytes of a chunk
_MOST = 1024  # rows or columns; larger pictures are thinned out


def grey(pixels: np.ndarray[Any, Any]) -> bytes:
    """A picture of an array of rows, from black for its least number to white for its greatest."""
    import numpy as np

    step = max(1, -(-max(pixels.shape) // _MOST))
    small = pixels[::step, ::step].astype(np.float64)
    low, high = small.min(), small.max()
    scaled = ((small - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    rows = np.zeros((scaled.shape[0], scaled.shape[1] + 1), np.uint8)  # each begins with its filter
    rows[:, 1:] = scaled
    return encode((scaled.shape[1], scaled.shape[0]), 8, rows.tobytes())


def encode(size: tuple[int, int], depth: int, rows: bytes, text: bytes = b"") -> bytes:
    """Makes a file of grey levels.

    Args:
        size: Width and height, in pixels.
        depth: Bits of a number: 8, or 16 with the greater byte first.
        rows: Each a byte 0, for no filter, and its pixels.
        text: A keyword, a byte 0 and a text in Latin-1.
    """
    packed = zlib.compress(rows)
    parts = [packed[at : at + _LONGEST] for at in range(0, len(packed), _LONGEST)]
    header = struct.pack(">IIBBBBB", *size, depth, _GREY, 0, 0, 0)
    chunks = [(b"IHDR", header), *((b"IDAT", part) for part in parts), (b"IEND", b"")]
    if text:
        chunks.insert(1, (b"tEXt", text))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
