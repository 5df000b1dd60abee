"""The nouns of the library: the handles that have a kind, each with its names in every language.

A noun is declared by its constant `ALD_KIND_<X>` in base.h and by `typedef struct ald_<x> ald_<x>;`
in a header of its own. All else is found from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import Constant, Handle, Library
from .names import class_name
from .problems import Problem

KIND = "ald_kind"
# Noun whose object is an exception in C++, Python and Julia.
ERROR = "error"
# The class of lib/ behind a handle is called as the noun is, but for these.
_CLASSES = {
    "bench": "bench_object",
    "cancel": "cancel_source",
    "clock": "hardware_clock",
    "value": "value_object",
}


@dataclass(frozen=True)
class Noun:
    """Noun: a kind of handle with its functions."""

    name: str
    """Name between `ald_` and the verb: "queue"."""
    constant: Constant
    """`ALD_KIND_QUEUE`."""

    @property
    def handle(self) -> str:
        """The type in C: "ald_queue"."""
        return f"ald_{self.name}"

    @property
    def class_name(self) -> str:
        """The type in CamelCase: "Queue"."""
        return class_name(self.handle)

    @property
    def behind(self) -> str:
        """The class of lib/ behind the handle."""
        return _CLASSES.get(self.name, self.name)

    @property
    def with_article(self) -> str:
        """For messages: "an ald_queue", "ald_settings"."""
        return self.handle if self.name.endswith("s") else f"an {self.handle}"


def nouns(library: Library) -> tuple[Noun, ...]:
    """All nouns in the order of their kinds' numbers."""
    kinds = [enum for enum in library.enums if enum.name == KIND]
    found = [
        Noun(enum.short_name(constant).lower(), constant)
        for enum in kinds
        for constant in enum.constants
        if constant.value != 0
    ]
    return tuple(sorted(found, key=lambda noun: noun.constant.value))


def check_nouns(library: Library) -> Iterator[Problem]:
    """Checks that each kind has its handle, and the handle its two functions that count."""
    functions = {function.name: function for function in library.functions}
    for noun in nouns(library):
        constant = noun.constant
        if not isinstance(library.types.get(noun.handle), Handle):
            yield Problem(constant.place, f"{constant.name}: no header declares {noun.handle}")
            continue
        for verb in ("ref", "unref"):
            name = f"{noun.handle}_{verb}"
            types = (
                [param.type.c() for param in functions[name].params] if name in functions else []
            )
            if types != [f"const {noun.handle} *"]:
                wanted = f"void {name}(const {noun.handle} *)"
                yield Problem(constant.place, f"{constant.name}: no header declares {wanted}")
