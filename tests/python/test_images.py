"""Pictures as files: every bit of every pixel comes back, and what is written survives."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import alidade
from alidade.images import ImageStack, write_image
from support import Process, every

ABOUT = {"exposure [s]": 0.02, "who": "µm"}


def gradient(dtype: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    top = int(np.iinfo(dtype).max)
    return np.linspace(0, top, 12 * 17).astype(dtype).reshape(12, 17)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">u2"])
@pytest.mark.parametrize("end", [".tiff", ".TIF", ".png", ".npy"])
def test_pixels_come_back(tmp_path: Path, dtype: str, end: str) -> None:
    pixels = gradient(dtype)[:, ::-2]  # not contiguous either
    path = tmp_path / f"a{end}"
    write_image(path, pixels, ABOUT)
    if end == ".npy":
        found, about = np.load(path), ABOUT
    elif end == ".png":
        from PIL import Image

        with Image.open(path) as image:
            found, about = np.array(image), json.loads(image.info["Description"])
    else:
        from tifffile import TiffFile

        with TiffFile(path) as file:
            (page,) = file.pages
            found, about = page.asarray(), json.loads(page.description)
    assert found.dtype.itemsize == pixels.dtype.itemsize
    assert every(found == pixels)
    assert about == ABOUT


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "words"),
    [
        ("a.jpg", (2, 2), "u1", "'.jpg'; expected one of .tiff"),
        ("a", (2, 2), "u1", "nothing"),
        ("a.png", (2, 2), "f8", "float64 of shape"),
        ("a.png", (2, 2, 3), "u1", "(2, 2, 3)"),
    ],
)
def test_others_are_refused(
    tmp_path: Path, name: str, shape: tuple[int, ...], dtype: str, words: str
) -> None:
    with pytest.raises(alidade.InvalidError) as told:
        write_image(tmp_path / name, np.zeros(shape, dtype), {})
    assert words in str(told.value)
    assert not (tmp_path / name).exists()


def test_tiff_without_the_package_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(alidade.UnsupportedError, match=r"alidade\[cli\]"):
        write_image(tmp_path / "a.tiff", gradient("u2"), {})
    with pytest.raises(alidade.UnsupportedError, match=r"alidade\[cli\]"):
        ImageStack(tmp_path / "a.tiff")


KILLED = """
import os, signal, sys
import numpy as np
from alidade.images import ImageStack

stack = ImageStack(sys.argv[1])
for i in range(3):
    stack.write(np.full((8, 9), 1000 * i, np.uint16), {"point": i})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_has_lost_no_page(tmp_path: Path, python: Callable[..., Process]) -> None:
    from tifffile import TiffFile

    path = tmp_path / "frames.tiff"
    assert python(KILLED, os.fspath(path)).code == -signal.SIGKILL
    with TiffFile(path) as file:
        assert [page.asarray()[0, 0] for page in file.pages] == [0, 1000, 2000]
        assert [json.loads(page.description)["point"] for page in file.pages] == [0, 1, 2]
