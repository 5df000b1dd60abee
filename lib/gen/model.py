"""Declarations of the headers, as plain records that the generators walk through.

Types know how to spell themselves in C. How another language spells them is the business of
that language's generator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from .comments import Doc
from .names import class_name, common_prefix
from .problems import Place

# The first release. Types and constants without an `@since` line of their own date from it.
FIRST_VERSION = "0.1"
# A value in the text of a comment: "", NULL, -1, ALD_KIND_NONE.
_ANSWER = re.compile(r'""|NULL|-?\d+|ALD_[A-Z0-9_]+')


@dataclass(frozen=True)
class Named:
    """A type by its name, with pointers: `const void *const *` is void, const, (True, False).

    `pointers` has one item per star, from the name outwards: whether that pointer itself is const.
    """

    base: str
    const: bool = False
    pointers: tuple[bool, ...] = ()

    def c(self, name: str = "") -> str:
        """Spells the declaration of `name` in C; without a name, the type alone."""
        stars = "".join("*const " if const else "*" for const in self.pointers)
        text = f"{'const ' if self.const else ''}{self.base} {stars}{name}"
        return text.rstrip()

    @property
    def is_void(self) -> bool:
        return self.base == "void" and not self.pointers

    @property
    def pointee(self) -> Named:
        """The type behind the outermost pointer."""
        return replace(self, pointers=self.pointers[:-1])


@dataclass(frozen=True)
class FunctionPointer:
    """The type `result (*name)(params)`."""

    result: Named
    params: tuple[Param, ...]

    def c(self, name: str = "") -> str:
        return self.result.c(f"(*{name})({c_params(self.params)})")


Type = Named | FunctionPointer


@dataclass(frozen=True)
class Param:
    """A parameter of a function."""

    name: str
    type: Type

    def c(self) -> str:
        return self.type.c(self.name)


def c_params(params: tuple[Param, ...]) -> str:
    """Spells a parameter list in C."""
    return ", ".join(param.c() for param in params) or "void"


@dataclass(frozen=True)
class Declaration:
    """Members that every declaration has."""

    name: str
    doc: Doc
    place: Place

    @property
    def since(self) -> str:
        return self.doc.since or FIRST_VERSION


@dataclass(frozen=True)
class Alias(Declaration):
    """`typedef int32_t ald_status;`"""

    target: Named

    def c(self) -> str:
        return f"typedef {self.target.c(self.name)};"


@dataclass(frozen=True)
class Handle(Declaration):
    """`typedef struct ald_value ald_value;`, a type that nobody outside looks into."""

    def c(self) -> str:
        return f"typedef struct {self.name} {self.name};"


@dataclass(frozen=True)
class Field(Declaration):
    """A member of a struct; `length` is set for arrays."""

    type: Type
    length: int | None = None

    def c(self) -> str:
        return self.type.c(self.name if self.length is None else f"{self.name}[{self.length}]")


@dataclass(frozen=True)
class Struct(Declaration):
    """A transparent struct. `forward` if its typedef came first, so that it can name itself."""

    fields: tuple[Field, ...]
    forward: bool = False

    def c(self) -> str:
        body = "".join(f"    {member.c()};\n" for member in self.fields)
        if self.forward:
            return f"struct {self.name} {{\n{body}}};"
        return f"typedef struct {self.name} {{\n{body}}} {self.name};"


@dataclass(frozen=True)
class Callback(Declaration):
    """`typedef void (*ald_x_fn)(void *user_data);`"""

    type: FunctionPointer

    def c(self) -> str:
        return f"typedef {self.type.c(self.name)};"


@dataclass(frozen=True)
class Function(Declaration):
    """A function that the library exports."""

    result: Named
    params: tuple[Param, ...]

    def c(self) -> str:
        return self.result.c(f"{self.name}({c_params(self.params)})") + ";"

    @property
    def thread(self) -> str:
        """Threads that may call it, in words."""
        if self.doc.thread:
            return self.doc.thread
        return "one at a time." if self.doc.unsync is not None else "any."

    @property
    def has_error(self) -> bool:
        """Tells whether its last parameter receives an error."""
        return bool(self.params) and self.params[-1].name == "err"

    @property
    def sentinel(self) -> str:
        """Answer for a bad handle, from its `@return`; "" if that does not tell."""
        for clause in self.doc.returns.split(";"):
            if "bad handle" in clause or "handle is bad" in clause:
                found = _ANSWER.match(clause.strip())
                return found.group() if found else ""
        return ""


@dataclass(frozen=True)
class Constant(Declaration):
    """Name of an enum, with its value."""

    value: int


@dataclass(frozen=True)
class Enum(Declaration):
    """An anonymous enum. Its `name` is the typedef next to it, or "" where there is none."""

    constants: tuple[Constant, ...]
    alias: Alias | None = None

    def c(self) -> str:
        body = "".join(f"    {item.name} = {item.value},\n" for item in self.constants)
        return f"enum {{\n{body.removesuffix(',' + chr(10))}\n}};"

    @property
    def is_flags(self) -> bool:
        """Flags combine: their typedef is uint64_t, or their comment begins with "Flags"."""
        return (self.alias is not None and self.alias.target.base == "uint64_t") or (
            self.doc.text.startswith("Flags")
        )

    @property
    def is_single(self) -> bool:
        """A lone constant, such as a limit, is no group."""
        return len(self.constants) == 1 and self.alias is None and not self.is_flags

    @cached_property
    def prefix(self) -> str:
        """Prefix that the names share: "ALD_KIND_". For a lone constant "ALD_"."""
        names = [constant.name for constant in self.constants]
        if self.is_single:
            return "ALD_"
        if self.alias is not None:
            prefix = self.alias.name.upper() + "_"
            if all(name.startswith(prefix) for name in names):
                return prefix
        return common_prefix(names)

    def short_name(self, constant: Constant) -> str:
        """The constant's name without what the group's name says already."""
        short = constant.name.removeprefix(self.prefix)
        # Statuses are ALD_OK and ALD_E_<X>.
        if self.alias is not None and self.alias.name == "ald_status":
            short = short.removeprefix("E_")
        return short

    @property
    def class_name(self) -> str:
        """The group's name in CamelCase: "Kind", "OpState", "ViewFlags"."""
        source = self.alias.name if self.alias is not None else self.prefix.rstrip("_")
        name = class_name(source)
        return name + "Flags" if self.is_flags and not name.endswith("Flags") else name


