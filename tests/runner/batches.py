"""Groups C++ sources so that one translation unit can include several of them.

clang-tidy spends four fifths of its time on the standard library's headers; sources that share a
translation unit share that. Only sources whose own names do not clash can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# More in one saves little and makes a batch that must be taken apart dear.
MOST = 12

# What a line at the left margin declares; inside functions and classes lines are indented.
_DECLARED = re.compile(
    r"^(?!namespace\b|using namespace\b|[\s#/}])[^\n=({;]*?\b(\w+)[ \t]*(?:[=({;]|$)", re.M
)
_ALIAS = re.compile(r"^\s*(?:using\s+[\w:]+\s*;|namespace\s+\w+\s*=)", re.M)


@dataclass
class Batch:
    """Sources that are compiled alike and share no name of their own."""

    flags: tuple[str, ...]
    sources: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def fits(self, flags: tuple[str, ...], names: set[str]) -> bool:
        """Tells whether one more source can join."""
        return flags == self.flags and len(self.sources) < MOST and not names & self.names


def declared_names(text: str) -> set[str]:
    """The names that a source gives to functions, types and constants, as far as lines show."""
    return set(_DECLARED.findall(text))


def must_stand_alone(text: str) -> bool:
    """Tells whether the source is judged differently when another file includes it.

    The checks for unused using declarations and namespace aliases look at the main file alone.
    """
    return _ALIAS.search(text) is not None


def batches(sources: Iterable[tuple[str, tuple[str, ...], str]]) -> list[Batch]:
    """Distributes sources, each with its flags and its text, over few batches."""
    open_ones: list[Batch] = []
    alone: list[Batch] = []
    for source, flags, text in sources:
        if must_stand_alone(text):
            alone.append(Batch(flags, [source]))
            continue
        names = declared_names(text)
        batch = next((b for b in open_ones if b.fits(flags, names)), None)
        if batch is None:
            batch = Batch(flags)
            open_ones.append(batch)
        batch.sources.append(source)
        batch.names |= names
    return open_ones + alone
