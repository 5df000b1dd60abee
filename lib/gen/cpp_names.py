"""Names of the C interface in include/alidade/alidade.hpp: which class has which function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .model import Function, Handle, Library, Named
from .nouns import ERROR, Noun, nouns

# A method cannot be called so.
_RENAMED = {"delete": "remove", "export": "export_", "import": "import_", "new": "make"}
# Noun with capabilities, each with verbs of its own: `ald_movable_<verb>(ald_device *, ...)`.
_CAPABLE = "device"
# The base class does these.
_DONE = ("_ref", "_unref", "_init")


@dataclass(frozen=True)
class Place:
    """Place of a function: a class and its member's name, or "" and a free function's."""

    owner: str
    name: str
    is_static: bool = False


class Names:
    """Knows the classes: one per noun, and one per group of verbs that a noun may have."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.nouns = {noun.name: noun for noun in nouns(library) if noun.name != ERROR}

    @cached_property
    def facets(self) -> dict[str, Noun]:
        """Capabilities, such as `movable`, and the noun that has them."""
        return {
            function.name.split("_")[1]: self.nouns[_CAPABLE]
            for function in self.library.functions
            if self._is_of_capability(function)
        }

    def _is_of_capability(self, function: Function) -> bool:
        noun = self.first_noun(function)
        return noun is not None and noun.name == _CAPABLE and not self._noun_in(function.name)

    def first_noun(self, function: Function) -> Noun | None:
        """The noun of the first parameter, if that is a handle."""
        handles = self.library.handles_of(function)
        if not handles or handles[0] is not function.params[0]:
            return None
        return self.noun_of(function.params[0].type)

    def noun_of(self, type_: object) -> Noun | None:
        """The noun that a type is a handle of."""
        if not isinstance(type_, Named) or not isinstance(
            self.library.types.get(type_.base), Handle
        ):
            return None
        return self.nouns.get(type_.base.removeprefix("ald_"))

    def _noun_in(self, name: str) -> Noun | None:
        """The noun that a function's name begins with; the longest, if several do."""
        fitting = [noun for noun in self.nouns.values() if name.startswith(noun.handle + "_")]
        return max(fitting, key=lambda noun: len(noun.name), default=None)

    def place(self, function: Function) -> Place | None:
        """Finds the place of a function; None if nobody needs it in C++."""
        name = function.name.removeprefix("ald_")
        is_done = re.match(r"(error|handle)_(?!count)", name) or name.endswith(_DONE)
        if is_done:
            return None
        noun = self._noun_in(function.name)
        first = self.first_noun(function)
        if noun:
            verb = name.removeprefix(f"{noun.name}_")
            return Place(noun.name, _method(verb), is_static=first is not noun)
        if self._is_of_capability(function):
            owner, _, verb = name.partition("_")
            return Place(owner, _method(verb))
        return Place("", name)


def _method(verb: str) -> str:
    head, _, rest = verb.partition("_")
    renamed = _RENAMED.get(head, head)
    return f"{renamed}_{rest}" if rest else renamed
