"""Pictures as files, with all bits of their pixels: TIFF, PNG and NumPy's own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _bigtiff, _png, errors
from ._closing import Closable

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ImageStack", "write_image"]

# Bytes that a TIFF file may have: its offsets have 32 bits. A page needs some beside its pixels.
_MOST_CLASSIC = 2**32 - 2**20
_DIRECTORY = 1024


class ImageStack(Closable):
    """A TIFF file that gets picture after picture; what is written survives the program's end.

    Each page carries a description in JSON. A file that may exceed 4 GB is a BigTIFF: from the
    first page on by the pages that are planned, or as soon as the next one would not fit.

    Example:
        >>> import numpy as np
        >>> with ImageStack("frames.tiff") as stack:
        ...     stack.write(np.zeros((480, 640), np.uint16), {"exposure [s]": 0.02})
    """

    __slots__ = ("_classic", "_file", "_left", "_path", "_written")

    def __init__(self, path: str | os.PathLike[str], pages: int = 1) -> None:
        """Opens a file; what was in it is gone.

        Args:
            path: The file.
            pages: How many are planned; there may be more or fewer.

        Raises:
            UnsupportedError: The package tifffile is not installed.
            OSError: The file cannot be written.
        """
        try:
            from tifffile import TiffWriter
        except ImportError as missing:
            raise errors.UnsupportedError(
                "TIFF files need the package tifffile; `pip install alidade[cli]` brings it"
            ) from missing
        self._path = os.fspath(path)
        self._file = TiffWriter(self._path)
        self._classic = True
        self._left, self._written = pages, 0

    def write(self, pixels: np.ndarray[Any, Any], about: Mapping[str, object]) -> None:
        """Adds a page.

        Args:
            pixels: Unsigned 8 or 16 bits, shape (height, width).
            about: What is known of it, as JSON takes it.

        Raises:
            OSError: The disk is full.
        """
        description = json.dumps(about)
        page = pixels.nbytes + len(description) + _DIRECTORY
        if self._classic and self._file.filehandle.tell() + max(1, self._left) * page > (
            _MOST_CLASSIC
        ):
            self._enlarge()
        self._file.write(
            pixels,
            photometric="minisblack",
            description=description,
            metadata=None,
            contiguous=False,
            software="alidade",
        )
        self._file.filehandle.flush()
        self._left -= 1
        self._written += 1

    def _enlarge(self) -> None:
        """Goes on as BigTIFF, with what is written."""
        from tifffile import TiffWriter

        self._file.close()
        if self._written:
            _bigtiff.enlarge(self._path)
        self._file = TiffWriter(self._path, bigtiff=True, append=self._written > 0)
        self._classic = False

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def write_image(
    path: str | os.PathLike[str], pixels: np.ndarray[Any, Any], about: Mapping[str, object]
) -> None:
    """Writes one picture.

    Args:
        path: The file; one that is there is replaced. Its end tells the format: ".tiff", ".tif",
            ".png", ".npy".
        pixels: Unsigned 8 or 16 bits, shape (height, width); they are not scaled.
        about: What is known of it, as JSON takes it. Not in ".npy".

    Raises:
        InvalidError: Another end, or other pixels.
        UnsupportedError: TIFF, and the package tifffile is not installed.
        OSError: The file cannot be written.
    """
    kind = image_kind(path)
    if pixels.ndim != 2 or pixels.dtype.str[1:] not in ("u1", "u2"):
        raise errors.InvalidError(
            f"the picture is {pixels.dtype} of shape {pixels.shape}; expected unsigned 8 or 16 "
            "bits, shape (height, width)"
        )
    if kind == "tiff":
        with ImageStack(path) as stack:
            stack.write(pixels, about)
    elif kind == "png":
        with open(path, "wb") as file:
            file.write(_grey_png(pixels, about))
    else:
        import numpy as np

        with open(path, "wb") as file:
            np.save(file, pixels)


def image_kind(path: str | os.PathLike[str]) -> str:
    """Kind of image that the end of a file's name says: "tiff", "png" or "npy".

    Raises:
        InvalidError: Another end.
    """
    end = os.path.splitext(os.fspath(path))[1].lower()
    kinds = {".tiff": "tiff", ".tif": "tiff", ".png": "png", ".npy": "npy"}
    if end not in kinds:
        raise errors.InvalidError(
            f"{os.fspath(path)!r} ends in {end or 'nothing'!r}; expected one of {', '.join(kinds)}"
        )
    return kinds[end]


def _grey_png(pixels: np.ndarray[Any, Any], about: Mapping[str, object]) -> bytes:
    """Grey levels as PNG."""
    import numpy as np

    height, width = pixels.shape
    rows = np.ascontiguousarray(pixels, f">u{pixels.dtype.itemsize}").view(np.uint8)
    unfiltered = np.hstack([np.zeros((height, 1), np.uint8), rows.reshape(height, -1)])
    text = b"Description\0" + json.dumps(about).encode("ascii")  # json escapes the rest
    depth = 8 * pixels.dtype.itemsize
    return _png.encode((width, height), depth, unfiltered.tobytes(), text)
