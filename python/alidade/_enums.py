"""Numbers with names that print as words: "open", not 2 or DeviceState.OPEN."""

from __future__ import annotations

from enum import IntEnum, IntFlag

__all__ = ["WordEnum", "WordFlag"]


def _formatted(word: str, number: int, spec: str) -> str:
    """The word, or the number for a specification of numbers, as "d"."""
    return format(number if spec[-1:] in tuple("bcdeEfFgGnoxX%") else word, spec)


class WordEnum(IntEnum):
    """Number with a name; `str` gives the name in lower-case letters."""

    def __str__(self) -> str:
        return self.name.lower()

    def __format__(self, spec: str) -> str:
        return _formatted(str(self), self.value, spec)


class WordFlag(IntFlag):
    """Flags with names; `str` joins those that are set, or says "none"."""

    def __str__(self) -> str:
        rest, words = self.value, []
        for flag in type(self):
            if flag.value and flag in self:
                words.append(str(flag.name).lower())
                rest &= ~flag.value
        return "|".join([*words, hex(rest)] if rest else words) or "none"

    def __format__(self, spec: str) -> str:
        return _formatted(str(self), self.value, spec)
