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
from alidade import _png, images
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


def read(path: Path) -> tuple[bool, list[int], list[int]]:
    """Whether a file is a BigTIFF, a pixel of each page, and the number that each tells."""
    from tifffile import TiffFile

    with TiffFile(path) as file:
        assert every(page.software == "alidade" for page in file.pages)
        corners = [int(page.asarray()[-1, -1]) for page in file.pages]
        return file.is_bigtiff, corners, [json.loads(p.description)["n"] for p in file.pages]


def fill(path: Path, pages: int, planned: int = 1, dtype: str = "u2") -> None:
    with ImageStack(path, planned) as stack:
        for n in range(pages):
            stack.write(np.full((8, 9), n, dtype), {"n": n})


@pytest.mark.parametrize("planned", [1, 50])
def test_a_stack_becomes_a_bigtiff_where_it_grows_or_is_planned_so_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planned: int
) -> None:
    path = tmp_path / "frames.tiff"
    fill(path, 20, planned)
    assert read(path) == (False, list(range(20)), list(range(20)))
    monkeypatch.setattr(images, "_MOST_CLASSIC", 10_000)
    for dtype in ("u1", "u2"):
        fill(path, 50, planned, dtype)
        assert read(path) == (True, list(range(50)), list(range(50)))
    fill(path, 3)
    assert not read(path)[0]


def test_a_stack_that_was_planned_large_is_a_bigtiff_from_its_first_page_on(tmp_path: Path) -> None:
    path = tmp_path / "frames.tiff"
    with ImageStack(path, 2_000_000) as stack:  # of 2 kB
        stack.write(np.full((32, 32), 7, np.uint16), {"n": 0})
        assert read(path) == (True, [7], [0])
        assert path.stat().st_size < 100_000


def test_a_stack_beyond_4_gib_loses_no_page(tmp_path: Path) -> None:
    path = tmp_path / "frames.tiff"
    with ImageStack(path) as stack:
        stack.write(np.full((8, 9), 1, np.uint16), {"n": 0})
        stack._file.filehandle.seek(2**32 - 2**21 - 2**16)  # as pages would have brought it; a hole
        for n in range(1, 5):
            stack.write(np.full((1024, 512), n + 1, np.uint16), {"n": n})
            assert read(path) == (n > 1, list(range(1, n + 2)), list(range(n + 1)))
    assert path.stat().st_size > 2**32
    assert read(path) == (True, [1, 2, 3, 4, 5], [0, 1, 2, 3, 4])


def test_a_program_that_is_killed_while_the_stack_becomes_a_bigtiff_has_lost_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill(*_: object) -> int:
        raise Killed  # after the new directories, before the header

    path = tmp_path / "frames.tiff"
    monkeypatch.setattr(images, "_MOST_CLASSIC", 3_000)
    monkeypatch.setattr(os, "pwrite", kill)
    with pytest.raises(Killed):
        fill(path, 50)
    whole, corners, numbers = read(path)
    assert not whole
    assert corners == numbers == list(range(len(numbers)))
    assert len(numbers) > 1


def test_a_png_whose_data_are_longer_than_a_chunk_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    monkeypatch.setattr(_png, "_LONGEST", 10)
    write_image(tmp_path / "a.png", gradient("u2"), ABOUT)
    assert (tmp_path / "a.png").read_bytes().count(b"IDAT") > 10
    with Image.open(tmp_path / "a.png") as image:
        assert every(np.array(image) == gradient("u2"))
