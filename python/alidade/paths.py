"""Paths of the files that programs in C, C++ and Julia use with the library that is loaded."""

from __future__ import annotations

import os

from ._library import ffi, lib, path
from .errors import NotFoundError

__all__ = ["get_cmake", "get_include", "get_julia", "get_library", "get_pkgconfig"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = os.path.dirname(os.path.dirname(_PACKAGE))
_JULIA = os.path.join("share", "alidade", "julia")


def get_library() -> str:
    """The file of the library that this process has loaded.

    `ALIDADE_LIBRARY` for Julia, and for another Python.
    """
    return os.path.abspath(path) if os.sep in path else _mapped()


def get_include() -> str:
    """The folder of `alidade.h`, for `cc -I`.

    Raises:
        NotFoundError: The headers are not installed.
    """
    headers = [os.path.join(prefix, "include") for prefix in (*_prefixes(), _SOURCES)]
    return _first("alidade.h", headers, "alidade.h")


def get_pkgconfig() -> str:
    """The folder of `alidade.pc`, for `PKG_CONFIG_PATH`.

    Raises:
        NotFoundError: It is not installed, as in a tree of sources.
    """
    return _first(
        "alidade.pc", [os.path.join(f, "pkgconfig") for f in _lib_folders()], "alidade.pc"
    )


def get_cmake() -> str:
    """The folder of the CMake package, for `cmake -D alidade_DIR=`.

    Raises:
        NotFoundError: It is not installed, as in a tree of sources.
    """
    folders = [os.path.join(folder, "cmake", "alidade") for folder in _lib_folders()]
    return _first("the CMake package of alidade", folders, "alidadeConfig.cmake")


def get_julia() -> str:
    """The folder that holds the Julia package `Alidade`, for `JULIA_LOAD_PATH` and `LOAD_PATH`.

    Raises:
        NotFoundError: It is not installed.
    """
    folders = [os.path.join(prefix, _JULIA) for prefix in _prefixes()]
    folders.append(os.path.join(_SOURCES, "examples", "julia"))
    return _first("the Julia package Alidade", folders, os.path.join("Alidade", "Project.toml"))


def _lib_folders() -> tuple[str, str]:
    """Folders of libraries in the tree of the loaded library, and in the wheel."""
    return os.path.dirname(get_library()), os.path.join(_PACKAGE, "lib")


def _prefixes() -> tuple[str, str, str]:
    """Above `lib` or `lib/x86_64-linux-gnu` of the loaded library; the wheel's is the package."""
    above = os.path.dirname(os.path.dirname(get_library()))
    return above, os.path.dirname(above), _PACKAGE


def _first(what: str, folders: list[str], file: str) -> str:
    for folder in folders:
        if os.path.isfile(os.path.join(folder, file)):
            return folder
    raise NotFoundError(
        f"{what} could not be found in {', '.join(dict.fromkeys(folders))}; install "
        "the wheel, or set ALIDADE_LIBRARY to the library in a tree that `meson install` has made",
        domain="paths",
    )


def _mapped() -> str:
    """The file behind a library that the loader found by its name."""
    address = int(ffi.cast("uintptr_t", ffi.addressof(lib, "ald_version")))
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            begin, _, end = line.partition(" ")[0].partition("-")
            if int(begin, 16) <= address < int(end, 16):
                return line.rstrip("\n").split(maxsplit=5)[5]
    raise NotFoundError(f"the file of {path} could not be found in /proc/self/maps", domain="paths")
