"""Writes docs/reference/: one page per header and an index."""

from __future__ import annotations

import re

from .model import (
    FIRST_VERSION,
    Constant,
    Declaration,
    Enum,
    Field,
    Function,
    Handle,
    Header,
    Library,
    Named,
    Struct,
    Type,
)
from .output import NOTICE, paragraphs

_NAME = re.compile(r"`([^`\n]+)`|\b(ALD_[A-Z0-9_]+)\b")
_SECTIONS = ("Types", "Constants", "Functions")


def render(library: Library) -> dict[str, str]:
    """The pages by file name."""
    writer = _Writer(library)
    pages = {f"{header.name}.md": writer.page(header) for header in library.headers}
    return {"README.md": writer.index(), **pages}


def heading(item: Declaration) -> str:
    """The title of an item's section."""
    if isinstance(item, Enum) and item.alias is None and not item.is_single:
        return f"`{item.prefix}<X>`"
    if isinstance(item, Enum):
        return f"`{item.name or item.constants[0].name}`"
    return f"`{item.name}`"


def slug(title: str) -> str:
    """The anchor that Markdown gives to a heading: lower case, no punctuation, blanks to "-"."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


class _Writer:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.targets: dict[str, str] = {}  # of every name: page#anchor
        for header in library.headers:
            anchors: dict[str, int] = {}
            for item in _page_order(header):
                anchor = slug(heading(item))
                again = anchors.get(anchor, 0)
                anchors[anchor] = again + 1
                target = f"{header.name}.md#{anchor}" + (f"-{again}" if again else "")
                names = [item.name, *(c.name for c in _constants(item))]
                self.targets.update(dict.fromkeys(filter(None, names), target))

    # Pages.

    def page(self, header: Header) -> str:
        title = f"# alidade/{header.name}.h\n"
        parts = [f"<!-- {NOTICE} -->\n", title, self.text(header.doc.text, header)]
        if header.includes:
            links = ", ".join(f"[{name}.h]({name}.md)" for name in header.includes)
            parts.append(f"Includes {links}.\n")
        for section, items in zip(_SECTIONS, _by_section(header), strict=True):
            if items:
                parts.append(f"## {section}\n")
            for item in items:
                parts.append(f"### {heading(item)}\n")
                parts += self.item(item, header)
        return "\n".join(parts)

    def index(self) -> str:
        parts = [
            f"<!-- {NOTICE} -->\n",
            "# Reference of the C interface\n",
            "| header | what it is about |\n|---|---|\n"
            + "".join(
                f"| [{header.name}.h]({header.name}.md) | {_cell(header.doc.brief)} |\n"
                for header in self.library.headers
            ),
        ]
        functions = sorted(self.library.functions, key=lambda item: item.name)
        types = sorted(self.library.types.values(), key=lambda item: item.name)
        for title, items in (("Functions", functions), ("Types", types)):
            parts.append(f"## {title}\n")
            parts.append(
                f"| {title.lower()[:-1]} | |\n|---|---|\n"
                + "".join(
                    f"| [`{item.name}`]({self.targets[item.name]}) "
                    f"| {self.line(item.doc.brief, None)} |\n"
                    for item in items
                )
            )
        return "\n".join(parts)

    # Items.

    def item(self, item: Declaration, header: Header) -> list[str]:
        if isinstance(item, Function):
            return self.function(item, header)
        parts = [self.text(item.doc.text, header)]
        if isinstance(item, Enum):
            # The typedef and the enum say the same thing, or the one completes the other.
            if item.alias is not None and item.alias.doc.text not in item.doc.text:
                parts.insert(0, self.text(item.alias.doc.text, header))
            if item.alias is not None:
                parts.append(_code(item.alias.c()))
            parts.append(self.constants(item, header))
        elif isinstance(item, Struct):
            parts.append(self.fields(item, header))
        elif isinstance(item, Handle):
            parts.append("An opaque handle.\n")
        else:
            parts.append(_code(item.c()))  # type: ignore[attr-defined]
        if item.since != FIRST_VERSION:
            parts.append(f"Since {item.since}.\n")
        return parts

    def constants(self, item: Enum, header: Header) -> str:
        rows = "".join(
            f"| `{constant.name}` | {_number(item, constant)} "
            f"| {self.line(constant.doc.text, header)} |\n"
            for constant in item.constants
        )
        return f"| constant | value | |\n|---|---|---|\n{rows}"

    def fields(self, item: Struct, header: Header) -> str:
        rows = "".join(
            f"| `{member.name}{_extent(member)}` | {self.type(member.type, header)} "
            f"| {self.line(_with_default(member), header)} |\n"
            for member in item.fields
        )
        return f"| field | type | |\n|---|---|---|\n{rows}"

    def function(self, item: Function, header: Header) -> list[str]:
        parts = [_code(_signature(item)), self.text(item.doc.text, header)]
        if item.params:
            rows = "".join(
                f"| `{param.name}` | {self.type(param.type, header)} "
                f"| {self.line(item.doc.params[param.name], header)} |\n"
                for param in item.params
            )
            parts.append(f"| parameter | type | |\n|---|---|---|\n{rows}")
        if item.doc.returns:
            parts.append(self.text(f"**Returns** {item.doc.returns}", header))
        if item.doc.unsync:
            parts.append(self.text(f"**Not synchronised:** {item.doc.unsync}", header))
        thread = self.line(item.thread, header)
        parts.append(f"**Threads:** {thread.rstrip('.')}. **Since** {item.since}.\n")
        return parts

    # Text.

    def text(self, text: str, header: Header | None) -> str:
        return paragraphs(self.links(text, header)) + "\n"

    def line(self, text: str, header: Header | None) -> str:
        """Text for a table's cell."""
        return _cell(self.links(" ".join(text.split()), header))

    def links(self, text: str, header: Header | None) -> str:
        """Makes names of the library links, and code of constants."""

        def link(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            return self.link(f"`{name}`", self.target(name), header)

        return _NAME.sub(link, text)

    def type(self, type_: Type, header: Header) -> str:
        """A type's spelling, with a link to what it names."""
        name = type_.base if isinstance(type_, Named) else ""
        return self.link(_raw(type_.c()), self.targets.get(name, ""), header)

    @staticmethod
    def link(text: str, target: str, header: Header | None) -> str:
        if header is not None:
            target = target.removeprefix(f"{header.name}.md")
        return f"[{text}]({target})" if target else text

    def target(self, name: str) -> str:
        """Page that explains a name: also `ALD_KIND_<X>`, by the first constant of that form."""
        if name.endswith("_<X>"):
            name = next((n for n in self.targets if n.startswith(name[:-3])), "")
        return self.targets.get(name, "")


def _by_section(header: Header) -> tuple[list[Declaration], ...]:
    """Types, constants and functions; a typedef with an enum is shown with its constants."""
    paired = {item.name for item in header.items if isinstance(item, Enum)}
    types: list[Declaration] = []
    constants: list[Declaration] = []
    functions: list[Declaration] = []
    for item in header.items:
        if isinstance(item, Function):
            functions.append(item)
        elif isinstance(item, Enum):
            constants.append(item)
        elif item.name not in paired:
            types.append(item)
    return types, constants, functions


def _page_order(header: Header) -> list[Declaration]:
    return [item for items in _by_section(header) for item in items]


def _constants(item: Declaration) -> tuple[Constant, ...]:
    return item.constants if isinstance(item, Enum) else ()


def _number(enum: Enum, constant: Constant) -> str:
    return f"{constant.value:#x}" if enum.is_flags and constant.value > 8 else str(constant.value)


def _signature(item: Function) -> str:
    text = item.c()
    if len(text) <= 90:
        return text
    head, _, _ = text.partition("(")
    params = ",\n".join(f"    {param.c()}" for param in item.params)
    return f"{head}(\n{params});"


def _with_default(member: Field) -> str:
    default = member.doc.default
    return f"{member.doc.text} At first {default}." if default else member.doc.text


def _extent(member: Field) -> str:
    return "" if member.length is None else f"[{member.length}]"


def _code(text: str) -> str:
    return f"```c\n{text}\n```\n"


def _raw(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
