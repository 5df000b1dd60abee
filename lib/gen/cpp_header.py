"""Writes include/alidade/alidade.hpp: the nouns as C++ classes, over the C interface.

The classes have no state but their handle, and nothing is exported: whoever includes the header
compiles the calls into his own program.
"""

from __future__ import annotations

from .cpp_call import Call, call_of, std
from .cpp_names import Names, Place
from .model import Function, Library
from .nouns import Noun
from .output import NOTICE, wrap

FILE = "include/alidade/alidade.hpp"
_WIDTH = 100
_BASE = "::alidade::counted"
_HEAD = f"""\
// {NOTICE}
// clang-format off
//
// The C interface as C++20: handles that count references, exceptions, spans and string views.
//
//     #include <alidade/alidade.hpp>
//
//     alidade::device stage = alidade::device::make("stage", "mock-movable");
//     stage.open();
//     alidade::movable(stage).move_abs(10);
//
// A class has the functions of its noun: `ald_queue_push` is `alidade::queue::push`, and
// `ald_queue_new` is `alidade::queue::make`. Documentation, units and errors are those of the C
// function; what fails throws a class that derives from `alidade::error`.
#ifndef ALIDADE_ALIDADE_HPP
#define ALIDADE_ALIDADE_HPP

#include <alidade/handles.hpp>

#include <tuple>

"""


def render(library: Library) -> dict[str, str]:
    """The header's text by its path."""
    return {FILE: _Writer(library).text()}


