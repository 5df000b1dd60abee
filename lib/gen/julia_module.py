"""Writes examples/julia/Alidade/src/generated.jl: types, constants and one thin function per call.

The file is included by a module that defines `const libalidade` first. It runs with Julia 1.5
and later, and needs nothing but Base.
"""

from __future__ import annotations

from .model import (
    Alias,
    Enum,
    Field,
    Function,
    FunctionPointer,
    Handle,
    Item,
    Library,
    Named,
    Param,
    Struct,
    Type,
)
from .output import NOTICE, wrap

_HEAD = f"""\
# {NOTICE}

# The C headers in Julia. The module that includes this file defines `const libalidade` before.
# Functions take what ccall takes: numbers, strings, `Ref`s for outputs, pointers, and objects
# that `Base.unsafe_convert` turns into pointers.

# A handle is a pointer-typed token; nobody looks behind it. Pointers to different kinds do not
# pass for each other, although ccall alone would convert any into any; C_NULL passes.
abstract type Handle end

function Base.cconvert(::Type{{Ptr{{T}}}}, handle::Ptr{{S}}) where {{T<:Handle,S<:Handle}}
    T === S || throw(ArgumentError("a handle to $S where one to $T belongs"))
    return handle
end
"""

_NUMBERS = {
    **{f"int{bits}_t": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}_t": f"UInt{bits}" for bits in (8, 16, 32, 64)},
    "size_t": "Csize_t",
    "intptr_t": "Cptrdiff_t",
    "uintptr_t": "Csize_t",
    "float": "Float32",
    "double": "Float64",
    "char": "UInt8",
    "void": "Cvoid",
}

# Words that Julia keeps for itself.
_RESERVED = frozenset(
    """
    abstract baremodule begin break catch const continue do else elseif end export false finally
    for function global if import in isa let local macro module mutable primitive quote return
    struct true try using where while
    """.split()  # noqa: SIM905 (a list of words reads better as text)
)


def render(library: Library) -> str:
    """The file's text."""
    return _Writer(library).text()


class _Writer:
    def __init__(self, library: Library) -> None:
        self.library = library
        # Structs that C has named before their members, and Julia has not.
        self.undefined = {struct.name for struct in library.structs}

    def text(self) -> str:
        # Handles first: headers that need each other name them before they declare them.
        handles = [item for item in self.library.items() if isinstance(item, Handle)]
        parts = [_HEAD, *map(self.handle, handles)]
        for header in self.library.headers:
            parts.append(f"\n# {header.path}\n")
            items = [item for item in header.items if not isinstance(item, Handle)]
            parts += [self.item(item) for item in items]
        return "\n".join(parts)

    def item(self, item: Item) -> str:
        if isinstance(item, Enum):
            return self.enum(item)
        if isinstance(item, Struct):
            return self.struct(item)
        if isinstance(item, Function):
            return self.function(item)
        target = self.type(item.target) if isinstance(item, Alias) else "Ptr{Cvoid}"
        return f"{_docstring(item.doc.text)}const {item.name} = {target}\n"

    def handle(self, item: Handle) -> str:
        return f"{_docstring(item.doc.text)}mutable struct {item.name} <: Handle end\n"

    def enum(self, item: Enum) -> str:
        if item.alias is not None:
            type_ = self.type(item.alias.target)
        else:
            type_ = "UInt64" if item.is_flags else "Int32"
        lines = [] if item.is_single else [wrap(item.doc.paragraph, "# ") + "\n"]
        for constant in item.constants:
            lines.append(_docstring(constant.doc.text))
            lines.append(f"const {constant.name} = {type_}({constant.value})\n")
        return "".join(lines)

    def struct(self, item: Struct) -> str:
        members = []
        for member in item.fields:
            members.append(wrap(member.doc.paragraph, "    # ") + "\n")
            members.append(f"    {_identifier(member.name)}::{self.field_type(member)}\n")
        self.undefined.discard(item.name)
        return f"{_docstring(item.doc.text)}struct {item.name}\n{''.join(members)}end\n"

    def field_type(self, member: Field) -> str:
        type_ = self.type(member.type)
        return type_ if member.length is None else f"NTuple{{{member.length},{type_}}}"

    def function(self, item: Function) -> str:
        names = [_identifier(param.name) for param in item.params]
        call = f"{item.name}({', '.join(names)})"
        types = [self.param_type(item.params, place) for place in range(len(names))]
        listed = "(" + ", ".join(types) + ("," if len(types) == 1 else "") + ")"
        arguments = [f"(:{item.name}, libalidade)", self.type(item.result), listed, *names]
        one_line = f"{call} = ccall({', '.join(arguments)})\n"
        doc = _docstring(f"    {call}\n\n{item.doc.text}\n{self.function_doc(item)}")
        if len(one_line) <= 92:
            return doc + one_line
        body = "".join(f"        {argument},\n" for argument in arguments)
        return f"{doc}function {call}\n    return ccall(\n{body}    )\nend\n"

    def function_doc(self, item: Function) -> str:
        lines = []
        for place, param in enumerate(item.params):
            type_ = self.param_type(item.params, place)
            text = f"`{_identifier(param.name)}::{type_}`: {item.doc.params[param.name]}"
            lines.append(wrap(text, "  ", "- "))
        if item.doc.returns:
            lines += ["", wrap(f"Returns {item.doc.returns}")]
        thread = item.thread.rstrip(".")
        return "\n".join(
            [*([""] if item.params else []), *lines, "", f"Since {item.since}. Threads: {thread}."]
        )

    def param_type(self, params: tuple[Param, ...], place: int) -> str:
        type_ = params[place].type
        if self.is_text(type_) and place + 1 < len(params):
            # Text with its size may contain NULs, which Cstring refuses.
            after = params[place + 1].type
            if isinstance(after, Named) and after.base == "size_t" and not after.pointers:
                return "Ptr{UInt8}"
        return self.type(type_)

    @staticmethod
    def is_text(type_: Type) -> bool:
        return (
            isinstance(type_, Named)
            and (type_.base, type_.const) == ("char", True)
            and len(type_.pointers) == 1
        )

    def type(self, type_: Type) -> str:
        """A C type in Julia."""
        if isinstance(type_, FunctionPointer):
            return "Ptr{Cvoid}"
        if self.is_text(type_):
            return "Cstring"
        if type_.pointers:
            return f"Ptr{{{self.type(type_.pointee)}}}"
        if type_.base == "int":
            return "Cint"
        if type_.base in self.undefined:
            return "Cvoid"
        return _NUMBERS.get(type_.base, type_.base)


def _identifier(name: str) -> str:
    return name + "_" if name in _RESERVED else name


def _docstring(text: str) -> str:
    if not text:
        return ""
    escaped = text.replace("\\", "\\\\").replace("$", "\\$").replace('"""', '\\"\\"\\"')
    if "\n" not in escaped and len(escaped) <= 86 and not escaped.endswith('"'):
        return f'"""{escaped}"""\n'
    return f'"""\n{escaped}\n"""\n'
