"""Packages of the asyncio twin: a module is imported when one of its names is asked for."""

from __future__ import annotations

import ast

_FUNCTIONS = """\
def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name], __name__), name)
        globals()[name] = found  # from now on it is found without this function
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
"""


def guarded(imports: str) -> str:
    """Imports for type checkers alone."""
    lines = [f"    {line}" if line else "" for line in imports.splitlines()]
    return "\n".join(["TYPE_CHECKING = False", "if TYPE_CHECKING:", *lines])


def lazy_names(imports: str, modules: list[str]) -> str:
    """What imports names when they are asked for.

    Args:
        imports: The statements that would import them at once.
        modules: Those of the twin that are attributes of it.
    """
    homes = []
    for node in ast.parse(imports).body:
        assert isinstance(node, ast.ImportFrom), ast.unparse(node)
        module = "." * node.level + (node.module or "")
        homes += [f'    "{part.asname or part.name}": "{module}",' for part in node.names]
    table = "\n".join(["_HOMES = {", *homes, "}"])
    names = "\n".join(["_MODULES = {", *(f'    "{name}",' for name in modules), "}"])
    return f"{table}\n{names}\n\n\n{_FUNCTIONS}"