Item = Alias | Handle | Struct | Callback | Function | Enum


@dataclass(frozen=True)
class Header:
    """Header: `name` is "value" for include/alidade/value.h."""

    name: str
    path: str
    doc: Doc
    includes: tuple[str, ...]
    items: tuple[Item, ...] = field(default=())


@dataclass(frozen=True)
class Library:
    """All headers, each after those that it includes."""

    headers: tuple[Header, ...]

    def items(self) -> Iterator[Item]:
        for header in self.headers:
            yield from header.items

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(item for item in self.items() if isinstance(item, Function))

    @cached_property
    def structs(self) -> tuple[Struct, ...]:
        return tuple(item for item in self.items() if isinstance(item, Struct))

    @cached_property
    def enums(self) -> tuple[Enum, ...]:
        return tuple(item for item in self.items() if isinstance(item, Enum))

    @cached_property
    def constants(self) -> tuple[Constant, ...]:
        return tuple(constant for enum in self.enums for constant in enum.constants)

    @cached_property
    def types(self) -> dict[str, Alias | Handle | Struct | Callback]:
        """Every type by its name."""
        return {
            item.name: item
            for item in self.items()
            if isinstance(item, (Alias, Handle, Struct, Callback))
        }

    def handles_of(self, function: Function) -> tuple[Param, ...]:
        """The parameters that take a handle: of one kind, or of any as `const void *handle`."""
        return tuple(param for param in function.params if self._is_handle(param))

    def _is_handle(self, param: Param) -> bool:
        type_ = param.type
        if isinstance(type_, FunctionPointer) or len(type_.pointers) != 1:
            return False
        any_kind = (type_.base, param.name) == ("void", "handle")
        return any_kind or isinstance(self.types.get(type_.base), Handle)

    def is_getter(self, function: Function) -> bool:
        """Tells whether it reads an object, and answers for a bad handle by its return value."""
        returns = not function.result.is_void and not function.has_error
        return returns and bool(self.handles_of(function))
