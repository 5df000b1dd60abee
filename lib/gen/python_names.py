"""Writes what the Python package and its rooms export: a table for run time, a stub for checkers.

A package exports what `__all__` of its modules lists. A module is imported when one of its names is
asked for, so that `import alidade` takes no time.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

from . import rooms
from .output import NOTICE
from .problems import SourceError
from .python_classes import PACKAGE
from .rooms import Room

# Modules whose names say nothing without theirs: `alidade.log.level`.
_APART = frozenset({"fit", "images", "log", "values"})
# Names that are only in their module: `alidade.clocks.mono_ns`.
_ONLY_THERE = {
    "clocks": {"mono_ns", "wall_error_ns", "wall_from_mono", "wall_ns"},
    "quantities": {"Quantity"},
    "queue": {"QueueStats", "kind_name", "kind_number", "register_kind"},
    "recordings": {"Recording"},
    "scans": {"Point", "linear"},
    "schema": {"Type"},
    "series": {"Quantity"},
    "signals": {"Ending"},
    "sources": {"Item", "SourceInfo"},
    "tables": {"Table"},
    "units": {"convert_difference"},
}
# Constants that users meet without their module.
_CONSTANTS = ("DeviceState", "OpState", "Policy")
_TWIN = "aio"
# Modules that `from alidade import *` brings, where the library has their room.
_STARRED = ("fit",)


@dataclass
class Exports:
    """Exports of a package."""

    folder: Path
    homes: dict[str, str] = field(default_factory=dict)
    """The module of each name."""
    modules: list[str] = field(default_factory=list)
    """The modules and packages that are asked for by their own names."""

    def imports(self) -> str:
        """The statements that import all names."""
        of_module: dict[str, list[str]] = {}
        for name, module in sorted(self.homes.items()):
            of_module.setdefault(module, []).append(name)
        return "".join(
            "".join(f"from .{module} import {name} as {name}\n" for name in names)
            for module, names in sorted(of_module.items())
        )

    def all(self) -> str:
        """The assignment of `__all__`."""
        names = sorted([*self.homes, *self.starred()])
        return "__all__ = [\n" + "".join(f'    "{name}",\n' for name in names) + "]\n"

    def starred(self) -> list[str]:
        """Lists the modules that a star brings."""
        return [name for name in self.modules if name in _STARRED]

    def names(self) -> str:
        """The table for run time."""
        homes = "".join(f'    "{name}": "{self.homes[name]}",\n' for name in sorted(self.homes))
        modules = "".join(f'    "{name}",\n' for name in self.modules)
        return (
            f'# {NOTICE}\n"""Which module has which name, and which modules there are."""\n\n'
            f"HOMES = {{\n{homes}}}\n\nMODULES = (\n{modules})\n"
        )

    def stub(self, more: str) -> str:
        """Stub of the package, for type checkers and editors."""
        modules = "".join(f"from . import {name} as {name}\n" for name in self.modules)
        return f"# {NOTICE}\n{modules}{self.imports()}\n{more}{self.all()}"


def render(root: Path) -> dict[str, str]:
    """The texts by their paths; nothing where there is no package."""
    if not (root / PACKAGE / "_handle.py").is_file():
        return {}
    whole = _exports_of_package(root)
    found = {
        f"{PACKAGE}/_names.py": whole.names(),
        f"{PACKAGE}/__init__.pyi": whole.stub("__version__: str\n\n"),
    }
    for room in _rooms(root):
        exports = _exports(root / PACKAGE / room.name)
        folder = f"{PACKAGE}/{room.name}"
        found[f"{folder}/__init__.py"] = _package(room)
        found[f"{folder}/__init__.pyi"] = exports.stub("")
        found[f"{folder}/_names.py"] = exports.names()
    return found


def sources(root: Path) -> dict[str, str]:
    """The packages as if they imported all that they export, for the twin; by their names."""
    if not (root / PACKAGE / "_handle.py").is_file():
        return {}
    whole = _exports_of_package(root)
    own = ast.get_docstring(ast.parse((root / PACKAGE / "__init__.py").read_text("utf-8")), False)
    found = {"__init__": _eager(own or "", whole)}
    for room in _rooms(root):
        found[f"{room.name}.__init__"] = _eager(room.doc, _exports(root / PACKAGE / room.name))
    return found


def _eager(doc: str, exports: Exports) -> str:
    return f'"""{doc}"""\n\n{exports.imports()}\n{exports.all()}'


def _package(room: Room) -> str:
    return f'''\
# {NOTICE}
"""{room.doc}

The same with `await` is in `alidade.aio.{room.name}`.
"""

from __future__ import annotations

from .._lazy import attributes
from ._names import HOMES, MODULES

__all__ = sorted(HOMES)

__getattr__, __dir__ = attributes(__name__, HOMES, MODULES)
'''


def _rooms(root: Path) -> list[Room]:
    """The rooms that have a Python package."""
    return [room for room in rooms.ROOMS if _modules(root / PACKAGE / room.name)]


def _modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def _exports_of_package(root: Path) -> Exports:
    exports = _exports(root / PACKAGE)
    exports.homes |= dict.fromkeys(_CONSTANTS, "_constants")
    exports.modules = sorted([*exports.modules, *(room.name for room in _rooms(root)), _TWIN])
    return exports


def _exports(folder: Path) -> Exports:
    exports = Exports(folder)
    for module in _modules(folder):
        exports.modules.append(module)
        if module in _APART:
            continue
        for name in _all_of(folder / f"{module}.py"):
            if name in _ONLY_THERE.get(module, ()):
                continue
            if name in exports.homes:
                raise SourceError(f"{folder / module}.py: {exports.homes[name]} exports {name} too")
            exports.homes[name] = module
    return exports


def _all_of(path: Path) -> list[str]:
    """Names in a module's `__all__`."""
    for node in ast.parse(path.read_text("utf-8"), str(path)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
    raise SourceError(f"{path}: no __all__, which says what the package exports")
