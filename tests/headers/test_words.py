"""Words of the glossary in docs/contributing: those that were given up do not come back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import ROOT

FOLDERS = ("include", "lib", "drivers", "python", "examples", "tests", "docs")
SUFFIXES = (
    ".c", ".cpp", ".h", ".hpp", ".jl", ".md", ".py", ".pyi", ".sh", ".toml", ".build", ".in",
)  # fmt: skip
# The glossary and this file name the words; licences are others' texts.
LEFT_ALONE = ("docs/contributing/README.md", "tests/headers/test_words.py", "docs/licences/")


def word(text: str) -> str:
    """A word in comments, and as a part of identifiers: `lane`, `lane_`, `_Lanes`, `FastLane`."""
    return rf"(?<![A-Za-z])(?i:{text})(?![A-Za-z])|(?<=[a-z]){text.capitalize()}(?![a-z])"


@dataclass(frozen=True)
class Given:
    """A word that was given up, and what to write."""

    old: str
    pattern: str
    rule: str
    # Where the word is the field's own.
    but: tuple[str, ...] = ()


GIVEN_UP = (
    Given("patience", word("(im)?patien(ce|t)(ly)?"),
          "a deadline, a timeout, a grace period, or a wait for a line (`line_wait`)"),
    Given("lane", word("lanes?"), "the request queue of a driver, or the executor's threads",
          ("dlpack", "lib/kernels/", "lib/md/", "lib/compose/")),
    Given("crew", word("crews?"), "a thread group (`thread_group`)"),
    Given("ensemble", word("ensembles?"), "steps that run in parallel (`parallel_steps`)",
          ("lib/md/", "md")),
    Given("conductor", word("conductors?"), "steps that run in parallel (`parallel_steps`)"),
    Given("wishes", word("wish(es)?"), "options"),
    Given("consumer", r"\bald_consumer|\bALD_CONSUMER",
          "a reader of a camera's frames is a frame stream (`ald_frame_stream`)"),
    Given("HostOp", r"\bHostOp\b", "an operation that the application ends is a `CompletableOp`"),
    Given("ReadableGroup", r"\bReadableGroup\b", "readables read together are a `ReadableSet`; a "
          "group has presets"),
    Given("host", r"\b([Tt]he|[Aa]n?|[Oo]ur|its) host(?!-|s? (table|and port|')|:)('s)?\b"
          r"|\bby_host_?\b|\brun_host|\bhost_(call|result|function|reader|taker)\b",
          "the application that uses the library; a host is what drivers run in",
          ("include/alidade/driver.h", "lib/driver/", "drivers/", "docs/drivers/", "sysfs.c",
           "lib/device/transports/", "docs/lines.md", "docs/decisions/third-party-sources.md",
           "docs/reference/driver.md", "generated.jl")),
)  # fmt: skip


def sources(root: Path) -> list[Path]:
    """Files whose words are ours."""
    return [
        file
        for folder in FOLDERS
        for file in sorted((root / folder).rglob("*"))
        if file.suffix in SUFFIXES and file.is_file()
    ]


def offences(root: Path) -> list[str]:
    """Each line with such a word, and what to write."""
    found = []
    for file in sources(root):
        name = file.relative_to(root).as_posix()
        if name.startswith(LEFT_ALONE):
            continue
        text = file.read_text("utf-8")
        rules = [
            given
            for given in GIVEN_UP
            if not any(part in name for part in given.but) and re.search(given.pattern, text)
        ]
        for number, line in enumerate(text.splitlines() if rules else [], 1):
            found += [
                f"{name}:{number}: '{match[0]}' was given up: write {given.rule}"
                for given in rules
                if (match := re.search(given.pattern, line))
            ]
    return found


def test_no_word_comes_back() -> None:
    assert sources(ROOT)
    assert offences(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("lib/device/a.cpp", "    lane requests_;", "'lane' was given up: write the request queue"),
        ("python/alidade/_a.py", "class FastLane:", "'Lane' was given up"),
        ("lib/base/async/a.hpp", "// Waits with patience.", "'patience' was given up"),
        ("lib/base/a.cpp", "std::int64_t patience_ns = 0;", "'patience' was given up"),
        ("lib/base/a.hpp", "    crew crew_;", "'crew' was given up: write a thread group"),
        ("lib/device/a.hpp", "namespace alidade::ensemble {", "'ensemble' was given up"),
        ("python/alidade/cli/_a.py", "def run(wishes: Wishes):", "'wishes' was given up"),
        ("include/alidade/a.h", " * A function of the host.", "the application"),
        ("lib/base/a.cpp", "// Threads are the host's.", "the application"),
        ("lib/base/a.hpp", "bool by_host_;", "the application"),
        ("include/alidade/a.h", "typedef struct ald_consumer ald_consumer;", "a frame stream"),
        ("tests/python/test_a.py", "op = HostOp()", "`CompletableOp`"),
    ],
)  # fmt: skip
def test_a_word_that_was_given_up_is_told(tmp_path: Path, file: str, line: str, told: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"\n{line}\n", "utf-8")
    (offence,) = offences(tmp_path)
    assert offence.startswith(f"{file}:2: ")
    assert told in offence


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("lib/base/value/dlpack.cpp", "pair.theirs.lanes == type.lanes"),
        ("lib/base/text/a.hpp", "plane_angle, planes, airplane"),
        ("docs/a.md", "the host table, `tcp:host:5000`, a host and port, the driver `host`"),
        ("lib/driver/a.hpp", "// The part of the host's table."),
        ("lib/md/run.cpp", "// An NVT ensemble."),
    ],
)
def test_the_field_s_own_words_may_stand(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n", "utf-8")
    assert offences(tmp_path) == []


def test_the_glossary_has_each_word() -> None:
    page = (ROOT / "docs/contributing/README.md").read_text("utf-8")
    rows = page.split("\n## Words\n")[1].split("\n## ")[0].splitlines()
    given_up = " ".join(row.split("|")[3] for row in rows if row.count("|") >= 4)
    assert [g.old for g in GIVEN_UP if g.old not in given_up] == []
