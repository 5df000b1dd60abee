"""Reads the public headers.

The grammar is small on purpose (docs/decisions/generated-bindings.md): typedefs of numbers,
opaque handles, transparent structs, callbacks, anonymous enums with explicit values, and
functions. Everything else is refused with its place. What a declaration may *say* is checked
afterwards, in rules.py, when all types are known.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from .comments import Doc, parse_comment
from .model import (
    Alias,
    Callback,
    Constant,
    Enum,
    Field,
    Function,
    FunctionPointer,
    Handle,
    Header,
    Item,
    Library,
    Named,
    Param,
    Struct,
    Type,
)
from .problems import HeaderError, Place, Problem, SyntaxProblem
from .rules import check_library
from .standing import Versions, check_versions, completed, read_versions
from .tokens import EXPORT, NOEXCEPT, Token, Tokens, tokenize

# Words of C, C++ and compilers that no public header may use, and why.
FORBIDDEN = {
    **dict.fromkeys(("inline", "__inline", "static", "constexpr"), "no functions with a body"),
    **dict.fromkeys(("__attribute__", "__declspec", "_Alignas", "alignas"), "no attributes"),
    **dict.fromkeys(("unsigned", "signed", "short", "long"), "use the types of <stdint.h>"),
    **dict.fromkeys(("wchar_t", "char16_t", "char32_t"), "text is char, in UTF-8"),
    **dict.fromkeys(("bool", "_Bool"), "booleans are int32_t"),
    **dict.fromkeys(("union", "volatile", "restrict", "register", "_Atomic"), "plain C only"),
    **dict.fromkeys(("namespace", "class", "template", "using", "noexcept"), "plain C only"),
    "extern": f"write {EXPORT}",
    "...": "no variable arguments",
}


def parse_library(folder: Path) -> Library:
    """Reads every header of a folder; raises HeaderError with all that is wrong."""
    files = {
        path.stem: tokenize(f"{folder.name}/{path.name}", path.read_text("utf-8"))
        for path in sorted(folder.glob("*.h"))
    }
    problems: list[Problem] = []
    constants: dict[str, int] = {}
    headers = []
    for name in _in_order(files, problems):
        header, found = _Parser(files[name], constants).header()
        headers.append(header)
        problems.extend(found)
    versions = read_versions(folder.parents[1])
    library = completed(Library(tuple(headers)), versions)
    # A declaration that was not understood leaves unknown names behind: first things first.
    problems = problems or [*check_library(library), *check_versions(library, versions)]
    if problems:
        raise HeaderError(problems)
    return library


def parse_text(text: str, path: str = "alidade/test.h") -> Library:
    """Reads one header that stands alone; raises HeaderError with all that is wrong."""
    header, problems = _Parser(tokenize(path, text), {}).header()
    library = completed(Library((header,)), Versions())
    problems = problems or list(check_library(library))
    if problems:
        raise HeaderError(problems)
    return library


def _in_order(files: dict[str, Tokens], problems: list[Problem]) -> tuple[str, ...]:
    """The headers' names in alphabetical order, but each after those that it includes."""
    ordered: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        place = Place(files[name].path, 1)
        if name in above:
            problems.append(Problem(place, "includes itself, by way of others"))
            return
        for other in files[name].includes:
            if other in files:
                visit(other, (*above, name))
            else:
                problems.append(Problem(place, f"includes alidade/{other}.h, which is not there"))
        ordered.setdefault(name)

    for name in files:
        visit(name, ())
    return tuple(ordered)


