"""Where files for C, C++ and Julia are, in the sources; tests/capi and tests/wheel install them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import alidade

ROOT = Path(__file__).resolve().parents[2]


def test_the_library_is_the_one_that_is_loaded() -> None:
    assert Path(alidade.get_library()).samefile(os.environ["ALIDADE_LIBRARY"])
    assert os.path.isabs(alidade.get_library())


def test_a_library_that_the_loader_found_has_a_file_too() -> None:
    there = Path(os.environ["ALIDADE_LIBRARY"])
    told = subprocess.run(
        [sys.executable, "-c", "import alidade; print(alidade.get_library())"],
        env={**os.environ, "ALIDADE_LIBRARY": there.name, "LD_LIBRARY_PATH": str(there.parent)},
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert Path(told.strip()).samefile(there)


def test_sources_have_headers_and_the_julia_package() -> None:
    assert Path(alidade.get_include()) == ROOT / "include"
    assert (Path(alidade.get_julia()) / "Alidade" / "src" / "Alidade.jl").is_file()


@pytest.mark.parametrize(
    ("find", "what"), [("get_pkgconfig", "alidade.pc"), ("get_cmake", "CMake")]
)
def test_what_only_an_installation_has_is_refused_with_what_to_do(find: str, what: str) -> None:
    with pytest.raises(alidade.NotFoundError, match=rf"{what}.*ALIDADE_LIBRARY.*meson install"):
        getattr(alidade, find)()


def test_the_command_prints_them() -> None:
    def told(option: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alidade", option],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    assert told("--include-dir").stdout == f"{alidade.get_include()}\n"
    assert told("--library").stdout == f"{alidade.get_library()}\n"
    assert told("--julia-dir").stdout == f"{alidade.get_julia()}\n"
    refused = told("--cmake-dir")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "CMake" in refused.stderr
    assert "Traceback" not in refused.stderr
