"""Finds or makes the class of a device: that of its capabilities.

The class of a capability registers itself by `class Movable(Device, capability="movable")`, and its
module is imported when a device has the capability. A device with several capabilities gets a class
that derives from theirs, in the order of their precedence and names. Capabilities without a class
here, as a newer library may have, add nothing: `Device` has what every device has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from ._classes import CAPABILITIES
from ._library import lib
from .errors import UnsupportedError

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["class_of", "missing", "register"]

Key = tuple[str, ...]

# The classes by the package that they are for (`alidade` or its asyncio twin) and capabilities.
_registered: dict[tuple[str, Key], type[Any]] = {}
# The classes of several capabilities by those that they derive from.
_made: dict[tuple[type[Any], ...], type[Any]] = {}

# Bound here, for speed.
_can = lib.ald_device_can


class _Known:
    """Caches what follows from the registered classes; a new one begins with each registration."""

    def __init__(self) -> None:
        self.names: dict[str, list[tuple[str, bytes]]] = {}
        """The names of capabilities that count, by package, with what the library is asked."""
        self.classes: dict[tuple[type[Any], Key], type[Any]] = {}
        """The class by that of devices without capabilities and by the capabilities."""


_known = _Known()


def register(cls: type[Any], capabilities: str | Key) -> None:
    """Makes a class that of the devices with a capability, or with all of several.

    Raises:
        TypeError: Another class is that, and `cls` does not derive from it.
    """
    package: str = cls._package
    key = (capabilities,) if isinstance(capabilities, str) else tuple(sorted(capabilities))
    home = f"{package}.{CAPABILITIES[key]}" if key in CAPABILITIES else cls.__module__
    if home != cls.__module__:
        import_module(home)
    known = _registered.get((package, key))
    # The same name again is that of a module that was loaded anew, or of a cell of a notebook.
    if known is not None and not issubclass(cls, known) and _place(cls) != _place(known):
        raise TypeError(
            f"devices with the capability {' and '.join(key)} are {_place(known)}; "
            f"{_place(cls)} must derive from it to take its place"
        )
    _registered[package, key] = cls
    global _known
    _known = _Known()


def class_of(device: CData, base: type[Any]) -> type[Any]:
    """The class for a device; `base` is that of the package's devices without capabilities."""
    known, package = _known, base._package
    names = known.names.get(package)
    if names is None:
        names = known.names[package] = [(name, name.encode()) for name in _names(package)]
    has = tuple([name for name, encoded in names if _can(device, encoded, 1) == 1])
    found = known.classes.get((base, has))
    if found is None:
        found = known.classes[base, has] = _found(base, set(has))
    return found


# Plans of bluesky ask for these first.
_FOR_BLUESKY = (
    "; it has a `path`, and its `lab`. For bluesky make an `Axis` or a `Sensor` of it, as "
    "examples/python/bluesky_devices.py does"
)


class MissingError(UnsupportedError, AttributeError):
    """A device has not what devices with another capability have; `hasattr` takes it for no."""


def missing(device: Any, name: str) -> NoReturn:
    """Stands for an attribute that the class of a device has not.

    Raises:
        AttributeError: Always; the message names the class that has it, and what the device can.
    """
    has = [] if name.startswith("_") else sorted(_owners(type(device), name))
    if not has:
        hint = _FOR_BLUESKY if name in ("name", "parent") else ""
        raise AttributeError(f"{type(device).__name__!r} object has no attribute {name!r}{hint}")
    can = ", ".join(device.describe()["capabilities"]) or "nothing of its own"
    raise MissingError(
        f"{device.path!r} has no {name!r}, which {' and '.join(has)} has; its capabilities: {can}. "
        "A device that was opened since is found anew by its lab"
    )


def _owners(cls: type[Any], name: str) -> Iterator[str]:
    """Names of the classes of one capability that have an attribute."""
    for key in _keys(cls._package):
        owner = _class(key, cls._package)
        if len(key) == 1 and hasattr(owner, name):
            yield owner.__name__


def _names(package: str) -> list[str]:
    """The names of all capabilities that have a class in a package."""
    return sorted({name for key in _keys(package) for name in key})


def _keys(package: str) -> set[Key]:
    return {*CAPABILITIES, *(key for of, key in list(_registered) if of == package)}


def _found(base: type[Any], has: set[str]) -> type[Any]:
    """The class of devices with some capabilities."""
    package = base._package
    classes = [_class(key, package) for key in _keys(package) if has.issuperset(key)]
    # Without those that others derive from, as `Camera` from `Triggerable`.
    found = [one for one in classes if not any(_is_above(one, other) for other in classes)]
    if len(found) < 2:
        return found[0] if found else base
    return _combined(tuple(sorted(found, key=lambda one: (one._precedence, one.__name__))))


def _class(key: Key, package: str) -> type[Any]:
    """The class that is registered for capabilities."""
    if (package, key) not in _registered:
        import_module(f".{CAPABILITIES[key]}", package)
    return _registered[package, key]


def _combined(bases: tuple[type[Any], ...]) -> type[Any]:
    """The class that derives from some others."""
    if bases not in _made:
        names = [base.__name__ for base in bases]
        module = bases[0].__module__
        doc = f"A device that is {', '.join(names[:-1])} and {names[-1]} at once."
        made = type("".join(names), bases, {"__slots__": (), "__module__": module, "__doc__": doc})
        # Another thread may have been faster: there is one class for the same capabilities.
        if _made.setdefault(bases, made) is made:
            vars(sys.modules[module]).setdefault(made.__name__, made)  # where `pickle` looks
    return _made[bases]


def _is_above(one: type[Any], other: type[Any]) -> bool:
    return one is not other and issubclass(other, one)


def _place(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
