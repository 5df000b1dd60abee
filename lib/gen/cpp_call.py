"""Calls of C functions from include/alidade/alidade.hpp.

What a parameter is follows from its type, its neighbours and the standing words of its comment:
"receives" for an output, "NULL" for what may be left out, "`count`" for an array of that many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .cpp_names import Names
from .model import Function, Named, Param, Struct

_KEYWORDS = frozenset({"class", "default", "delete", "export", "namespace", "new", "this", "using"})
_INTEGERS = frozenset({"int32_t", "int64_t", "size_t", "uint32_t", "uint64_t"})
_NUMBERS = _INTEGERS | {"double", "float", "uint8_t", "int8_t", "int16_t", "uint16_t"}
# Text that the library writes into room of the caller.
_TEXT_ROOM = 2048


@dataclass
class Call:
    """The pieces of one function in C++."""

    params: list[tuple[str, str, str]] = field(default_factory=list)
    """Type, name and default, "" for none."""
    before: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    """Type and the expression that gives it."""


def call_of(names: Names, function: Function, has_self: bool) -> Call:
    """Finds out how a function is called."""
    return _Reader(names, function).read(has_self)


class _Reader:
    def __init__(self, names: Names, function: Function) -> None:
        self.names = names
        self.function = function
        self.params = list(function.params[: -1 if function.has_error else None])
        self.call = Call()
        self.lengths = self._lengths()

    def read(self, has_self: bool) -> Call:
        if has_self:
            self.call.arguments.append("native()")
            self.params.pop(0)
        while self.params:
            # The first that fits takes its parameters away.
            _ = (
                self._text() or self._bytes() or self._text_room() or self._records()
                or self._array() or self._length() or self._handle() or self._record()
                or self._scalar() or self._as_it_is()
            )  # fmt: skip
        return self.call

    # Told by comments.

    def _doc(self, param: Param) -> str:
        return self.function.doc.params.get(param.name, "")

    def _may_be_null(self, param: Param) -> bool:
        return "NULL" in self._doc(param)

    def _lengths(self) -> dict[str, list[Param]]:
        """For each parameter that counts: the arrays that have so many elements."""
        counts = {param.name for param in self.params if param.type.c() in ("int64_t", "int32_t")}
        found: dict[str, list[Param]] = {}
        for param in self.params:
            if isinstance(param.type, Named) and param.type.pointers:
                for name in re.findall(r"`(\w+)`", self._doc(param)):
                    if name in counts:
                        found.setdefault(name, []).append(param)
        return found

    # Kinds of parameters. Each returns whether it has taken some.

    def _next(self, *types: str) -> list[Param]:
        """The next parameters, if they have these types in C."""
        found = self.params[: len(types)]
        return found if [param.type.c() for param in found] == list(types) else []

    def _take(self, count: int = 1) -> None:
        del self.params[:count]

    def _add(self, type_: str, name: str, *arguments: str, default: str = "") -> None:
        self.call.params.append((type_, name, default))
        self.call.arguments += arguments

    def _local(self, type_: str, name: str, start: str = "") -> str:
        self.call.before.append(f"{type_} {name}_{start or '{}'};")
        return f"{name}_"

    def _text(self) -> bool:
        for types, view in (
            (("const char *", "size_t"), "std::string_view"),
            (("const void *", "size_t"), "std::span<const std::byte>"),
        ):
            found = self._next(*types)
            if found and re.fullmatch(rf"size|{found[0].name}_size", found[1].name):
                name = _name(found[0])
                self._take(2)
                self._add(view, name, f"{name}.data()", f"{name}.size()")
                return True
        found = self._next("const char *")
        if found:
            name = _name(found[0])
            self._take()
            default = "nullptr" if self._may_be_null(found[0]) else ""
            self._add("::alidade::text", name, f"{name}.native()", default=default)
        return bool(found)

    def _bytes(self) -> bool:
        for types, start, view in (
            (("const char **", "size_t *"), "const char *", "std::string_view({}, {})"),
            (
                ("const void **", "size_t *"),
                "const void *",
                "std::span(static_cast<const std::byte *>({}), {})",
            ),
        ):
            found = self._next(*types)
            if found:
                self._take(2)
                pointer = self._local(start, found[0].name)
                size = self._local("std::size_t", found[1].name)
                self.call.arguments += [f"&{pointer}", f"&{size}"]
                text = view.format(pointer, size)
                is_text = view.startswith("std::string_view")
                type_ = "std::string_view" if is_text else "std::span<const std::byte>"
                self.call.results.append((type_, text))
                return True
        return False

    def _text_room(self) -> bool:
        found = self._next("char *", "size_t", "size_t *")
        if found:
            self._take(3)
            room = self._local("std::string", found[0].name, f"({_TEXT_ROOM}, '\\0')")
            size = self._local("std::size_t", found[2].name)
            self.call.arguments += [f"{room}.data()", f"{room}.size()", f"&{size}"]
            self.call.results.append(("std::string", f"{room}.substr(0, {size})"))
        return bool(found)

    def _records(self) -> bool:
        """An array of records of the caller: pointer, stride, and how many or room for how many."""
        types = [param.type.c() for param in self.params[:3]]
        record = self.params[0].type
        if types[1:] != ["size_t", "int64_t"] or not isinstance(record, Named):
            return False
        if not isinstance(self.names.library.types.get(record.base), Struct):
            return False
        name = _name(self.params[0])
        self._take(3)
        element = f"{'const ' if record.const else ''}{record.base}"
        size = f"static_cast<std::int64_t>({name}.size())"
        self._add(f"std::span<{element}>", name, f"{name}.data()", f"sizeof({record.base})", size)
        return True

    def _array(self) -> bool:
        param = self.params[0]
        if not any(param in arrays for arrays in self.lengths.values()):
            return False
        assert isinstance(param.type, Named)
        element = std(param.type.pointee.c())
        if element.endswith("*const"):
            element = f"{param.type.base} *const"
            element = f"const {element}" if param.type.const else element
        name = _name(param)
        self._take()
        data = f"{name}.data()"
        if self._may_be_null(param):
            data = f"{name}.empty() ? nullptr : {data}"
        default = "{}" if self._may_be_null(param) else ""
        self._add(f"std::span<{element}>", name, data, default=default)
        if self.params and self.params[0].name.endswith("stride"):
            self._take()
            self.call.arguments.append(f"sizeof(*{name}.data())")
        return True

    def _length(self) -> bool:
        param = self.params[0]
        arrays = self.lengths.get(param.name)
        if not arrays:
            return False
        self._take()
        needed = [array for array in arrays if not self._may_be_null(array)] or arrays[:1]
        sizes = [f"{_name(needed[0])}.size()"]
        others = [f"{_name(array)}.size()" for array in needed[1:]]
        for array in arrays:
            if array not in needed:
                name = _name(array)
                others.append(f"{name}.empty() ? {sizes[0]} : {name}.size()")
        size = sizes[0]
        if others:
            size = f"::alidade::detail::common_size({sizes[0]}, {{{', '.join(others)}}})"
        self.call.arguments.append(f"static_cast<{std(param.type.c())}>({size})")
        return True

    def _handle(self) -> bool:
        param = self.params[0]
        type_ = param.type
        if not isinstance(type_, Named):
            return False
        name, noun = _name(param), self.names.noun_of(type_)
        if type_.c() == "const void *" and param.name == "handle":
            self._add("const ::alidade::any_object &", name, f"{name}.native()")
        elif type_.c() == "void **" and param.name == "handle":
            place = self._local("void *", name)
            self.call.arguments.append(f"&{place}")
            self.call.results.append(("::alidade::handle", f"::alidade::handle({place})"))
        elif noun is None:
            return False
        elif len(type_.pointers) == 2 and not type_.const:
            place = self._local(f"{noun.handle} *", name)
            self.call.arguments.append(f"&{place}")
            class_ = f"::alidade::{noun.name}"
            self.call.results.append((class_, f"{class_}({place})"))
        elif len(type_.pointers) != 1:
            return False
        elif self._may_be_null(param):
            type_name = f"const ::alidade::maybe<::alidade::{noun.name}> &"
            self._add(type_name, name, f"{name}.native()", default="nullptr")
        else:
            self._add(f"const ::alidade::{noun.name} &", name, f"{name}.native()")
        self._take()
        return True

    def _record(self) -> bool:
        param = self.params[0]
        type_ = param.type
        if not isinstance(type_, Named) or len(type_.pointers) != 1:
            return False
        if not isinstance(self.names.library.types.get(type_.base), Struct):
            return False
        name = _name(param)
        initial = f"{type_.base}_init"
        has_init = any(function.name == initial for function in self.names.library.functions)
        if type_.const and self._may_be_null(param):
            self._add(f"const {type_.base} *", name, name, default="nullptr")
        elif type_.const:
            self._add(f"const {type_.base} &", name, f"&{name}")
        elif has_init:
            place = self._local(type_.base, name, f" = ::alidade::detail::filled({initial})")
            self.call.arguments.append(f"&{place}")
            self.call.results.append((type_.base, place))
        else:
            return False
        self._take()
        return True

    def _scalar(self) -> bool:
        param = self.params[0]
        type_ = param.type
        if not isinstance(type_, Named):
            return False
        name = _name(param)
        if param.name == "timeout_ns":
            standard = "-2" in self._doc(param)
            default = f"::alidade::timeout::{'standard' if standard else 'forever'}()"
            self._add("::alidade::timeout", "timeout", "timeout.native()", default=default)
        elif self._is_number(type_.base) and [*type_.pointers] == [False] and not type_.const:
            place = self._local(std(type_.base), name)
            self.call.arguments.append(f"&{place}")
            self.call.results.append((std(type_.base), place))
        else:
            return False
        self._take()
        return True

    def _is_number(self, base: str) -> bool:
        known = self.names.library.types.get(base)
        return base in _NUMBERS or hasattr(known, "target")

    def _as_it_is(self) -> bool:
        param = self.params[0]
        self._take()
        name = _name(param)
        default = "nullptr" if self._may_be_null(param) and "*" in param.type.c() else ""
        if isinstance(param.type, Named):
            self._add(std(param.type.c()), name, name, default=default)
        else:
            # The name stands within the type.
            self._add(param.type.c(name), "", name, default=default)
        return True


def _name(param: Param) -> str:
    return param.name + "_" if param.name in _KEYWORDS else param.name


def std(type_: str) -> str:
    """`int64_t` is `std::int64_t`."""
    return re.sub(r"\b(u?int\d+_t|size_t)\b", r"std::\1", type_)
