"""Finds libalidade, opens it, and refuses one that does not fit."""

from __future__ import annotations

import os
import sys

from ._ffi import ffi

TYPE_CHECKING = False  # as type checkers know it, without the import of `typing`
if TYPE_CHECKING:
    from ._ffi import Library

__all__ = ["ffi", "lib", "path", "require_room"]

_FILE = "libalidade.so.0.1"


def _refuse_subinterpreter() -> None:
    """Objects and callbacks belong to the main interpreter; another one would mix them up."""
    try:
        import _interpreters as interpreters  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            import _xxsubinterpreters as interpreters  # type: ignore[import-not-found, no-redef, unused-ignore]
        except ImportError:
            return
    current, main = interpreters.get_current(), interpreters.get_main()
    # Newer versions give a tuple that begins with the number.
    if isinstance(current, tuple):
        current, main = current[0], main[0]
    if current != main:
        raise ImportError(
            "alidade cannot be imported in a sub-interpreter: its threads and callbacks belong to "
            "the main interpreter; use threads, asyncio (alidade.aio) or another process instead",
            name="alidade",
        )


def _candidates() -> list[str]:
    """Paths of the library; the first that exists counts; a bare name is the loader's."""
    given = os.environ.get("ALIDADE_LIBRARY")
    if given:
        return [given]
    package = os.path.dirname(os.path.abspath(__file__))
    return [os.path.join(package, "lib", _FILE), _FILE]


def _open() -> tuple[Library, str]:
    tried: list[str] = []
    for candidate in _candidates():
        if os.sep in candidate and not os.path.exists(candidate):
            tried.append(f"{candidate}: no such file")
            continue
        try:
            found = ffi.dlopen(candidate, os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError as error:
            tried.append(str(error).removeprefix("cannot load library "))
            continue
        return found, candidate
    raise ImportError(
        "the library of alidade was not found; install the wheel again, or set ALIDADE_LIBRARY to "
        f"the path of {_FILE}. Looked at: " + "; ".join(tried),
        name="alidade",
    )


def _check_abi(found: Library, where: str) -> None:
    try:
        version = found.ald_abi_version()
    except (AttributeError, ffi.error):
        raise ImportError(f"{where} is not libalidade: it has no ald_abi_version") from None
    if version != found.ALD_ABI:
        name = ffi.string(found.ald_version()).decode()
        raise ImportError(
            f"this package is for ABI version {found.ALD_ABI} of libalidade, but {where} "
            f"(version {name}) has ABI version {version}; install package and library of the same "
            "release, or unset ALIDADE_LIBRARY",
            name="alidade",
        )


def require_room(room: str, module: str) -> None:
    """Refuses the import of a module whose functions the library was built without."""
    if not lib.ald_has_feature(room.encode()):
        raise ImportError(
            f"{module} is not there: {path} was built without the room '{room}'; build it with "
            f"that room in meson's option -Drooms=..., or leave the option out to have all rooms",
            name=module,
        )


if sys.platform != "linux":
    raise ImportError(f"alidade runs on Linux, not on {sys.platform}", name="alidade")

_refuse_subinterpreter()
lib, path = _open()
_check_abi(lib, path)
