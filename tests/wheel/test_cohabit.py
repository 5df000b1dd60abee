"""The package beside libraries that its users have: in one process, in both orders of import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A small computation with each, through its own compiled code.
PEERS = {
    "numpy": """
        a = numpy.arange(1.0, 10.0).reshape(3, 3) + numpy.eye(3)
        x = numpy.linalg.solve(a, numpy.ones(3))
        assert numpy.allclose(a @ x, 1)
    """,
    "scipy": """
        import numpy, scipy.fft, scipy.optimize, scipy.sparse, scipy.sparse.linalg
        t = numpy.linspace(0, 1, 256, endpoint=False)
        assert numpy.argmax(abs(scipy.fft.rfft(numpy.sin(2 * numpy.pi * 17 * t)))) == 17
        root = scipy.optimize.brentq(lambda x: x**3 - 2, 0, 2)
        assert abs(root - 2 ** (1 / 3)) < 1e-9
        m = scipy.sparse.diags([numpy.full(50, 4.0), numpy.ones(49)], [0, 1]).tocsc()
        x = scipy.sparse.linalg.spsolve(m, numpy.ones(50))
        assert numpy.allclose(m @ x, 1)
    """,
    "h5py": """
        import numpy, os, tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "data.h5")
            data = numpy.arange(1000.0).reshape(10, 100)
            with h5py.File(path, "w") as file:
                file.create_dataset("x", data=data, chunks=True, compression="gzip")
            with h5py.File(path) as file:
                assert (file["x"][...] == data).all()
    """,
    "tifffile": """
        import io, numpy
        data = numpy.arange(64 * 48, dtype=numpy.uint16).reshape(64, 48)
        file = io.BytesIO()
        tifffile.imwrite(file, data, compression="zlib")
        file.seek(0)
        assert (tifffile.imread(file) == data).all()
    """,
    "cv2": """
        import numpy
        image = numpy.zeros((480, 640), numpy.uint8)
        cv2.circle(image, (320, 240), 100, 255, -1)
        blurred = cv2.GaussianBlur(image, (31, 31), 5)
        assert blurred[240, 320] == 255 and 0 < blurred[240, 420] < 255
        ok, png = cv2.imencode(".png", blurred)
        assert ok and (cv2.imdecode(png, cv2.IMREAD_UNCHANGED) == blurred).all()
    """,
}

OURS = """
    with alidade.MockMovable() as stage:
        stage.move_abs(2.5)
        assert abs(stage.position() - 2.5) < 1e-3
    try:
        alidade.MockMovable().move_abs(1e9)
    except alidade.Error as error:
        assert "mm" in str(error), error
    else:
        raise AssertionError("a move beyond the limits was not refused")
"""


def lines(text: str) -> str:
    rows = text.strip("\n").splitlines()
    indent = len(rows[0]) - len(rows[0].lstrip())
    return "".join(row[indent:] + "\n" for row in rows)


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's package alone: its peers are those of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--disable-pip-version-check", "--target", str(folder), str(wheel)],
        check=True,
    )  # fmt: skip
    return folder


def run(program: str, package: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ALIDADE_LIBRARY", "LD_LIBRARY_PATH", "LD_PRELOAD"}
    }
    environment["PYTHONPATH"] = str(package)
    environment["PYTHONFAULTHANDLER"] = "1"
    program += f"assert alidade.__file__.startswith({str(package)!r}), alidade.__file__\n"
    ended = subprocess.run(
        [sys.executable, "-c", program + "print('done')"],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, f"{program}\n{ended.stderr}"
    assert ended.stdout == "done\n"


@pytest.mark.parametrize("peer", PEERS)
def test_before_a_peer(peer: str, unpacked: Path) -> None:
    theirs, ours = lines(PEERS[peer]), lines(OURS)
    run(f"import alidade\n{ours}import {peer}\n{theirs}{ours}{theirs}", unpacked)


@pytest.mark.parametrize("peer", PEERS)
def test_after_a_peer(peer: str, unpacked: Path) -> None:
    theirs, ours = lines(PEERS[peer]), lines(OURS)
    run(f"import {peer}\n{theirs}import alidade\n{ours}{theirs}{ours}", unpacked)


@pytest.mark.parametrize("order", ["first", "last"])
def test_with_all_at_once(order: str, unpacked: Path) -> None:
    imports = [f"import {peer}\n" for peer in PEERS]
    imports.insert(0 if order == "first" else len(imports), "import alidade\n")
    theirs, ours = "".join(map(lines, PEERS.values())), lines(OURS)
    run("".join(imports) + ours + theirs + ours + theirs, unpacked)
