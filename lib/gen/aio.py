"""Writes the asyncio twin of the Python package: `python/alidade/aio/` from `python/alidade/`.

A twin class derives from its sync class and has anew only what waits and what mentions twins.
"""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import replace
from pathlib import Path

from gen import python_names, python_properties
from gen.output import NOTICE
from gen.twin_edit import ASYNC_KINDS, RENAMED, Editor, import_lines
from gen.twin_model import PRIMITIVE, Class, Import, Module, Package, read_texts
from gen.twin_package import guarded, lazy_names

SYNC = "python/alidade"
TWIN = f"{SYNC}/aio"
# Written by hand in the twin.
BY_HAND = frozenset({"_completions", "_waiting"})
# Generated from the headers, with nothing in them that waits.
WITHOUT = frozenset({"_classes", "_constants", "_ffi", "_lazy", "_names"})
# Not checked for style: that is done where the style comes from, in the sync source.
HEADER = f"""\
# {NOTICE}
# Made of {{path}}.
# fmt: off
# ruff: noqa
# mypy: disable-error-code="assignment, misc, override"
"""
_ROOT = "__init__"
_WIDTH = 100
# Pointer of the sync package to its twin.
_POINTER = re.compile(r"\n\n[^\n]*`alidade\.aio`[^\n]*")
# Modules of names that only the twin uses, if not collections.abc.
_HOME = {
    "AbstractAsyncContextManager": "contextlib",
    "NoReturn": "typing",
    "asynccontextmanager": "contextlib",
}
_USE = {
    "__enter__": "async with",
    "__exit__": "async with",
    "__iter__": "async for",
    "__next__": "async for",
}


def render(root: Path) -> dict[str, str]:
    """The text of every module of the twin, by its path from the root."""
    texts = read_texts(root / SYNC, WITHOUT)
    texts |= python_names.sources(root) | python_properties.sources(root)
    if _ROOT not in texts:
        return {}
    waiting = ast.parse((root / TWIN / f"{PRIMITIVE}.py").read_text("utf-8"))
    primitives = frozenset(
        node.name for node in waiting.body if isinstance(node, ast.AsyncFunctionDef)
    )
    twins = twin_of(texts, primitives)
    return {f"{TWIN}/{name.replace('.', '/')}.py": text for name, text in twins.items()}


def is_by_hand(path: Path) -> bool:
    """Tells whether a module of the twin is not generated."""
    return path.stem in BY_HAND


def twin_of(texts: dict[str, str], primitives: frozenset[str]) -> dict[str, str]:
    """The twin's modules of the sync package's modules, by their names.

    Args:
        texts: The sync modules by their names.
        primitives: The functions of `_waiting` that are coroutines in the twin.
    """
    package = Package(texts, SYNC, primitives)
    return {
        module.name: Writer(package, module).text()
        for module in package.modules.values()
        if (package.is_twin_module(module.name) or module.is_package) and module.name not in BY_HAND
    }


