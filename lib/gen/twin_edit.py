"""Turns the text of a function that waits into that of its asyncio twin.

The text is edited where the syntax tree says, so that everything else stays as it was written:
comments, line breaks, type comments.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from gen.twin_model import (
    MARK,
    Class,
    Function,
    Import,
    Module,
    Package,
    imports_of,
    is_generator,
    is_waiting,
    own_parts,
)
from gen.twin_types import Scope

RENAMED = {
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
}
ASYNC_KINDS = {
    "AbstractContextManager": "AbstractAsyncContextManager",
    "Generator": "AsyncGenerator",
    "Iterable": "AsyncIterable",
    "Iterator": "AsyncIterator",
}
_CONTEXT = {"contextmanager": "asynccontextmanager"}
NAME = "alidade"
TWIN_NAME = "aio"
_PROMPT = re.compile(r" *(?:>>>|\.\.\.) ?")
# Expressions in which an awaited value needs parentheses.
_TIGHT = (ast.Attribute, ast.Subscript, ast.Call)


@dataclass
class Edits:
    """Changes of a text, by places in its UTF-8 form."""

    text: bytes
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = [0]
        for line in self.text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def place(self, line: int, column: int) -> int:
        return self._lines[line - 1] + column

    def start(self, node: ast.AST) -> int:
        return self.place(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.place(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def insert(self, place: int, text: str) -> None:
        self.changes.append((place, place, text))

    def replace(self, start: int, end: int, text: str) -> None:
        self.changes.append((start, end, text))

    def drop_line(self, node: ast.AST) -> None:
        line = node.lineno  # type: ignore[attr-defined]
        self.replace(self._lines[line - 1], self._lines[line], "")

    def lines(self, first: int, last: int) -> str:
        """The changed text of some lines, the first one being 1."""
        begin, end = self._lines[first - 1], self._lines[last]
        parts = []
        for start, stop, text in sorted(self.changes, key=lambda change: change[:2]):
            if begin <= start and stop <= end:
                parts.append(self.text[begin:start].decode())
                parts.append(text)
                begin = stop
        parts.append(self.text[begin:end].decode())
        return "".join(parts)


class Editor:
    """Edits the functions and classes of one module."""

    def __init__(self, package: Package, module: Module) -> None:
        self._package = package
        self._module = module
        self._edits = Edits(module.text.encode())

    def statement(self, node: ast.stmt, owner: Class | None = None) -> str:
        """The twin's text of a statement of a module or a class, with the comments above it."""
        if isinstance(node, Function):
            self._function(node, owner)
        else:
            self._refuse_waits(node, owner)
        return self.lines_of(node)

    def lines_of(self, node: ast.stmt) -> str:
        """The whole lines of a statement as they are edited, with the comments above it."""
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
        lines = self._module.text.splitlines()
        while first > 1 and lines[first - 2].lstrip().startswith("#"):
            first -= 1
        assert node.end_lineno is not None
        return self._edits.lines(first, node.end_lineno)

    def docstring(self, node: ast.Module | ast.ClassDef) -> str:
        """The twin's text of a docstring, "" if there is none."""
        statement = _docstring(node)
        if statement is None:
            return ""
        self._examples(statement)
        return self.lines_of(statement)

    def _function(self, node: Function, owner: Class | None) -> None:
        scope = Scope(self._package, self._module, owner)
        scope.enter(node)
        statement = _docstring(node)
        if statement:
            self._examples(statement)
        if not is_waiting(node):
            self._refuse_waits(node, owner)
            if owner and node.name == "__iter__" and owner.is_iterated_async():
                self._rename(node)
                self._kinds(node.returns)
            self._imports_inside(node)
            return
        for mark in node.decorator_list:
            if isinstance(mark, ast.Name) and mark.id == MARK:
                self._edits.drop_line(mark)
            elif isinstance(mark, ast.Name) and mark.id in _CONTEXT:
                self._replace(mark, _CONTEXT[mark.id])
            elif isinstance(mark, ast.Name) and mark.id == "property":
                raise self._module.problem(node, "a property cannot wait; make it a method")
        self._rename(node)
        if is_generator(node):
            self._kinds(node.returns)
        self._edits.insert(self._edits.start(node), "async ")
        self._body(node, scope)
        self._imports_inside(node)

    def _rename(self, node: Function) -> None:
        if node.name in RENAMED:
            start = self._edits.text.index(node.name.encode(), self._edits.start(node))
            self._edits.replace(start, start + len(node.name), RENAMED[node.name])

    def _kinds(self, node: ast.expr | None) -> None:
        for part in ast.walk(node) if node else []:
            if isinstance(part, ast.Name) and part.id in ASYNC_KINDS:
                self._replace(part, ASYNC_KINDS[part.id])
                return

    def _replace(self, node: ast.expr, text: str) -> None:
        self._edits.replace(self._edits.start(node), self._edits.end(node), text)

    def _body(self, node: Function, scope: Scope) -> None:
        awaited: set[ast.AST] = set()
        for statement in node.body:
            for part in (statement, *own_parts(statement)):
                self._part(part, scope, awaited)
                if isinstance(part, (ast.Lambda, ast.FunctionDef, ast.GeneratorExp)):
                    self._refuse_inside(part, scope)
        parents = {
            child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)
        }
        for call in awaited:
            parent = parents[call]
            tight = isinstance(parent, _TIGHT) and call not in getattr(parent, "args", ())
            self._edits.insert(self._edits.start(call), "(await " if tight else "await ")
            if tight:
                self._edits.insert(self._edits.end(call), ")")

    def _part(self, part: ast.AST, scope: Scope, awaited: set[ast.AST]) -> None:
        if isinstance(part, ast.Call):
            if self._is_awaited(part, scope):
                awaited.add(part)
            self._super(part, scope)
            if isinstance(part.func, ast.Name) and part.func.id == "next" and part.args:
                over = scope.of(part.args[0])
                if over and over.class_ and over.class_.waits("__next__"):
                    self._replace(part.func, "anext")
                    awaited.add(part)
        elif isinstance(part, ast.With):
            kinds = {self._is_async_context(item.context_expr, scope) for item in part.items}
            if kinds == {True, False}:
                raise self._module.problem(
                    part, "one of these contexts waits and another does not; nest them"
                )
            if kinds == {True}:
                self._edits.insert(self._edits.start(part), "async ")
        elif isinstance(part, ast.For) and self._is_async_loop(part.iter, scope):
            self._edits.insert(self._edits.start(part), "async ")
        elif isinstance(part, ast.comprehension) and self._is_async_loop(part.iter, scope):
            place = self._edits.text.rindex(b"for", 0, self._edits.start(part.target))
            self._edits.insert(place, "async ")
        elif isinstance(part, ast.Name) and part.id == "StopIteration":
            self._replace(part, "StopAsyncIteration")
        elif isinstance(part, ast.YieldFrom):
            raise self._module.problem(part, "`yield from` has no asyncio form; use a loop")

    def _is_awaited(self, call: ast.Call, scope: Scope) -> bool:
        function = call.func
        if isinstance(function, ast.Name) and self._package.is_primitive(self._module, function.id):
            return True
        target = scope.calls_waiting(call)
        return target is not None and not is_generator(target)

    def _is_async_context(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Call):
            target = scope.calls_waiting(node)
            if target is not None and is_generator(target):
                return True
        type_ = scope.of(node)
        return bool(type_ and type_.class_ and type_.class_.waits("__enter__"))

    def _is_async_loop(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Call):
            target = scope.calls_waiting(node)
            if target is not None:
                return is_generator(target)
        type_ = scope.of(node)
        return bool(
            type_ and type_.class_ and not type_.is_class and type_.class_.is_iterated_async()
        )

    def _super(self, call: ast.Call, scope: Scope) -> None:
        """`super().close()` of the twin skips the sync method that this one is made of."""
        function = call.func
        if not (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Call)
            and isinstance(function.value.func, ast.Name)
            and function.value.func.id == "super"
            and scope.owner
        ):
            return
        for base in scope.owner.bases:
            found = base.lookup(function.attr)
            if found and self._package.is_remade(found[0], function.attr):
                start = self._edits.start(function.value)
                end = self._edits.place(function.end_lineno or 0, function.end_col_offset or 0)
                name = RENAMED.get(function.attr, function.attr)
                if not base.waits(function.attr):
                    name = function.attr
                self._edits.replace(start, end, f"{base.name}.{name}")
                after = self._edits.text.index(b"(", end) + 1
                self._edits.insert(
                    after, scope.first + (", " if call.args or call.keywords else "")
                )
                return
        self._replace(function.value, f"super(_sync.{scope.owner.name}, {scope.first})")

    def _refuse_inside(self, node: ast.AST, scope: Scope) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and self._is_awaited(part, scope):
                raise self._module.problem(
                    part, f"{ast.unparse(part.func)}() waits inside a nested function"
                )

    def _refuse_waits(self, node: ast.AST, owner: Class | None) -> None:
        """Refuses functions that wait and do not say so."""
        if not isinstance(node, Function):
            return
        scope = Scope(self._package, self._module, owner)
        scope.enter(node)
        for part in ast.walk(node):
            if not isinstance(part, ast.Call):
                continue
            function = part.func
            if isinstance(function, ast.Attribute) and scope.of(function.value) is None:
                continue
            if self._is_awaited(part, scope):
                raise self._module.problem(
                    part,
                    f"{ast.unparse(function)}() waits, {node.name}() does not say so; add @{MARK}",
                )
            self._super(part, scope)

    def _imports_inside(self, node: Function) -> None:
        """Imports within a function are of the twin's modules where there is a twin."""
        for part in ast.walk(node):
            if isinstance(part, ast.ImportFrom) and part.level > 0:
                names = list(imports_of(part, base=self._module.base))
                lines = import_lines(names, self._package, self._module)
                indent = " " * part.col_offset
                self._edits.replace(
                    self._edits.start(part), self._edits.end(part), f"\n{indent}".join(lines)
                )

    def _examples(self, statement: ast.Expr) -> None:
        """The code in a docstring is that of the twin, too."""
        start, end = self._edits.start(statement), self._edits.end(statement)
        lines = self._edits.text[start:end].decode().split("\n")
        places = [place for place, line in enumerate(lines) if _PROMPT.match(line)]
        if not places:
            return
        code = "\n".join(_PROMPT.sub("", lines[place]) for place in places)
        changed = twin_of_example(self._package, self._module, code).split("\n")
        for place, line in zip(places, changed, strict=True):
            prompt = _PROMPT.match(lines[place])
            assert prompt
            lines[place] = prompt[0] + line
        self._edits.replace(start, end, "\n".join(lines))


