"""The comparison with the last release, tried on a small library."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from check import CheckError, Tree, check

HEADER = "struct info {{ unsigned size; {member} value; }};\nint get(struct info *to);\n{more}"
SOURCE = '#include "toy.h"\nint get(struct info *to) {{ return (int)to->value; }}\n{more}'
CHANGELOG = "# Changes\n\n{newer}## {released} (2026-01-01)\n\n- ABI: what was before.\n"


class Project:
    """A repository with a library of one function."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet")

    def git(self, *words: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", *identity, *words], cwd=self.root, check=True)

    def write(self, member: str = "int", newer: str = "", more: str = "") -> None:
        """One state of it: the type of a member, what the changelog says, a second function."""
        declared = "int second(void);\n" if more else ""
        (self.root / "include").mkdir(exist_ok=True)
        (self.root / "include" / "toy.h").write_text(HEADER.format(member=member, more=declared))
        (self.root / "toy.c").write_text(SOURCE.format(more=more))
        (self.root / "CHANGELOG.md").write_text(CHANGELOG.format(newer=newer, released="0.1.0"))

    def release(self, tag: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", tag)
        self.git("tag", tag)


def compile_toy(source: Path, folder: Path) -> Tree:
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "libtoy.so"
    include = source / "include"
    subprocess.run(
        ["gcc", "-g", "-shared", "-fPIC", f"-I{include}", "-o", library, source / "toy.c"],
        check=True,
    )
    return Tree(include, library)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "toy"
    root.mkdir()
    made = Project(root)
    made.write()
    return made


def run(project: Project) -> str:
    return check(project.root, project.root.parent / "scratch", compile_toy)


def test_it_builds_with_meson(project: Project) -> None:
    lib = project.root / "lib"
    lib.mkdir()
    (project.root / "meson.build").write_text("project('toy', 'c')\nsubdir('lib')\n")
    (project.root / "meson.options").write_text(
        "option('tests', type: 'boolean')\noption('examples', type: 'boolean')\n"
    )
    (lib / "meson.build").write_text(
        "shared_library('alidade', '../toy.c', version: '0.1.0',\n"
        "  include_directories: '../include')\n"
    )
    project.release("v0.1.0")
    assert "is that of v0.1.0" in check(project.root, project.root.parent / "scratch")
    project.write(member="double")
    with pytest.raises(CheckError, match="struct info"):
        check(project.root, project.root.parent / "scratch")


def test_without_a_release_it_says_so(project: Project) -> None:
    project.release("not-a-release")
    assert "no release yet" in run(project)


def test_the_same_passes(project: Project) -> None:
    project.release("v0.1.0")
    assert "is that of v0.1.0" in run(project)


def test_what_is_added_passes(project: Project) -> None:
    project.release("v0.1.0")
    project.write(more="int second(void) { return 2; }\n")
    assert "is that of v0.1.0" in run(project)


def test_a_break_without_a_line_fails(project: Project) -> None:
    project.release("v0.1.0")
    project.write(member="double")
    with pytest.raises(CheckError, match=r"CHANGELOG\.md"):
        run(project)


def test_a_break_with_a_line_passes(project: Project) -> None:
    project.release("v0.1.0")
    project.write(member="double", newer="## 0.2.0\n\n- ABI: the value is a double.\n\n")
    assert "as CHANGELOG.md says" in run(project)


def test_a_function_that_is_gone_fails(project: Project) -> None:
    project.write(more="int second(void) { return 2; }\n")
    project.release("v0.1.0")
    project.write()
    with pytest.raises(CheckError, match="second"):
        run(project)


def test_from_1_0_on_no_line_helps(project: Project) -> None:
    project.release("v0.9.0")
    project.git("tag", "v1.0.0")
    project.write(member="double", newer="- ABI: the value is a double.\n")
    with pytest.raises(CheckError, match=r"v1\.0\.0 is broken"):
        run(project)


def test_the_newest_release_counts(project: Project) -> None:
    project.release("v0.9.0")
    project.write(member="double", newer="- ABI: x\n")
    project.release("v0.10.0")
    assert "is that of v0.10.0" in run(project)
