"""Packages of the asyncio twin: a module is imported when one of its names is asked for."""

from __future__ import annotations

import ast


def guarded(imports: str) -> str:
    """Imports for type checkers, and that of what imports names when they are asked for."""
    lines = [f"    {line}" if line else "" for line in imports.splitlines()]
    lazy = "from alidade._lazy import attributes as _attributes\n"
    lazy += "from alidade._lazy import without_absent as _without_absent"
    return "\n".join([lazy, "", "TYPE_CHECKING = False", "if TYPE_CHECKING:", *lines])


def lazy_names(imports: str, modules: list[str]) -> str:
    """Makes names attributes that are imported when they are asked for.

    Args:
        imports: The statements that would import them at once.
        modules: Those of the twin that are attributes of it.
    """
    homes = []
    for node in ast.parse(imports).body:
        assert isinstance(node, ast.ImportFrom), ast.unparse(node)
        module = "." * (node.level - 1) + (node.module or "")
        homes += [f'    "{part.asname or part.name}": "{module}",' for part in node.names]
    return "\n".join(
        [
            "_HOMES = {",
            *homes,
            "}",
            "_MODULES = (",
            *(f'    "{name}",' for name in modules),
            ")",
            "",
            "__getattr__, __dir__ = _attributes(__name__, _HOMES, _MODULES)",
            "",
            "_without_absent(__all__)",
            "",
        ]
    )
