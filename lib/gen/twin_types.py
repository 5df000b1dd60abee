"""Tells of which class of the package an expression is, as far as its text shows."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from gen.twin_model import Class, Function, Module, Package, is_waiting, own_parts

# Containers: the last argument of their subscript is what a loop or an index gives.
_CONTAINERS = frozenset({
    "AsyncIterator", "Collection", "Deque", "Generator", "Iterable", "Iterator", "Mapping",
    "MutableMapping", "Sequence", "deque", "dict", "frozenset", "list", "set", "tuple",
})  # fmt: skip
_LITERALS = (
    ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr, ast.List, ast.ListComp, ast.Set,
    ast.SetComp, ast.Tuple,
)  # fmt: skip


@dataclass(frozen=True)
class Type:
    """Type of an expression, as far as it is known."""

    class_: Class | None = None
    """A class of the package; None for anything else."""
    element: Type | None = None
    """Type of the items that a loop over it gives."""
    is_class: bool = False
    """The class itself, not an object of it."""


OTHER = Type()


@dataclass
class Scope:
    """Knows the types of the names of one function; None is the type that is not known."""

    package: Package
    module: Module
    owner: Class | None = None
    names: dict[str, Type | None] = field(default_factory=dict)
    first: str = "self"
    """Name that the function gives the object that it belongs to."""
    guesses: bool = False
    """Takes an object that is not known for one of the first public class with such a member."""

    def enter(self, function: Function) -> None:
        """Learns the parameters and the variables of a function."""
        self.enter_arguments(function)
        self.learn(function.body)

    def enter_arguments(self, function: Function) -> None:
        """Learns the parameters of a function."""
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in every:
            self.names[argument.arg] = self.annotated(argument.annotation)
        if self.owner and every and not _is_static(function):
            is_class = any(
                isinstance(mark, ast.Name) and mark.id == "classmethod"
                for mark in function.decorator_list
            )
            self.first = every[0].arg
            self.names[self.first] = Type(self.owner, is_class=is_class)

    def learn(self, body: list[ast.stmt]) -> None:
        """Learns the variables of some statements."""
        for statement in body:
            for part in (statement, *own_parts(statement)):
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    self.names[part.target.id] = self.annotated(part.annotation)
                elif isinstance(part, ast.Assign):
                    for target, value in _assigned(part):
                        self._assign([target], self.of(value))
                elif isinstance(part, ast.withitem) and part.optional_vars:
                    self._assign([part.optional_vars], self._entered(part.context_expr))
                elif isinstance(part, (ast.For, ast.comprehension)):
                    over = self.of(part.iter)
                    self._assign([part.target], over.element if over else None)

    def _assign(self, targets: list[ast.expr], type_: Type | None) -> None:
        for target in targets:
            if isinstance(target, ast.Name):
                self.names[target.id] = type_

    def annotated(self, node: ast.expr | None) -> Type | None:
        """The type that an annotation tells."""
        if node is None:
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.annotated(ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.BinOp):  # X | None
            known = [
                self.annotated(part)
                for part in (node.left, node.right)
                if not (isinstance(part, ast.Constant) and part.value is None)
            ]
            classes = [type_ for type_ in known if type_ and type_.class_]
            return classes[0] if classes else OTHER
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if node.value.id == "Generator":
                return Type(element=self.annotated(inner[0]))
            if node.value.id in _CONTAINERS:
                last = inner[-1] if not _is_ellipsis(inner[-1]) else inner[0]
                return Type(element=self.annotated(last))
            if node.value.id == "type":
                found = self.annotated(inner[0])
                return Type(found.class_, is_class=True) if found else OTHER
        if isinstance(node, ast.Name) and node.id == "Self":
            return Type(self.owner)
        return Type(self.package.class_of(self.module, node))

    def of(self, node: ast.expr) -> Type | None:
        """The type of an expression; None if its text does not show it."""
        if isinstance(node, ast.Await):
            return self.of(node.value)
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            class_ = self.package.class_of(self.module, node)
            if class_:
                return Type(class_, is_class=True)
            if node.id in self.module.imports or node.id in self.module.top:
                return self._top(node.id)
            return OTHER if hasattr(builtins, node.id) else None
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.Subscript):
            container = self.of(node.value)
            return container.element if container else None
        if isinstance(node, (ast.ListComp, ast.SetComp)):
            return Type(element=self.of(node.elt))
        if isinstance(node, (ast.List, ast.Set, ast.Tuple)) and node.elts:
            return Type(element=self.of(node.elts[0]))
        if isinstance(node, ast.IfExp):
            return self.of(node.body) or self.of(node.orelse)
        return OTHER if isinstance(node, _LITERALS) else None

    def _top(self, name: str) -> Type | None:
        """Type of a name that is no class, from its annotation at the top of the module."""
        found = self.package.origin(self.module, name)
        if found is None:
            return OTHER  # of another package
        for node in found[0].top[found[1]]:
            if isinstance(node, ast.AnnAssign):
                return Scope(self.package, found[0]).annotated(node.annotation)
        return OTHER

    def _attribute(self, node: ast.Attribute) -> Type | None:
        holder = self._holder(node)
        if holder is None or holder.class_ is None:
            return holder
        found = holder.class_.lookup(node.attr)
        if found is None:
            return self._set_in_methods(holder.class_, node.attr)
        inside = Scope(self.package, found[0].module, holder.class_)
        for member in found[1]:
            if isinstance(member, ast.AnnAssign):
                return inside.annotated(member.annotation)
            if isinstance(member, Function) and member.returns is not None:
                if _gives_own_kind(member):
                    return Type(holder.class_)
                return inside.annotated(member.returns)
        return None

    def _holder(self, node: ast.Attribute) -> Type | None:
        """The type of what an attribute belongs to."""
        known = self.of(node.value)
        if known is None and self.guesses:
            for module in self.package.modules.values():
                for class_ in module.classes.values() if not module.is_private else ():
                    if node.attr in class_.members:
                        return Type(class_)
        return known

    def _set_in_methods(self, class_: Class, name: str) -> Type | None:
        """Type of an attribute that methods set: `self.name: X = ...`, `self.name = argument`."""
        for method in class_.node.body:
            if not isinstance(method, Function):
                continue
            inside = Scope(self.package, class_.module, class_)
            for node in ast.walk(method):
                if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                    continue
                if isinstance(node, ast.AnnAssign):
                    if _is_attribute(node.target, name):
                        return inside.annotated(node.annotation)
                    continue
                for target, value in _assigned(node):
                    if _is_attribute(target, name):
                        inside.enter_arguments(method)
                        if (known := inside.of(value)) is not None:
                            return known
        for base in class_.bases:
            if (found := self._set_in_methods(base, name)) is not None:
                return found
        return None

    def _called(self, node: ast.Call) -> Type | None:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id == "super" and self.owner:
                return self.names.get("super") or Type(_above(self.owner))
            if function.id == "type" and len(node.args) == 1:
                found = self.of(node.args[0])
                return Type(found.class_, is_class=True) if found and found.class_ else OTHER
            origin = self.package.origin(self.module, function.id)
            for part in origin[0].top[origin[1]] if origin else []:
                if isinstance(part, Function):
                    return (
                        Scope(self.package, origin[0]).annotated(part.returns) if origin else None
                    )
        found = self.of(function)
        if found and found.is_class and found.class_:
            return Type(found.class_)
        if isinstance(function, ast.Attribute):
            return found
        return None

    def _entered(self, node: ast.expr) -> Type | None:
        """Type that `with` gives."""
        context = self.of(node)
        if context is None or context.class_ is None:
            return context.element if context else None
        found = context.class_.lookup("__enter__")
        for member in found[1] if found else []:
            if isinstance(member, Function) and member.returns is not None:
                entered = Scope(self.package, context.class_.module, context.class_)
                return context if _gives_own_kind(member) else entered.annotated(member.returns)
        return context

    def calls_waiting(self, node: ast.Call) -> Function | None:
        """The function that waits which a call calls; None if it calls none.

        Raises:
            SourceError: The text does not show whether it waits.
        """
        function = node.func
        if isinstance(function, ast.Name):
            found = self.package.function_of(self.module, function.id)
            return found[1] if found and function.id not in self.names else None
        if not isinstance(function, ast.Attribute):
            return None
        if function.attr not in self.package.waiting_methods:
            return None
        holder = self._holder(function)
        if holder is None:
            text = ast.unparse(function)
            raise self.module.problem(
                node, f"cannot see whether {text}() waits; annotate {ast.unparse(function.value)}"
            )
        member = holder.class_.lookup(function.attr) if holder.class_ else None
        for part in member[1] if member else []:
            if isinstance(part, Function) and is_waiting(part):
                return part
        return None


def _assigned(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Pairs targets with expressions: also each of several that get as many."""
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts)
        else:
            yield target, node.value


def _is_attribute(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _above(owner: Class) -> Class | None:
    """Class that `super()` is, where one base is enough to tell."""
    return owner.bases[0] if owner.bases else None


def _is_static(function: Function) -> bool:
    return any(
        isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in function.decorator_list
    )


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _gives_own_kind(method: Function) -> bool:
    """Tells whether a method gives an object of the class it is called on, by a type variable."""
    if not isinstance(method.returns, ast.Name) or not method.args.args:
        return False
    first = method.args.args[0].annotation
    return first is not None and any(
        isinstance(part, ast.Name) and part.id == method.returns.id for part in ast.walk(first)
    )
