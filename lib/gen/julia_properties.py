"""Writes examples/julia/Alidade/src/properties.jl: functions for the properties of devices."""

from __future__ import annotations

from pathlib import Path

from .device_properties import NAMED, PROPERTIES, REGION, Property
from .julia_kinds import SOURCES
from .names import class_name
from .output import NOTICE, wrap

FILE = f"{SOURCES}/properties.jl"
# Types that functions give and take, and the expression that is handed to the library.
_TYPES = {
    "double": ("Float64", "Real", "Float64({})"),
    "int": ("Int", "Integer", "Int({})"),
    "string": ("String", "Union{AbstractString,Symbol}", "string({})"),
    "bool": ("Bool", "Bool", "{}"),
}
_REGION = "(x, y, width, height)"
_WIDTH = 92


def render(root: Path) -> dict[str, str]:
    """The file's text by its path; nothing where there is no package."""
    if not (root / SOURCES / "handles.jl").is_file():
        return {}
    names = [
        name
        for one in PROPERTIES
        for name in (one.name, f"set_{one.name}" if one.argument else "")
        if name
    ]
    exports = wrap(f"export {', '.join(names)}", "    ", "", _WIDTH)
    functions = [text for one in PROPERTIES for text in (_reader(one), _writer(one)) if text]
    return {FILE: "\n".join([f"# {NOTICE}", "", exports, "", *functions])}


def _reader(one: Property) -> str:
    given = _REGION if one.kind == "region" else _TYPES[one.kind][0]
    more = f"It is {one.choices}." if one.choices else ""
    head = f"{one.name}(device; timeout=nothing) -> {given}"
    call = f'get({_checked(one)}, "{one.name}", timeout=timeout)'
    return _function(
        head, [f"Reads {one.doc}{one.in_unit}.", more],
        f"{one.name}(device::Device; timeout=nothing)", [], _given(one, call),
    )  # fmt: skip


def _writer(one: Property) -> str:
    if not one.argument:
        return ""
    before = []
    if one.kind == "region":
        takes, shown = [f"{name}::Integer" for name, _ in REGION], [name for name, _ in REGION]
        value = f"({', '.join(f'{name}=Int({name})' for name, _ in REGION)})"
        before, value = [f"wanted = {value}"], "wanted"
        given = _REGION
    else:
        given, type_, made = _TYPES[one.kind]
        takes, shown = [f"{one.argument}::{type_}"], [one.argument]
        value = made.format(one.argument)
    options = ""
    if one.first:
        other = NAMED[one.first].argument
        options = f"{other}=nothing, "
        before += [f"{other} === nothing || set_{one.first}(device, {other}, timeout=timeout)"]
    head = f"set_{one.name}(device, {', '.join(shown)}; {options}timeout=nothing) -> {given}"
    note = f"{one.note[:1].upper()}{one.note[1:]}." if one.note else ""
    words = f"It is {one.choices}." if one.choices else ""
    docs = [f"Sets {one.doc}{one.in_unit}; gives what the device has then.", words, note]
    call = f'set({_checked(one)}, "{one.name}", {value}, timeout=timeout)'
    own = f"set_{one.name}(device::Device, {', '.join(takes)}; {options}timeout=nothing)"
    return _function(head, docs, own, before, _given(one, call))


def _checked(one: Property) -> str:
    """The device, which must have the capability: else the error would be that of a property."""
    return f"checked(device, {class_name(f'ald_{one.capability}')})"


def _given(one: Property, call: str) -> str:
    return f"region({call})" if one.kind == "region" else call


def _function(head: str, docs: list[str], own: str, before: list[str], result: str) -> str:
    text = wrap(" ".join(filter(None, docs)), width=_WIDTH)
    doc = f'"""\n    {head}\n\n{text}\n"""\n'
    if not before and len(f"{own} = {result}") <= _WIDTH:
        return f"{doc}{own} = {result}\n"
    if not before and len(f"    {result}") <= _WIDTH:
        return f"{doc}{own} =\n    {result}\n"
    if len(f"function {own}") > _WIDTH:
        name, _, inside = own.partition("(")
        own = f"{name}(\n    {inside[:-1]}\n)"
    lines = "".join(f"    {line}\n" for line in before)
    return f"{doc}function {own}\n{lines}    return {result}\nend\n"