class _Parser:
    """A recursive-descent parser of one header."""

    def __init__(self, file: Tokens, constants: dict[str, int]) -> None:
        self.path = file.path
        self.includes = file.includes
        self.problems = list(file.problems)
        self.tokens = file.tokens
        self.position = 0
        self.start = 0  # of the present declaration
        self.constants = constants
        self.file_doc = Doc()
        self.doc: tuple[Doc, Place] | None = None  # read, and not yet somebody's
        self.items: list[Item] = []

    # The file.

    def header(self) -> tuple[Header, list[Problem]]:
        while True:
            try:
                self.read_docs()
                self.start = self.position
                if self.next.kind == "end":
                    break
                if not self.named_only():
                    self.items.append(self.declaration())
            except SyntaxProblem as error:
                self.problems.append(error.problem)
                self.skip_declaration()
        self.doc_is_lost()
        if not self.file_doc.text:
            self.problems.append(Problem(Place(self.path, 1), "no @file comment"))
        name = self.path.rpartition("/")[2].removesuffix(".h")
        items = tuple(_pair_enums(_merge_forward(self.items)))
        return Header(name, self.path, self.file_doc, self.includes, items), self.problems

    def named_only(self) -> bool:
        """Skips `struct ald_x;`, which says no more than that the handle is declared elsewhere."""
        ahead = [token.text for token in self.tokens[self.position : self.position + 3]]
        if ahead[0] != "struct" or ahead[-1] != ";":
            return False
        self.position += 3
        return True

    def declaration(self) -> Item:
        place = self.next.place
        doc = self.take_doc()
        if self.take("typedef"):
            return self.typedef(doc, place)
        if self.take("struct"):
            name = self.name()
            return self.struct(name, doc, place)
        if self.take("enum"):
            return self.enum(doc, place)
        if self.take(EXPORT):
            return self.function(doc, place)
        raise SyntaxProblem(
            place, f"expected a typedef, an enum or a function that begins with {EXPORT}"
        )

    def skip_declaration(self) -> None:
        """After an error: goes on behind the declaration's end, outside of all braces."""
        self.doc = None
        depth = 0
        for position in range(self.start, len(self.tokens) - 1):
            text = self.tokens[position].text
            depth += (text == "{") - (text == "}")
            self.position = position + 1
            if text == ";" and depth <= 0:
                return

    # Declarations. Each begins behind its first word.

    def typedef(self, doc: Doc, place: Place) -> Item:
        if self.take("struct"):
            name = self.name()
            if self.next.text == "{":
                return self.struct(name, doc, place, typedef=True)
            if self.name() != name:
                raise SyntaxProblem(place, f"typedef and struct {name} must have the same name")
            self.expect(";")
            return Handle(name, doc, place)
        type_, name = self.declarator()
        self.expect(";")
        if isinstance(type_, FunctionPointer):
            return Callback(name, doc, place, type_)
        return Alias(name, doc, place, type_)

    def struct(self, name: str, doc: Doc, place: Place, typedef: bool = False) -> Struct:
        fields: list[Field] = []
        self.expect("{")
        while not self.take("}"):
            self.read_docs()
            if self.take("}"):
                break
            fields.append(self.field())
        self.doc_is_lost()
        if typedef and self.name() != name:
            raise SyntaxProblem(place, f"typedef and struct {name} must have the same name")
        self.expect(";")
        return Struct(name, doc, place, tuple(fields), forward=not typedef)

    def field(self) -> Field:
        place = self.next.place
        doc = self.take_doc()
        type_, name = self.declarator()
        if self.next.text == ":":
            raise SyntaxProblem(place, f"{name} is a bit-field")
        length = None
        if self.take("["):
            length = self.integer()
            self.expect("]")
        self.expect(";")
        return Field(name, doc, place, type_, length)

    def enum(self, doc: Doc, place: Place) -> Enum:
        if self.next.text != "{":
            raise SyntaxProblem(place, "enums have no name; give their numbers one with a typedef")
        self.expect("{")
        constants: list[Constant] = []
        while not self.take("}"):
            self.read_docs()
            constants.append(self.constant())
            if not self.take(","):
                self.expect("}")
                break
        self.expect(";")
        if len(constants) == 1 and not constants[0].doc.text:
            only = constants[0]
            constants = [Constant(only.name, doc, only.place, only.value)]
        return Enum("", doc, place, tuple(constants))

    def constant(self) -> Constant:
        place = self.next.place
        doc = self.take_doc()
        name = self.name()
        if not self.take("="):
            raise SyntaxProblem(place, f"{name} needs its number: it is frozen, not counted")
        value = self.integer()
        self.constants[name] = value
        return Constant(name, doc, place, value)

    def function(self, doc: Doc, place: Place) -> Function:
        result, name = self.declarator()
        if isinstance(result, FunctionPointer):
            raise SyntaxProblem(place, f"{name} is no function")
        params = self.params()
        if self.next.text == "{":
            raise SyntaxProblem(place, f"{name} has a body")
        if not self.take(NOEXCEPT):
            raise SyntaxProblem(place, f"{name} must end with {NOEXCEPT}")
        self.expect(";")
        return Function(name, doc, place, result, params)

    # Types.

    def declarator(self) -> tuple[Type, str]:
        """`const char *name` or `void (*name)(void *user_data)`."""
        named = self.named()
        if not self.take("("):
            return named, self.name()
        self.expect("*")
        name = self.name()
        self.expect(")")
        return FunctionPointer(named, self.params()), name

    def named(self) -> Named:
        const = self.take("const")
        # Headers that need each other's handles name one as `struct ald_x`: the same type.
        self.take("struct")
        base = self.name()
        if self.next.text == "const":
            raise SyntaxProblem(self.next.place, "write const before the type")
        pointers = []
        while self.take("*"):
            pointers.append(self.take("const"))
        return Named(base, const, tuple(pointers))

    def params(self) -> tuple[Param, ...]:
        self.expect("(")
        if self.next.text == "void" and self.after_next.text == ")":
            self.position += 2
            return ()
        params = []
        while True:
            type_, name = self.declarator()
            if self.next.text == "[":
                raise SyntaxProblem(self.next.place, f"write {name} as a pointer")
            params.append(Param(name, type_))
            if not self.take(","):
                break
        self.expect(")")
        return tuple(params)

    # Numbers: 8, -26, 0x10, 1 << 3, A | B.

    def integer(self) -> int:
        value = self.shift()
        while self.take("|"):
            value |= self.shift()
        return value

    def shift(self) -> int:
        value = self.operand()
        return value << self.operand() if self.take("<<") else value

    def operand(self) -> int:
        if self.take("-"):
            return -self.operand()
        token = self.next
        self.position += 1
        try:
            return int(token.text, 0) if token.kind == "number" else self.constants[token.text]
        except (KeyError, ValueError):
            raise SyntaxProblem(token.place, f"expected a number, not {token.text}") from None

    # Words.

    @property
    def next(self) -> Token:
        token = self.tokens[self.position]
        if token.text in FORBIDDEN and token.kind in ("name", "punct"):
            raise SyntaxProblem(token.place, f"{token.text}: {FORBIDDEN[token.text]}")
        return token

    @property
    def after_next(self) -> Token:
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def take(self, text: str) -> bool:
        found = self.next.text == text
        self.position += found
        return found

    def expect(self, text: str) -> None:
        token = self.next
        if not self.take(text):
            raise SyntaxProblem(token.place, f"expected {text} before {token.text}")

    def name(self) -> str:
        token = self.next
        if token.kind != "name":
            raise SyntaxProblem(token.place, f"expected a name before {token.text}")
        self.position += 1
        return token.text

    # Comments.

    def read_docs(self) -> None:
        """Reads the comments before a declaration; the last one is the declaration's."""
        while self.next.kind == "doc":
            token = self.next
            self.position += 1
            doc = parse_comment(token.text, partial(self.report, token.place))
            if doc.is_file:
                self.file_doc = doc
            else:
                self.doc_is_lost()
                self.doc = (doc, token.place)

    def report(self, place: Place, line: int, text: str) -> None:
        self.problems.append(Problem(Place(place.path, place.line + line), text))

    def take_doc(self) -> Doc:
        doc = self.doc[0] if self.doc else Doc()
        self.doc = None
        return doc

    def doc_is_lost(self) -> None:
        if self.doc:
            self.problems.append(Problem(self.doc[1], "this comment belongs to no declaration"))
        self.doc = None


def _merge_forward(items: list[Item]) -> list[Item]:
    """`typedef struct x x;` followed by `struct x {...};` declares x once, in the second place."""
    defined = {item.name for item in items if isinstance(item, Struct) and item.forward}
    return [item for item in items if not (isinstance(item, Handle) and item.name in defined)]


def _pair_enums(items: list[Item]) -> list[Item]:
    """An enum right behind the typedef of a number lists that type's values."""
    paired: list[Item] = []
    for item in items:
        before = paired[-1] if paired else None
        if isinstance(item, Enum) and isinstance(before, Alias):
            item = Enum(before.name, item.doc, item.place, item.constants, before)
        paired.append(item)
    return paired
