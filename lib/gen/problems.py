"""Problems of the headers, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """A line of a header."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, order=True)
class Problem:
    """Problem: a thing that a header must not do, or must do and does not."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class HeaderError(Exception):
    """The headers break rules; carries every problem found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class SyntaxProblem(Exception):
    """Ends the reading of one declaration; the parser records it and goes on with the next."""

    def __init__(self, place: Place, text: str) -> None:
        self.problem = Problem(place, text)
        super().__init__(str(self.problem))


class SourceError(Exception):
    """A sync module of the Python package cannot be turned into its twin; names the place."""
