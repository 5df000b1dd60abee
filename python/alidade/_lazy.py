"""Packages whose modules are imported when one of their names is asked for."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as type checkers know it, without the import of `typing`
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


def without_absent(names: list[str]) -> None:
    """Takes modules out of an `__all__` whose room the library was built without."""
    from ._library import lib

    if "fit" in names and not lib.ald_has_feature(b"kernels"):
        names.remove("fit")


def attributes(
    package: str, homes: Mapping[str, str], modules: Collection[str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The functions `__getattr__` and `__dir__` of a package.

    Args:
        package: Its name.
        homes: The module of each name that it exports: "arrays" in it, ".arrays" beside it.
        modules: The modules that are asked for by their own names.
    """
    own = vars(sys.modules[package])

    def get(name: str) -> object:
        from importlib import import_module

        if name in modules:
            return import_module(f"{package}.{name}")
        if name in homes:
            found: object = getattr(import_module(f".{homes[name]}", package), name)
            own[name] = found  # from now on it is found without this function
            return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def names() -> list[str]:
        return sorted({*own, *homes, *modules})

    return get, names
