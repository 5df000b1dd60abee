from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.batches import MOST, batches, declared_names, must_stand_alone
from runner.clean_cache import CleanCache
from tidy import Tidy, flags_of

CLEAN = """#include "lib/thing.hpp"
int {name}(int a) {{ return twice(a); }}
"""


def test_names_at_the_left_margin_are_those_of_a_source() -> None:
    text = "struct reader {\n    int inside;\n};\nint read(int a) {\n    return a;\n}\nint n = 3;\n"
    assert declared_names(text) == {"reader", "read", "n"}


def test_sources_that_share_a_name_share_no_batch() -> None:
    flags = ("-I.",)
    made = batches(
        [
            ("a.cpp", flags, "int one();\n"),
            ("b.cpp", flags, "int two();\n"),
            ("c.cpp", flags, "int one();\n"),
            ("d.cpp", ("-Iother",), "int three();\n"),
            ("e.cpp", flags, "using std::vector;\n"),
        ]
    )
    assert [b.sources for b in made] == [["a.cpp", "b.cpp"], ["c.cpp"], ["d.cpp"], ["e.cpp"]]
    many = batches([(f"{i}.cpp", flags, "") for i in range(MOST + 1)])
    assert [len(b.sources) for b in many] == [MOST, 1]


def test_sources_judged_as_main_files_stand_alone() -> None:
    assert must_stand_alone("    using std::vector;\n")
    assert must_stand_alone("namespace fs = std::filesystem;\n")
    assert not must_stand_alone("using bytes = std::vector<char>;\nusing namespace std;\n")


def test_flags_of_a_compile_command() -> None:
    command = (
        "/usr/bin/ccache g++ -Ilib/a.p -I../lib -fpch-preprocess -include pch.hpp -std=c++20"
        " -MD -MQ a.o -MF a.o.d -o a.o -c ../lib/a.cpp"
    )
    flags = flags_of(command, "../lib/a.cpp")
    assert flags == ("-I../lib", "-std=c++20", "-Wno-unknown-warning-option")


class Project:
    """A few sources and the folder of their build."""

    def __init__(self, folder: Path) -> None:
        self.lib = folder / "lib"
        self.build = folder / "build"
        self.lib.mkdir()
        self.build.mkdir()
        self.header = self.lib / "thing.hpp"
        self.header.write_text("#pragma once\ninline int twice(int a) { return 2 * a; }\n")
        self.sources = [self.write(name, CLEAN.format(name=name)) for name in ("one", "two")]

    def write(self, name: str, text: str) -> str:
        (self.lib / f"{name}.cpp").write_text(text)
        return str(self.lib / f"{name}.cpp")

    def run(self, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
        """What is said of the sources, and how many were looked at."""
        commands = [{"file": s, "command": f"g++ -I.. -c {s}"} for s in self.sources]
        (self.build / "compile_commands.json").write_text(json.dumps(commands))
        said = Tidy(self.build, analyze=False).run(self.sources)
        return said, capsys.readouterr().out.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Project(tmp_path)


def test_what_was_clean_is_skipped_until_its_text_changes(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.run(capsys) == ("", "2 sources, 2 to look at in 1 batches")
    assert project.run(capsys) == ("", "2 sources, 0 to look at in 0 batches")
    project.write("one", CLEAN.format(name="other"))
    assert project.run(capsys) == ("", "2 sources, 1 to look at in 1 batches")
    # A comment can be a NOLINT, and a macro can be named wrongly, so that both count.
    project.header.write_text(project.header.read_text() + "#define TWICE 2 // told\n")
    assert project.run(capsys) == ("", "2 sources, 2 to look at in 1 batches")


def test_a_fault_in_a_batch_is_told_of_its_source_each_time(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("two", "int same(int a) { return a - a; }\n")
    for _ in range(2):
        said, _ = project.run(capsys)
        assert "two.cpp:1" in said
        assert "misc-redundant-expression" in said
    project.write("two", CLEAN.format(name="two"))
    assert project.run(capsys) == ("", "2 sources, 1 to look at in 1 batches")
    assert project.run(capsys) == ("", "2 sources, 0 to look at in 0 batches")


def test_sources_that_do_not_compile_together_are_looked_at_alone(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = "    struct clash {};\n"  # a name that no line at the margin shows
    for name in ("one", "two"):
        project.write(name, hidden + CLEAN.format(name=name))
    assert project.run(capsys) == ("", "2 sources, 2 to look at in 1 batches")


def test_only_clean_results_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = CleanCache("test")
    key = CleanCache.key("a", b"bc")
    assert key != CleanCache.key("ab", b"c")
    assert not cache.has(key)
    cache.add(key)
    cache.prune()
    assert cache.has(key)
