"""Rules for declarations, beyond the grammar (docs/contributing)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .model import (
    Alias,
    Callback,
    Constant,
    Declaration,
    Enum,
    Function,
    FunctionPointer,
    Handle,
    Library,
    Named,
    Param,
    Struct,
    Type,
)
from .names import INT, NUMBERS, TEXT
from .nouns import check_nouns
from .problems import Place, Problem
from .rooms import check_rooms

_TYPE = re.compile(r"ald_[a-z][a-z0-9_]*")
_CONSTANT = re.compile(r"ALD_[A-Z][A-Z0-9_]*")
_MEMBER = re.compile(r"[a-z][a-z0-9_]*")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)")
_DEFAULT = re.compile(r"NaN|-?\d+(\.\d+)?|ALD_[A-Z0-9_]+")
# An enum's constants are ints in C99.
_INT_RANGE = range(-(2**31), 2**31)


def check_library(library: Library) -> Iterator[Problem]:
    """Checks all declarations against the rules and against each other."""
    seen: dict[str, Place] = {}
    groups: dict[str, Place] = {}
    types = library.types
    yield from check_nouns(library)
    yield from check_rooms(library)
    for item in library.items():
        for named in (item, *item.constants) if isinstance(item, Enum) else (item,):
            yield from _check_name(named, seen)
            yield from _check_doc(named)
        if isinstance(item, Function):
            yield from _Signature(types, item.name, item.place).check(item.result, item.params)
            yield from _check_function(library, item)
        elif isinstance(item, Callback):
            at = _Signature(types, item.name, item.place, callback=True)
            yield from at.check(item.type.result, item.type.params)
        elif isinstance(item, Struct):
            yield from _check_struct(types, item)
        elif isinstance(item, Alias) and (item.target.pointers or item.target.base not in NUMBERS):
            yield Problem(item.place, f"{item.name} must be a number of <stdint.h>")
        elif isinstance(item, Enum):
            yield from _check_enum(item, groups)


def _check_name(item: Declaration, seen: dict[str, Place]) -> Iterator[Problem]:
    if isinstance(item, Enum):  # has only the name of its typedef
        return
    pattern, form = (_CONSTANT, "ALD_<X>") if isinstance(item, Constant) else (_TYPE, "ald_<x>")
    if not pattern.fullmatch(item.name):
        yield Problem(item.place, f"{item.name} is not of the form {form}")
    if item.name in seen:
        yield Problem(item.place, f"{item.name} is declared in {seen[item.name]} already")
    seen[item.name] = item.place


def _check_doc(item: Declaration) -> Iterator[Problem]:
    what = item.name or "the enum"
    # Constants may go without: some names say it all.
    if not item.doc.text and not isinstance(item, Constant):
        yield Problem(item.place, f"{what} has no doc comment")
    if item.doc.since and not _VERSION.fullmatch(item.doc.since):
        yield Problem(item.place, f"{what}: @since {item.doc.since} is not major.minor")
    if not isinstance(item, Function) and (item.doc.params or item.doc.returns):
        yield Problem(item.place, f"{what}: @param and @return are for functions")
    if item.doc.default:
        yield Problem(item.place, f"{what}: @default is for members of structs")


def _check_function(library: Library, item: Function) -> Iterator[Problem]:
    yield from _check_params(item, item.params)
    yield from _check_return(item, item.result)
    if library.is_getter(item) and not item.sentinel:
        text = (
            f"{item.name} does not tell in @return what it gives: `X for a bad handle`, X being "
            '"", NULL, an integer or ALD_X; a double is an output of a function with a status'
        )
        yield Problem(item.place, text)
    for param in item.params[:-1]:
        if param.name == "err":
            yield Problem(item.place, f"{item.name}: err must be the last parameter")


def _check_params(item: Declaration, params: tuple[Param, ...]) -> Iterator[Problem]:
    names = [param.name for param in params]
    for name in names:
        if not item.doc.params.get(name):
            yield Problem(item.place, f"{item.name} lacks @param {name}")
        if names.count(name) > 1:
            yield Problem(item.place, f"{item.name} has two parameters {name}")
        if not _MEMBER.fullmatch(name):
            yield Problem(item.place, f"{item.name}: {name} is not in lower case")
    for name in item.doc.params:
        if name not in names:
            yield Problem(item.place, f"{item.name} has no parameter {name}")
    documented = [name for name in item.doc.params if name in names]
    if documented != [name for name in names if name in documented]:
        yield Problem(item.place, f"{item.name}: the @param lines are in another order")


def _check_return(item: Declaration, result: Named) -> Iterator[Problem]:
    if result.is_void and item.doc.returns:
        yield Problem(item.place, f"{item.name} returns nothing, but has @return")
    if not result.is_void and not item.doc.returns:
        yield Problem(item.place, f"{item.name} lacks @return")


def _check_struct(types: Mapping[str, Declaration], item: Struct) -> Iterator[Problem]:
    first = item.fields[0].c() if item.fields else "nothing"
    if first != "uint32_t struct_size":
        yield Problem(item.place, f"{item.name} must begin with uint32_t struct_size, not {first}")
    names = [member.name for member in item.fields]
    for member in item.fields:
        what = f"{item.name}.{member.name}"
        if not member.doc.text:
            yield Problem(member.place, f"{what} has no doc comment")
        if member.doc.default and not _DEFAULT.fullmatch(member.doc.default):
            yield Problem(member.place, f"{what}: @default is a number, NaN or a constant")
        if not _MEMBER.fullmatch(member.name):
            yield Problem(member.place, f"{what} is not in lower case")
        if names.count(member.name) > 1:
            yield Problem(member.place, f"{what} is declared twice")
        if member.length is not None and member.length < 1:
            yield Problem(member.place, f"{what} has no elements")
        in_array = member.length is not None
        yield from _Signature(types, what, member.place).check_type(member.type, in_array)


def _check_enum(item: Enum, groups: dict[str, Place]) -> Iterator[Problem]:
    if not item.constants:
        yield Problem(item.place, "an enum without constants")
        return
    values: set[int] = set()
    for constant in item.constants:
        if constant.value not in _INT_RANGE:
            yield Problem(constant.place, f"{constant.name} is no int")
        if constant.value in values:
            yield Problem(constant.place, f"{constant.name} has another constant's number")
        if item.is_flags and constant.value < 0:
            yield Problem(constant.place, f"{constant.name} is a negative flag")
        values.add(constant.value)
        if not item.is_single and not item.short_name(constant).isidentifier():
            yield Problem(constant.place, f"{constant.name} leaves no name without {item.prefix}")
    if not item.is_single and item.prefix in ("", "ALD_") and item.name != "ald_status":
        yield Problem(item.place, "the constants of an enum must share a prefix")
        return
    # Bindings name the group, or the constant if it stands alone.
    group = item.short_name(item.constants[0]) if item.is_single else item.class_name
    if group in groups:
        yield Problem(item.place, f"another enum, in {groups[group]}, is {group} too")
    groups[group] = item.place


class _Signature:
    """Checks the types of one declaration."""

    def __init__(
        self, types: Mapping[str, Declaration], what: str, place: Place, callback: bool = False
    ) -> None:
        self.types = types
        self.what = what
        self.place = place
        self.callback = callback

    def check(self, result: Named, params: tuple[Param, ...]) -> Iterator[Problem]:
        if not result.is_void:
            yield from self.check_type(result, result=True)
        for param in params:
            yield from self.check_type(param.type)

    def check_type(
        self, type_: Type, in_array: bool = False, result: bool = False
    ) -> Iterator[Problem]:
        """`in_array`: an element of an array; `result`: what a function returns."""
        if isinstance(type_, FunctionPointer):
            inner = _Signature(self.types, self.what, self.place, callback=True)
            yield from inner.check(type_.result, type_.params)
            return
        text = self._objection(type_, in_array, result)
        if text:
            yield Problem(self.place, f"{self.what}: {text}")

    def _objection(self, type_: Named, in_array: bool, result: bool) -> str:
        base = type_.base
        known = self.types.get(base)
        if base == INT and not (self.callback and result and not type_.pointers):
            return "int only as the result of a callback; use int32_t"
        if base not in (*NUMBERS, TEXT, INT, "void") and known is None:
            return f"unknown type {base}"
        if type_.pointers:
            return ""
        if isinstance(known, (Handle, Struct)) or base == "void":
            return f"{base} by value"
        if base == TEXT and not in_array:
            return "char by value; use int32_t or uint8_t"
        if type_.const:
            return "const by value means nothing"
        return ""
