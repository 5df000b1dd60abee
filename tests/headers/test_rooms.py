"""A made-up room in a tree of its own: names in C, Python with its twin and stub, Julia."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gen import rooms
from gen.__main__ import generate, main, number_kinds
from gen.headers import parse_library
from gen.model import Library
from gen.nouns import nouns
from gen.problems import HeaderError, SourceError
from gen.rooms import Room

HEADERS = "include/alidade"
GARDEN = Room("garden", "Beds and what grows in them.")
HEADER = """\
/**
 * @file
 * Beds.
 */
#ifndef ALIDADE_GARDEN_H
#define ALIDADE_GARDEN_H

#include <alidade/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A bed. */
typedef struct ald_garden_bed ald_garden_bed;

/**
 * Takes one more reference to a bed.
 *
 * @param bed borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_garden_bed_ref(const ald_garden_bed *bed) ALD_NOEXCEPT;

/**
 * Gives a reference to a bed back.
 *
 * @param bed owned; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_garden_bed_unref(const ald_garden_bed *bed) ALD_NOEXCEPT;

/**
 * Waters a bed.
 *
 * @param bed borrowed for the call.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK.
 * @since 0.1
 */
ALD_API ald_status ald_garden_bed_start_water(ald_garden_bed *bed, ald_op **op,
                                              ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
"""
PYTHON = '''\
"""Beds."""

from __future__ import annotations

from .._handle import Handle
from .._library import lib
from .._waiting import finish, waits
from ..op import Op
from ._soil import moist

__all__ = ["Bed"]


class Bed(Handle, type="garden_bed"):
    """A bed.

    Example:
        >>> from alidade.garden import Bed  # doctest: +SKIP
        >>> Bed().water()  # doctest: +SKIP
    """

    __slots__ = ()

    @waits
    def water(self) -> None:
        """Waters it."""
        finish(lib.ald_garden_bed_start_water, self._h)
        moist(self)

    def neighbour(self) -> Bed | Op:
        """The next one."""
        return self
'''
JULIA = '''\
export Bed, water

"""A bed."""
mutable struct Bed <: Object
    handle::Ptr{ald_garden_bed}
    Bed(handle::Ptr{ald_garden_bed}) = owned(new(handle))
end

"""
    water(bed)

Waters it.
"""
water(bed::Bed) = finish(started((out, err) -> ald_garden_bed_start_water(bed, out, err)))
'''


@pytest.fixture
def tree(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The headers and the bindings, with a room added; nothing is generated yet."""
    monkeypatch.setattr(rooms, "ROOMS", (GARDEN,))
    for folder in ("include", "python/alidade", "examples/julia/Alidade"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / folder, tmp_path / folder, ignore=ignored)
    for name, content in (
        ("include/alidade/garden.h", HEADER),
        ("python/alidade/garden/beds.py", PYTHON),
        ("python/alidade/garden/_soil.py", "def moist(bed: object) -> None: ...\n"),
        ("examples/julia/Alidade/src/Garden/beds.jl", JULIA),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    with pytest.raises(SourceError, match="no kind for ald_garden_bed: run python3 lib/gen"):
        generate(tmp_path)
    number_kinds(tmp_path)
    return tmp_path


def test_python_package_with_twin_and_stub(tree: Path) -> None:
    made = generate(tree)
    assert "from .beds import Bed as Bed\n" in made["python/alidade/garden/__init__.pyi"]
    assert '    "garden",\n' in made["python/alidade/_names.py"]
    assert re.search(r'    \d+: \("garden\.beds", "Bed"\),\n\}', made["python/alidade/_classes.py"])
    twin = made["python/alidade/aio/garden/beds.py"]
    assert "from ...garden import beds as _sync\n" in twin
    assert "from ..._library import lib\n" in twin
    assert "from ...garden._soil import moist\n" in twin
    assert "from .._waiting import finish\n" in twin
    assert "from ..op import Op\n" in twin
    assert "    async def water(self) -> None:\n" in twin
    assert "        await finish(lib.ald_garden_bed_start_water, self._h)\n" in twin
    assert ">>> from alidade.aio.garden import Bed" in twin
    assert ">>> await Bed().water()" in twin
    assert "from .beds import Bed\n" in made["python/alidade/aio/garden/__init__.py"]


def test_a_new_noun_gets_the_next_number(tree: Path, library: Library) -> None:
    kinds = {noun.handle: noun.constant.value for noun in nouns(parse_library(tree / HEADERS))}
    before = {noun.handle: noun.constant.value for noun in nouns(library)}
    assert kinds == before | {"ald_garden_bed": max(before.values()) + 1}
    number_kinds(tree)
    assert {n.handle: n.constant.value for n in nouns(parse_library(tree / HEADERS))} == kinds


def test_c_and_cpp_names(tree: Path) -> None:
    made = generate(tree)
    assert "class garden_bed\n" in made["include/alidade/alidade.hpp"]
    assert "#include <alidade/garden.h>\n" in made["include/alidade.h"]
    header = tree / "include/alidade/garden.h"
    header.write_text(HEADER.replace("ald_garden_bed_start_water", "ald_bed_start_water"), "utf-8")
    with pytest.raises(HeaderError, match=r"garden\.h:\d+: ald_bed_start_water is in a header of"):
        generate(tree)
    header.rename(header.with_name("beds.h"))
    header.with_name("beds.h").write_text(HEADER, "utf-8")
    with pytest.raises(HeaderError, match=r"beds\.h:\d+: ald_garden_bed_ref belongs into a header"):
        generate(tree)


def test_the_python_package_works(tree: Path, built_library: Path) -> None:
    """As far as it goes with a library that has no beds: it is found, its names are there."""
    assert main(["--root", str(tree)]) == 0
    program = (
        "import sys\n"
        "import alidade.garden as garden\n"
        "assert garden.__doc__.startswith('Beds and what grows'), garden.__doc__\n"
        "assert garden.__all__ == ['Bed'], garden.__all__\n"
        "assert 'beds' in dir(garden)\n"
        "assert 'alidade.garden.beds' not in sys.modules\n"
        "assert garden.Bed.__module__ == 'alidade.garden.beds'\n"
        "from alidade.aio.garden import Bed\n"
        "assert issubclass(Bed, garden.Bed)\n"
        "import inspect\n"
        "assert inspect.iscoroutinefunction(Bed.water)\n"
    )
    environment = {
        **os.environ,
        "ALIDADE_LIBRARY": str(built_library),
        "PYTHONPATH": str(tree / "python"),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_julia_module(tree: Path, julia: str, built_library: Path) -> None:
    assert main(["--root", str(tree)]) == 0
    module = (tree / "examples/julia/Alidade/src/Garden.jl").read_text("utf-8")
    assert "using ..Alidade: Object, ald_garden_bed, ald_garden_bed_start_water, " in module
    program = (
        "using Alidade, Alidade.Garden\n"
        "@assert Bed === Alidade.Garden.Bed && Bed <: Alidade.Object\n"
        "@assert isempty(setdiff([:Bed, :water], names(Alidade.Garden)))\n"
        "@assert hasmethod(Alidade.unref, (Ptr{Alidade.ald_garden_bed},))\n"
    )
    environment = {
        **os.environ,
        "ALIDADE_LIBRARY": str(built_library),
        "JULIA_LOAD_PATH": f"{tree / 'examples/julia'}:",
        "JULIA_DEPOT_PATH": str(tree / "depot"),
    }
    done = subprocess.run(
        [julia, "--startup-file=no", "-e", program],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
