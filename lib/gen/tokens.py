"""Cuts a header into tokens and takes the preprocessor's lines out.

What is left is plain C. The preprocessor may do four things here: guard against a second
inclusion, include, define the export and the noexcept macro, and bracket the file in
`extern "C"`. A declaration never depends on a condition, so that every reader of the headers,
also one without a preprocessor, sees the same ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problems import Place, Problem, SyntaxProblem

EXPORT = "ALD_API"
NOEXCEPT = "ALD_NOEXCEPT"
SYSTEM_INCLUDES = ("stddef.h", "stdint.h")

_TOKEN = re.compile(
    r"""
      (?P<doc> /\*\*(?!/) .*? \*/ )
    | (?P<comment> /\* .*? \*/ | //[^\n]* )
    | (?P<directive> \#(?: [^\n\\] | \\. )* )
    | (?P<name> [^\W\d]\w* )
    | (?P<number> (?:0[xX][0-9A-Fa-f]+|\d+)\w* )
    | (?P<string> "[^"\n]*" )
    | (?P<punct> \.\.\. | << | [^\w\s] )
    | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word of C. `kind` is "name", "number", "string", "punct", "doc" or "end"."""

    kind: str
    text: str
    place: Place


@dataclass(frozen=True)
class Tokens:
    """A header without its preprocessor lines."""

    path: str
    tokens: tuple[Token, ...]
    includes: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Preprocessor:
    """Follows the preprocessor's lines and tells what may stand between them."""

    def __init__(self) -> None:
        self.includes: list[str] = []
        self.guard = ""
        self.conditions: list[str] = []

    @property
    def region(self) -> str:
        """Region of the next token: "" is plain C, "c++" or "conditional"."""
        inner = self.conditions[1:]
        if not inner:
            return ""
        return "c++" if inner == ["ifdef __cplusplus"] else "conditional"

    def line(self, place: Place, text: str) -> None:
        words = re.sub(r"/\*.*?\*/|//.*", " ", text.strip()[1:]).split()
        name, rest = (words[0], words[1:]) if words else ("", [])
        if name in ("ifdef", "ifndef", "if"):
            self._condition(place, name, " ".join(rest))
        elif name in ("else", "elif", "endif"):
            self._end(place, name)
        elif name == "include":
            self._include(place, " ".join(rest))
        elif name == "define":
            self._define(place, " ".join(rest))
        else:
            raise SyntaxProblem(place, f"#{name} is not allowed in a public header")

    def _condition(self, place: Place, name: str, rest: str) -> None:
        if not self.conditions:
            if name != "ifndef" or not re.fullmatch(r"ALIDADE_(\w+_)?H", rest):
                raise SyntaxProblem(place, "expected the include guard, #ifndef ALIDADE_<NAME>_H")
            self.guard = rest
        self.conditions.append(f"{name} {rest}")

    def _end(self, place: Place, name: str) -> None:
        if not self.conditions:
            raise SyntaxProblem(place, f"#{name} without an #if")
        ended = self.conditions.pop()
        if name != "endif":
            if not self.conditions:
                raise SyntaxProblem(place, f"#{name} of the include guard")
            self.conditions.append(f"{name} of {ended}")

    def _include(self, place: Place, rest: str) -> None:
        own = re.fullmatch(r"<alidade/(\w+)\.h>", rest)
        if own:
            self.includes.append(own[1])
        elif rest[1:-1] not in SYSTEM_INCLUDES or rest[0] != "<":
            allowed = ", ".join(f"<{name}>" for name in SYSTEM_INCLUDES)
            raise SyntaxProblem(place, f"#include {rest}: only {allowed} and <alidade/...>")

    def _define(self, place: Place, rest: str) -> None:
        name = re.match(r"\w*", rest)
        macro = name.group() if name else ""
        if rest.startswith(f"{macro}("):
            raise SyntaxProblem(place, f"{macro} is a function-like macro")
        if macro not in (self.guard, EXPORT, NOEXCEPT):
            raise SyntaxProblem(place, f"{macro} is a macro; constants go into an enum")


def tokenize(path: str, text: str) -> Tokens:
    """Cuts a header into tokens."""
    tokens: list[Token] = []
    problems: list[Problem] = []
    preprocessor = _Preprocessor()
    bracket: list[str] = []  # the tokens seen in the present C++ region
    line = 1
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        word = match.group()
        place = Place(path, line)
        line += word.count("\n")
        try:
            if kind == "directive":
                _check_bracket(place, bracket)
                preprocessor.line(place, word)
            elif kind in ("space", "comment"):
                continue
            elif preprocessor.region == "":
                tokens.append(Token(kind, word, place))
            elif preprocessor.region == "c++" and kind != "doc":
                bracket.append(word)
            else:
                raise SyntaxProblem(place, "a declaration must not depend on a condition")
        except SyntaxProblem as error:
            problems.append(error.problem)
    if preprocessor.conditions:
        problems.append(Problem(Place(path, line), "an #if without its #endif"))
    if not preprocessor.guard:
        problems.append(Problem(Place(path, 1), "no include guard"))
    tokens.append(Token("end", "the end of the file", Place(path, line)))
    return Tokens(path, tuple(tokens), tuple(preprocessor.includes), tuple(problems))


def _check_bracket(place: Place, bracket: list[str]) -> None:
    """In a C++ region nothing may stand but the brackets of `extern "C"`."""
    found = " ".join(bracket)
    bracket.clear()
    if found not in ("", 'extern "C" {', "}"):
        raise SyntaxProblem(place, 'only extern "C" { and its } may be for C++ alone')
