"""Doc comments: `/** brief  @param x ...  @return ...  @thread ...  @since 0.1 */`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

TAGS = ("file", "param", "return", "thread", "since", "unsync", "default")

_FIRST_SENTENCE = re.compile(r"(?s).*?[.!?](?=\s|$)")


@dataclass(frozen=True)
class Doc:
    """A doc comment, taken apart. `text` keeps its lines; the texts of tags are one line each."""

    text: str = ""
    params: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    thread: str = ""
    since: str = ""
    unsync: str | None = None
    default: str = ""
    is_file: bool = False

    @property
    def brief(self) -> str:
        """The first sentence, on one line."""
        paragraph = self.text.split("\n\n")[0]
        sentence = _FIRST_SENTENCE.match(paragraph)
        return " ".join((sentence.group() if sentence else paragraph).split())

    @property
    def paragraph(self) -> str:
        """The text as one line."""
        return " ".join(self.text.split())


Report = Callable[[int, str], None]


def parse_comment(comment: str, report: Report) -> Doc:
    """Takes a `/** ... */` apart; `report(line, text)` hears of mistakes, lines from 0."""
    text: list[str] = []
    params: dict[str, str] = {}
    single: dict[str, str] = {}
    for number, tag, lines in _sections(comment):
        value = " ".join(" ".join(lines).split())
        if tag == "":
            text = lines
        elif tag not in TAGS:
            report(number, f"unknown tag @{tag}")
        elif tag == "param":
            name, _, value = value.partition(" ")
            if name in params:
                report(number, f"@param {name} a second time")
            params[name] = value
        elif tag in single:
            report(number, f"@{tag} a second time")
        else:
            single[tag] = value
            if tag == "file":  # what follows is the file's text
                text = lines
    return Doc(
        text="\n".join(text).strip(),
        params=params,
        returns=single.get("return", ""),
        thread=single.get("thread", ""),
        since=single.get("since", ""),
        unsync=single.get("unsync"),
        default=single.get("default", ""),
        is_file="file" in single,
    )


def _sections(comment: str) -> list[tuple[int, str, list[str]]]:
    """Splits a comment at the tags that begin a line: (line, tag or "", lines of text)."""
    body = comment.removeprefix("/**").removesuffix("*/")
    sections: list[tuple[int, str, list[str]]] = [(0, "", [])]
    for number, line in enumerate(body.split("\n")):
        line = re.sub(r"^\s*(\*( |$))?", "", line) if number else line.strip()
        if match := re.match(r"@(\w+)\s*(.*)", line):
            sections.append((number, match[1], [match[2].rstrip()]))
        else:
            sections[-1][2].append(line.rstrip())
    return sections