def twin_of_example(package: Package, module: Module, code: str) -> str:
    """The twin of a piece of code that uses the package, all of whose names it may use."""
    tree = ast.parse(code)
    example = Module("example", f"{module.path}: example", code, tree)
    for other in package.modules.values():
        for name in other.top:
            example.imports[name] = Import(1, other.name, name, name, False)
    scope = Scope(package, example, guesses=True)
    scope.learn(tree.body)
    editor = Editor(package, example)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_of_package(package, node.module or ""):
            place = editor._edits.start(node) + len(f"from {NAME}")
            editor._edits.insert(place, f".{TWIN_NAME}")
    # A function around it, for the editor; its places are those of the code itself.
    around = ast.parse("def example(): pass").body[0]
    assert isinstance(around, ast.FunctionDef)
    around.body = tree.body
    editor._body(around, scope)
    return editor._edits.lines(1, len(code.splitlines()))


def _is_of_package(package: Package, module: str) -> bool:
    """Tells whether a module is this package, or a part of it that has a twin."""
    name = module.removeprefix(f"{NAME}.")
    return module == NAME or package.is_twin_module(name) or f"{name}.__init__" in package.modules


def import_lines(names: list[Import], package: Package, module: Module) -> list[str]:
    """The statements that import names of sibling modules for the twin."""
    sources: dict[tuple[int, str], list[str]] = {}
    for name in names:
        level, source = name.level, name.module
        text = name.name or ""
        if name.sibling is not None:
            if name.module:
                is_own = package.has_twin(module, name.alias) or _twin_elsewhere(package, name)
            else:  # a module of the package
                is_own = package.is_twin_module(f"{name.sibling}.{text}".lstrip("."))
            level, source = _relative(module, name.sibling, is_own)
        if name.alias != text:
            text += f" as {name.alias}"
        sources.setdefault((level, source), []).append(text)
    return [
        f"from {'.' * level}{source} import {', '.join(sorted(words, key=_in_order))}"
        for (level, source), words in sorted(sources.items(), key=lambda x: (-x[0][0], x[0][1]))
    ]


def _relative(module: Module, target: str, in_twin: bool) -> tuple[int, str]:
    """Counts the dots that a twin writes before a module of the twin or the package."""
    depth = len(module.base)
    if not in_twin:
        return depth + 2, target
    within = ".".join(module.base)
    if depth and f"{target}.".startswith(f"{within}."):
        return 1, target[len(within) + 1 :]
    return depth + 1, target


def _in_order(name: str) -> tuple[int, str]:
    """As ruff sorts names: constants, classes, the rest."""
    plain = name.split(" ")[0].lstrip("_")
    if plain.isupper() and len(plain) > 1:
        return 0, name
    return (1 if plain[:1].isupper() else 2), name


def _twin_elsewhere(package: Package, name: Import) -> bool:
    """Tells whether a name that a function imports, and its module does not know, has a twin."""
    other = package.modules.get(name.sibling or "")
    return other is not None and name.name is not None and package.has_twin(other, name.name)


def _docstring(node: ast.Module | ast.ClassDef | Function) -> ast.Expr | None:
    first = node.body[0] if node.body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return first
    return None
