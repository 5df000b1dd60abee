"""Pictures for notebooks, written without any other package."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["grey"]

_MOST = 1024  # rows or columns; larger pictures are thinned out


def grey(pixels: np.ndarray[Any, Any]) -> bytes:
    """A PNG of an array of rows, from black for its least number to white for its greatest."""
    import numpy as np

    step = max(1, -(-max(pixels.shape) // _MOST))
    small = pixels[::step, ::step].astype(np.float64)
    low, high = small.min(), small.max()
    scaled = ((small - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    rows = np.zeros((scaled.shape[0], scaled.shape[1] + 1), np.uint8)  # each begins with its filter
    rows[:, 1:] = scaled
    size = struct.pack(">IIBBBBB", scaled.shape[1], scaled.shape[0], 8, 0, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", size),
            _chunk(b"IDAT", zlib.compress(rows.tobytes())),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
