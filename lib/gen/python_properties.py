"""Writes python/alidade/_properties.py: functions for the properties of devices with a capability.

The class of a capability derives from that of its properties: `class FrameProducer(
FrameProducerProperties, capability="frame_producer")`.
"""

from __future__ import annotations

from pathlib import Path

from .device_properties import NAMED, PROPERTIES, REGION, Property
from .names import class_name
from .output import NOTICE, wrap
from .python_classes import PACKAGE

FILE = f"{PACKAGE}/_properties.py"
MODULE = "_properties"
_HEAD = f'''\
# {NOTICE}
"""The properties of cameras and of other devices, by the capability that has them."""

from __future__ import annotations

from ._call import timeout_ns
from ._library import lib
from ._numbers import integer, number
from ._values import to_native
from ._waiting import finish, waits
from .devices import Device
from .regions import Roi, region, region_value
'''
_TYPES = {"double": "float", "int": "int", "string": "str", "bool": "bool", "region": "Roi"}
_CHOICES = "InvalidError: None of the choices; the message names them."
_REFUSED = {
    "double": "RangeError: Outside the limits; the message names limit and unit.",
    "int": _CHOICES,
    "string": _CHOICES,
    "region": "RangeError: Outside the sensor.",
}
_TIMEOUT = "Seconds; None is the device's default."
_WIDTH = 100


def render(root: Path) -> dict[str, str]:
    """The module's text by its path; nothing where there is no package."""
    return {FILE: text} if (text := sources(root).get(MODULE)) else {}


def sources(root: Path) -> dict[str, str]:
    """The same by the module's name, for the twin."""
    if not (root / PACKAGE / "regions.py").is_file():
        return {}
    capabilities = sorted({one.capability for one in PROPERTIES})
    return {MODULE: _HEAD + "".join(map(_class, capabilities))}


def class_of(capability: str) -> str:
    """The class with the properties of a capability."""
    return f"{_name(capability)}Properties"


def _name(capability: str) -> str:
    return class_name(f"ald_{capability}")


def _class(capability: str) -> str:
    own = [one for one in PROPERTIES if one.capability == capability]
    methods = [text for one in own for text in (_getter(one), _setter(one)) if text]
    return (
        f'\n\nclass {class_of(capability)}(Device):\n    """The properties of {_name(capability)}.'
        f'"""\n\n    __slots__ = ()\n\n{chr(10).join(methods)}'
    )


def _getter(one: Property) -> str:
    call = _finish("get", one, [])
    doc = [f"Reads {one.doc}{one.in_unit}."]
    return _method(
        one.name, [], one, [*doc, f"It is {one.choices}."] if one.choices else doc, [], call
    )


def _setter(one: Property) -> str:
    if not one.argument:
        return ""
    arguments = _arguments(one)
    body = []
    value = one.argument
    if one.kind == "double":
        value = f'number({value}, "{value}")'
    elif one.kind == "int":
        value = f'integer({value}, "{value}")'
    elif one.kind == "region":
        value = f"region_value({', '.join(name for name, _ in REGION)})"
    if one.first:
        other = NAMED[one.first].argument
        body += [f"        if {other} is not None:"]
        body += [f"            self.set_{one.first}({other}, timeout=timeout)"]
    body += _finish("set", one, [f"to_native({value})"])
    told = [_REFUSED[one.kind]] if one.kind in _REFUSED else []
    told += ["StateError: The camera is armed."] if "disarmed" in one.note else []
    told += ["UnsupportedError: It cannot be set."]
    doc = [f"Sets {one.doc}{one.in_unit}."]
    doc += [f"{one.note[:1].upper()}{one.note[1:]}."] if one.note else []
    return _method(f"set_{one.name}", arguments, one, doc, told, body)


def _arguments(one: Property) -> list[tuple[str, str, str]]:
    """The arguments of what sets a property: name, type with default, meaning."""
    if one.kind == "region":
        return [(name, "int", doc) for name, doc in REGION]
    if one.kind == "string":
        doc = f"{one.choices}." if one.choices else "One of the choices that `describe` lists."
    else:
        doc = f"{'Whether it shall be on' if one.kind == 'bool' else 'The new value'}{one.in_unit}."
    found = [(one.argument, _TYPES[one.kind], doc)]
    if one.first:
        other = NAMED[one.first]
        what = f"{other.doc[:1].upper()}{other.doc[1:]}{other.in_unit}; None leaves that as it is."
        found.append((other.argument, f"{_TYPES[other.kind]} | None = None", what))
    return found


def _method(
    name: str,
    arguments: list[tuple[str, str, str]],
    one: Property,
    doc: list[str],
    raises: list[str],
    body: list[str],
) -> str:
    takes = ["self", *(f"{own}: {type_}" for own, type_, _ in arguments), "*"]
    takes.append("timeout: float | None = None")
    head = _call(f"def {name}", takes, f" -> {_TYPES[one.kind]}:", 4)
    summary, *paragraphs = doc
    lines = ["    @waits", *head, f'        """{summary}', ""]
    for paragraph in paragraphs:
        lines += [wrap(paragraph, " " * 8, width=_WIDTH), ""]
    lines += ["        Args:"]
    for own, _, meaning in [*arguments, ("timeout", "", _TIMEOUT)]:
        lines.append(wrap(f"{own}: {meaning}", " " * 16, " " * 12, _WIDTH))
    lines.append("")
    if raises:
        lines += ["        Returns:", "            What the device has now.", ""]
    lines += ["        Raises:", "            NotFoundError: It has no such property."]
    lines += [f"            {told}" for told in raises]
    return "\n".join([*lines, '        """', *body, ""])


def _finish(verb: str, one: Property, value: list[str]) -> list[str]:
    """The statement that reads or writes a property and gives what came."""
    handed = [f"lib.ald_device_start_{verb}", "self._h", f'b"{one.name}"', *value]
    handed.append("timeout_ns(timeout)")
    if one.kind != "region":
        return _call("return finish", handed, "", 8)
    line = f"        return region(finish({', '.join(handed)}))"
    if len(line) <= _WIDTH:
        return [line]
    return ["        return region(", *_call("finish", handed, "", 12), "        )"]


def _call(begin: str, handed: list[str], end: str, indent: int) -> list[str]:
    """A call in as many lines as ruff makes of it."""
    margin = " " * indent
    inside = ", ".join(handed)
    if indent + len(f"{begin}({inside}){end}") <= _WIDTH:
        return [f"{margin}{begin}({inside}){end}"]
    if indent + 4 + len(inside) <= _WIDTH:
        return [f"{margin}{begin}(", f"{margin}    {inside}", f"{margin}){end}"]
    return [f"{margin}{begin}(", *(f"{margin}    {one}," for one in handed), f"{margin}){end}"]
