"""Sync modules of the Python package, and the parts of them that the twin makes anew.

A function waits if it is decorated with `@waits`. Made anew is what waits, and whatever mentions
something that is made anew: so that the twin's objects give the twin's objects. So does what
mentions `__package__`, by which it finds classes by their names. All the rest is inherited or
imported from the sync module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gen import rooms
from gen.problems import SourceError

MARK = "waits"
# The module with the waiting itself; all that it exports has a twin, written by hand.
PRIMITIVE = "_waiting"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """A name that a module imports."""

    level: int
    module: str
    name: str | None
    """None for `import module`."""
    alias: str
    is_guarded: bool
    """Only for type checkers."""
    base: tuple[str, ...] = ()
    """The sub-package in which the import stands, which relative ones start from."""

    @property
    def sibling(self) -> str | None:
        """The module of the package that it comes from, by its whole name: "compose.layers"."""
        if self.level == 0 or self.name is None:
            return None
        above = self.base[: len(self.base) - self.level + 1]
        return ".".join([*above, *([self.module] if self.module else [])])


@dataclass
class Class:
    """A class of the sync package."""

    module: Module
    node: ast.ClassDef
    bases: list[Class] = field(default_factory=list)
    members: dict[str, list[ast.stmt]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.node.name

    def lookup(self, member: str) -> tuple[Class, list[ast.stmt]] | None:
        """Finds a member here or in the bases."""
        if member in self.members:
            return self, self.members[member]
        for base in self.bases:
            if found := base.lookup(member):
                return found
        return None

    def waits(self, member: str) -> bool:
        """Tells whether a method waits, here or in the bases."""
        found = self.lookup(member)
        return found is not None and any(is_waiting(node) for node in found[1])

    def is_iterated_async(self) -> bool:
        """Tells whether `for` over an object of it waits."""
        return self.waits("__iter__") or self.waits("__next__")


@dataclass
class Module:
    """A module of the sync package."""

    name: str
    path: str
    text: str
    tree: ast.Module
    imports: dict[str, Import] = field(default_factory=dict)
    # Imports inside functions, which name what a build may lack.
    late_imports: dict[str, Import] = field(default_factory=dict)
    top: dict[str, list[ast.stmt]] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    exported: list[str] | None = None

    @property
    def base(self) -> tuple[str, ...]:
        """The sub-package that it is in: ("compose",) of "compose.layers"."""
        return tuple(self.name.split(".")[:-1])

    @property
    def own_name(self) -> str:
        """Name in its package."""
        return self.name.rpartition(".")[2]

    @property
    def is_package(self) -> bool:
        """Tells whether it is the module of a package itself."""
        return self.own_name == "__init__"

    @property
    def is_private(self) -> bool:
        """Tells whether it is hidden from users."""
        return self.own_name.startswith("_")

    def problem(self, node: ast.AST, text: str) -> SourceError:
        """An error with its place."""
        return SourceError(f"{self.path}:{getattr(node, 'lineno', 1)}: {text}")


class Package:
    """The sync modules, and what of them the twin makes anew."""

    def __init__(self, texts: dict[str, str], prefix: str, primitives: frozenset[str]) -> None:
        self.primitives = primitives
        self.modules = {
            name: read_module(name, f"{prefix}/{name.replace('.', '/')}.py", text)
            for name, text in sorted(texts.items())
        }
        for module in self.modules.values():
            for class_ in module.classes.values():
                found = (self.class_of(module, base) for base in class_.node.bases)
                class_.bases = [base for base in found if base]
        for module in self.modules.values():
            for class_ in module.classes.values():
                _check_overrides(class_)
        self.waiting_methods = {
            name
            for module in self.modules.values()
            for class_ in module.classes.values()
            for name, nodes in class_.members.items()
            if any(is_waiting(node) for node in nodes)
        }
        primitive = self.modules.get(PRIMITIVE)
        self._twins: set[tuple[str, str]] = {
            (PRIMITIVE, name) for name in (primitive.exported or () if primitive else ())
        } - {(PRIMITIVE, MARK)}
        self._members: set[tuple[str, str, str]] = set()
        while self._grow():
            pass

    def origin(self, module: Module, name: str) -> tuple[Module, str] | None:
        """Finds the module that defines a name, if it is in the package."""
        seen = set()
        while (module.name, name) not in seen:
            seen.add((module.name, name))
            if name in module.top:
                return module, name
            imported = module.imports.get(name) or module.late_imports.get(name)
            if imported is None or imported.sibling not in self.modules:
                return None
            assert imported.name is not None
            module, name = self.modules[imported.sibling], imported.name
        return None

    def class_of(self, module: Module, node: ast.expr) -> Class | None:
        """The class that an expression names."""
        if isinstance(node, ast.Subscript):
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        found = self.origin(module, node.id)
        return found[0].classes.get(found[1]) if found else None

    def is_primitive(self, module: Module, name: str) -> bool:
        """Tells whether a name of a module is one of the waiting primitives."""
        imported = module.imports.get(name)
        return (
            imported is not None
            and imported.sibling == PRIMITIVE
            and imported.name in self.primitives
        )

    def function_of(self, module: Module, name: str) -> tuple[Module, Function] | None:
        """The function that a name of a module means, if it waits."""
        found = self.origin(module, name)
        if found:
            for node in found[0].top[found[1]]:
                if isinstance(node, Function) and is_waiting(node):
                    return found[0], node
        return None

    def has_twin(self, module: Module, name: str) -> bool:
        """Tells whether the twin has its own thing of a name that a module defines or imports."""
        found = self.origin(module, name)
        return found is not None and (found[0].name, found[1]) in self._twins

    def twins(self, module: Module) -> list[str]:
        """The names of a module that are made anew, in their order."""
        return [name for name in module.top if (module.name, name) in self._twins]

    def is_twin_module(self, name: str) -> bool:
        """Tells whether the twin has a module of its own of a name: all but private ones have."""
        module = self.modules.get(name)
        return module is not None and (not module.is_private or bool(self.twins(module)))

    def is_remade(self, class_: Class, member: str) -> bool:
        """Tells whether a class of the twin has its own member of a name."""
        return (class_.module.name, class_.name, member) in self._members

    def _grow(self) -> bool:
        """Adds what mentions something that is made anew; true if there was any."""
        before = len(self._twins) + len(self._members)
        for module in self.modules.values():
            for class_ in module.classes.values():
                for name, nodes in class_.members.items():
                    if any(self._needs_twin(module, node) for node in nodes) or (
                        name == "__iter__" and class_.is_iterated_async()
                    ):
                        self._members.add((module.name, class_.name, name))
            for name, nodes in module.top.items():
                if any(self._needs_twin(module, node) for node in nodes):
                    self._twins.add((module.name, name))
        return len(self._twins) + len(self._members) > before

    def _needs_twin(self, module: Module, node: ast.stmt) -> bool:
        if isinstance(node, ast.ClassDef):
            class_ = module.classes[node.name]
            return any(
                (base.module.name, base.name) in self._twins for base in class_.bases
            ) or any(self.is_remade(class_, member) for member in class_.members)
        if is_waiting(node):
            return True
        return any(
            isinstance(part, ast.Name)
            and (part.id == "__package__" or self.has_twin(module, part.id))
            for part in ast.walk(node)
        )


def _check_overrides(class_: Class) -> None:
    """Checks that a method and the one that it overrides both wait or neither does: bases call it.

    Raises:
        SourceError: A method waits and the one that it overrides does not, or the reverse.
    """
    for name, nodes in class_.members.items():
        if name == "__init__" or not isinstance(nodes[-1], Function):
            continue
        for base in class_.bases:
            found = base.lookup(name)
            if found is None or class_.waits(name) == base.waits(name):
                continue
            said = "waits" if base.waits(name) else "does not wait"
            raise class_.module.problem(
                nodes[-1], f"{name}() overrides that of {found[0].name}, which {said}"
            )


def read_module(name: str, path: str, text: str) -> Module:
    """Reads one module."""
    module = Module(name, path, text, ast.parse(text, path))
    for node in module.tree.body:
        guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if guarded:
            assert isinstance(node, ast.If)
            if node.orelse or not all(
                isinstance(part, (ast.Import, ast.ImportFrom)) for part in node.body
            ):
                raise module.problem(node, "only imports may stand under `if TYPE_CHECKING`")
        for part in node.body if guarded and isinstance(node, ast.If) else [node]:
            _read_statement(module, part, guarded)
    for inner in ast.walk(module.tree):
        if isinstance(inner, ast.ImportFrom):
            module.late_imports |= {one.alias: one for one in imports_of(inner)}
    return module


def _read_statement(module: Module, node: ast.stmt, guarded: bool) -> None:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for imported in imports_of(node, guarded, module.base):
            module.imports[imported.alias] = imported
    elif isinstance(node, ast.ClassDef):
        module.top[node.name] = [node]
        class_ = module.classes[node.name] = Class(module, node)
        for member in node.body:
            for name in _names(member):
                class_.members.setdefault(name, []).append(member)
    else:
        names = _names(node)
        for name in names:
            module.top.setdefault(name, []).append(node)
        if "__all__" in names and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            module.exported = [
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]


def imports_of(
    node: ast.Import | ast.ImportFrom, guarded: bool = False, base: tuple[str, ...] = ()
) -> Iterator[Import]:
    """The names that a statement imports in a module of the sub-package `base`."""
    for part in node.names:
        if isinstance(node, ast.Import):
            alias = part.asname or part.name.split(".")[0]
            yield Import(0, part.name, None, alias, guarded)
        else:
            yield Import(
                node.level, node.module or "", part.name, part.asname or part.name, guarded, base
            )


def _names(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if isinstance(node, ast.Assign):
        return [
            part.id
            for target in node.targets
            for part in ast.walk(target)
            if isinstance(part, ast.Name)
        ]
    return []


def is_waiting(node: ast.AST) -> bool:
    """Tells whether a function is decorated as one that waits."""
    return isinstance(node, Function) and any(
        isinstance(mark, ast.Name) and mark.id == MARK for mark in node.decorator_list
    )


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Walks through a function itself, without the functions and classes inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from own_parts(child)


def is_generator(node: Function) -> bool:
    """Tells whether a function yields."""
    return any(
        isinstance(part, (ast.Yield, ast.YieldFrom))
        for statement in node.body
        for part in (statement, *own_parts(statement))
    )


def read_texts(folder: Path, without: frozenset[str]) -> dict[str, str]:
    """The texts of a folder's modules, and of its rooms', by their names."""
    found = {}
    for base in ("", *(f"{room.name}." for room in rooms.ROOMS)):
        for path in sorted((folder / base.rstrip(".")).glob("*.py")):
            if path.stem not in without:
                found[base + path.stem] = path.read_text("utf-8")
    return found