class Writer:
    """Writes the twin of one module."""

    def __init__(self, package: Package, module: Module) -> None:
        self._package = package
        self._module = module
        self._editor = Editor(package, module)

    def text(self) -> str:
        """The whole module."""
        docstring = self._editor.docstring(self._module.tree)
        if self._module.is_package:
            docstring = _POINTER.sub("", docstring).replace(".\n", ", with asyncio.\n", 1)
        body = self._body()
        head = HEADER.format(path=self._module.path) + docstring
        imports = self._imports(body)
        if self._module.is_package:
            body, imports = lazy_names(imports, self._modules()), guarded(imports)
        parts = [head, "from __future__ import annotations", imports, self._all()]
        blocks = "\n\n".join(part.rstrip("\n") for part in parts if part)
        text = blocks + ("\n\n\n" + body if body else "\n")
        ast.parse(text, self._module.path)
        return text

    def _modules(self) -> list[str]:
        """The public modules and sub-packages of the twin of a package."""
        inside = self._module.base
        found = {
            one.own_name
            for one in self._package.modules.values()
            if one.base == inside and not one.is_private and self._package.is_twin_module(one.name)
        }
        packages = (one for one in self._package.modules.values() if one.is_package and one.base)
        return sorted(found | {one.base[-1] for one in packages if one.base[:-1] == inside})

    def _all(self) -> str:
        for node in self._module.top.get("__all__", []):
            return self._editor.lines_of(node)
        exported = self._exported()
        return _list("__all__", exported) if exported else ""

    def _exported(self) -> list[str]:
        if self._module.is_private and not self._module.is_package:
            return []
        if self._module.exported is not None:
            return self._module.exported
        return sorted(name for name in self._module.top if not name.startswith("_"))

    def _body(self) -> str:
        written: set[int] = set()
        parts = []
        twins = set(self._package.twins(self._module))
        for name, nodes in self._module.top.items():
            for node in nodes:
                if name not in twins or name == "__all__" or id(node) in written:
                    continue
                written.add(id(node))
                if isinstance(node, ast.ClassDef):
                    parts.append(self._class(self._module.classes[name]))
                else:
                    parts.append(self._editor.statement(node))
        return "\n\n".join(parts)

    def _class(self, class_: Class) -> str:
        bases = [f"_sync.{class_.name}"]
        bases += [
            ast.unparse(base)
            for base in class_.node.bases
            if self._package.has_twin(self._module, ast.unparse(base))
        ]
        # A class of the twin is that of a capability, too; of a kind of handle is the sync one.
        bases += [
            ast.get_source_segment(self._module.text, word) or ""
            for word in class_.node.keywords
            if word.arg == "capability"
        ]
        lines = f"class {class_.name}({', '.join(bases)}):\n"
        parts = [self._editor.docstring(class_.node), "    __slots__ = ()\n"]
        written: set[int] = set()
        for name, nodes in class_.members.items():
            if name == "__slots__" or not self._package.is_remade(class_, name):
                continue
            for member in nodes:
                if id(member) not in written:
                    written.add(id(member))
                    parts.append(self._editor.statement(member, class_))
            if class_.waits(name) or (name == "__iter__" and class_.is_iterated_async()):
                parts.append(_refusal(name) if name in RENAMED else "")
        return lines + "\n".join(part for part in parts if part)

    def _imports(self, body: str) -> str:
        used = _names(body)
        module = self._module
        exported = set(self._exported())
        needed = used | exported | self._starred()
        # All that a package imports is guarded, so that nothing has to say so.
        guards = not module.is_package
        if guards and any(one.is_guarded for one in map(module.imports.get, needed) if one):
            needed.add("TYPE_CHECKING")
        found = [
            replace(imported, is_guarded=imported.is_guarded and guards)
            for alias, imported in module.imports.items()
            if alias in needed and imported.module != "__future__"
        ]
        if not module.is_package:
            own = {*self._package.twins(module), "__all__"}
            found += [
                Import(1, module.name, name, name, False)
                for name in module.top
                if name in used | exported and name not in own
            ]
        guarded = [imported for imported in found if imported.is_guarded]
        added = used & {*ASYNC_KINDS.values(), "asynccontextmanager", "NoReturn"}
        for name in sorted(added - module.imports.keys()):
            found.append(Import(0, _HOME.get(name, "collections.abc"), name, name, False))
        lines = self._lines([one for one in found if not one.is_guarded], "_sync" in used)
        if guarded:
            lines += ["", "if TYPE_CHECKING:"]
            lines += ["    " + line if line else "" for line in self._lines(guarded, False)]
        return "\n".join(lines)

    def _starred(self) -> set[str]:
        """Names that a package's `__all__` takes from its modules, and how they come in."""
        return {
            name
            for node in self._module.top.get("__all__", [])
            for part in ast.walk(node)
            if isinstance(part, ast.Starred)
            for name in (*_names(ast.unparse(part.value)), "*")
        }

    def _lines(self, imports: list[Import], with_sync: bool) -> list[str]:
        """Statements that import names: modules, other packages, the package itself."""
        plain = [_plain(imported) for imported in imports if imported.name is None]
        named = [imported for imported in imports if imported.name is not None]
        others = [imported for imported in named if imported.level == 0]
        ours = [imported for imported in named if imported.level > 0]
        standard = import_lines(others, self._package, self._module)
        relative = import_lines(ours, self._package, self._module)
        if with_sync:
            above = "".join(f"{part}." for part in self._module.base).rstrip(".")
            dots = "." * (2 + len(self._module.base))
            relative.insert(0, f"from {dots}{above} import {self._module.own_name} as _sync")
        lines = [line for text in [*sorted(plain), *standard] for line in _wrapped(text)]
        if lines and relative:
            lines.append("")
        return lines + [line for text in relative for line in _wrapped(text)]


def _plain(imported: Import) -> str:
    """The statement that imports a whole module."""
    is_plain = imported.alias == imported.module.split(".")[0]
    return f"import {imported.module}" + ("" if is_plain else f" as {imported.alias}")


def _refusal(name: str) -> str:
    """The sync form of what the twin has only in its asyncio form; says whose it is."""
    arguments = ", *exception: object" if name == "__exit__" else ""
    return (
        f"    def {name}(self{arguments}) -> NoReturn:\n"
        f'        raise TypeError(f"{{type(self).__name__}} of alidade.aio needs `{_USE[name]}`")\n'
    )


def _names(text: str) -> set[str]:
    """All names that a text uses and does not get from Python."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return {name for name in used if not hasattr(builtins, name)}


def _wrapped(line: str) -> list[str]:
    """An import of many names, a name a line."""
    if len(line) <= _WIDTH:
        return [line]
    source, names = line.split(" import ")
    return [f"{source} import (", *(f"    {name}," for name in names.split(", ")), ")"]


def _list(name: str, words: list[str]) -> str:
    quoted = ", ".join(f'"{word}"' for word in words)
    line = f"{name} = [{quoted}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name} = [", *(f'    "{word}",' for word in words), "]"])