class _Writer:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.names = Names(library)
        self.members: dict[str, list[tuple[Function, Place]]] = {}
        for function in library.functions:
            place = self.names.place(function)
            if place:
                self.members.setdefault(place.owner, []).append((function, place))

    def text(self) -> str:
        nouns = list(self.names.nouns.values())
        parts = [_HEAD, "namespace alidade {\n", self.errors()]
        parts.append("".join(f"class {noun.name};\n" for noun in nouns))
        parts += [self.noun(noun) for noun in nouns]
        parts += [self.facet(name, noun) for name, noun in self.names.facets.items()]
        parts += [self.declaration(*member, "") for member in self.members.get("", [])]
        for members in self.members.values():
            parts += [self.definition(*member) for member in members]
        parts.append("} // namespace alidade\n\n#endif\n")
        return "\n".join(parts)

    def errors(self) -> str:
        """A class for each status, and what throws them."""
        classes, cases = "", ""
        for enum in self.library.enums:
            if enum.name != "ald_status":
                continue
            for constant in enum.constants:
                if constant.value < 0:
                    name = f"{enum.short_name(constant).lower()}_error"
                    brief = constant.doc.paragraph
                    classes += (
                        f"// {brief}\nclass {name} : public error {{ using error::error; }};\n"
                    )
                    cases += f"    case {constant.name}: throw {name}(status, why);\n"
        return (
            f"{classes}\ninline void raise(ald_status status, ald_error *why) {{\n"
            f"    switch (status) {{\n{cases}    default: throw error(status, why);\n    }}\n}}\n"
        )

    def noun(self, noun: Noun) -> str:
        handle = noun.handle
        doc = self.library.types[handle].doc.paragraph
        base = f"{_BASE}<{handle}, {noun.constant.name}, {handle}_ref, {handle}_unref>"
        return (
            f"{wrap(doc, '// ')}\nclass {noun.name}\n    : public {base} {{\npublic:\n"
            "    using counted::counted;\n"
            f"{self.declarations(noun.name)}{self.bytes_of(noun)}}};\n"
        )

    def facet(self, name: str, noun: Noun) -> str:
        own = f"    {name}(::alidade::{noun.name} of) noexcept : {noun.name}(std::move(of)) {{}}\n"
        return (
            f"// {noun.with_article.replace('ald_', '').capitalize()} with the functions "
            f"`ald_{name}_<verb>`.\nclass {name} : public {noun.name} {{\npublic:\n"
            f"    using {noun.name}::{noun.name};\n{own}{self.declarations(name)}}};\n"
        )

    def bytes_of(self, noun: Noun) -> str:
        """Span of bytes of a noun that has an address and a size; "" for others."""
        verbs = {place.name: function for function, place in self.members.get(noun.name, [])}
        if "data" not in verbs or "size" not in verbs:
            return ""
        return (
            "\n    // The memory.\n    [[nodiscard]] std::span<const std::byte> bytes() const {\n"
            "        return {static_cast<const std::byte *>(data()), size()};\n    }\n"
        )

    def declarations(self, owner: str) -> str:
        return "".join(
            "\n" + self.declaration(function, place, "    ")
            for function, place in self.members.get(owner, [])
        )

    def declaration(self, function: Function, place: Place, indent: str) -> str:
        call = self.call(function, place)
        result = _result(function, call)
        params = [
            f"{param}{f' = {default}' if default else ''}" for param, default in _params(call)
        ]
        static = "static " if place.is_static else "" if place.owner else "inline "
        unused = "" if result == "void" else "[[nodiscard]] " if not function.has_error else ""
        const = self.constness(function, place)
        comment = wrap(f"{function.doc.brief} `{function.name}`", f"{indent}// ")
        head = f"{indent}{unused}{static}{result} {place.name}"
        return f"{comment}\n{_broken(head, params, f'{const};')}\n"

    def definition(self, function: Function, place: Place) -> str:
        call = self.call(function, place)
        params = [param for param, _ in _params(call)]
        scope = f"{place.owner}::" if place.owner else ""
        head = f"inline {_result(function, call)} {scope}{place.name}"
        lines = [f"    {line}\n" for line in call.before]
        if function.has_error:
            lines.insert(0, "    ald_error *err_ = nullptr;\n")
            begin = f"    const ald_status status_ = {function.name}"
            lines.append(_broken(begin, [*call.arguments, "&err_"], ";") + "\n")
            lines.append("    ::alidade::detail::check(status_, err_);\n")
            given = [expression for _, expression in call.results]
            if len(given) == 1:
                lines.append(f"    return {given[0]};\n")
            elif given:
                lines.append(f"    return {{{', '.join(given)}}};\n")
        else:
            made = f"{function.name}({', '.join(call.arguments)})"
            answer = f"{made} == 1" if _is_bool(function) else made
            lines.append(f"    {'' if function.result.is_void else 'return '}{answer};\n")
        opened = _broken(head, params, f"{self.constness(function, place)} {{")
        return f"{opened}\n{''.join(lines)}}}\n"

    def call(self, function: Function, place: Place) -> Call:
        return call_of(self.names, function, bool(place.owner) and not place.is_static)

    def constness(self, function: Function, place: Place) -> str:
        is_method = place.owner and not place.is_static
        reads = is_method and getattr(function.params[0].type, "const", False)
        return " const" if reads else ""


def _params(call: Call) -> list[tuple[str, str]]:
    """Each parameter with its default, if all that follow have one too."""
    found: list[tuple[str, str]] = []
    for type_, name, default in reversed(call.params):
        allowed = not found or bool(found[-1][1])
        glue = "" if not name or type_.endswith(("*", "&")) else " "
        found.append((f"{type_}{glue}{name}", default if allowed else ""))
    return found[::-1]


def _broken(head: str, words: list[str], tail: str) -> str:
    """`head(words)tail`, on as many lines as it needs."""
    line = f"{head}({', '.join(words)}){tail}"
    if len(line) <= _WIDTH:
        return line
    indent = head[: len(head) - len(head.lstrip())] + " " * 8
    listed = wrap(", ".join(words), indent, width=_WIDTH)
    return f"{head}(\n{listed}){tail}"


def _result(function: Function, call: Call) -> str:
    if function.has_error:
        types = [type_ for type_, _ in call.results]
        return (
            types[0] if len(types) == 1 else f"std::tuple<{', '.join(types)}>" if types else "void"
        )
    if _is_bool(function):
        return "bool"
    return "std::string_view" if function.result.c() == "const char *" else std(function.result.c())


def _is_bool(function: Function) -> bool:
    return function.result.c() == "int32_t" and function.doc.returns.startswith("1 ")
