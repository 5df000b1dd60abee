from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runner import changed
from runner.changed import changed_files, select
from runner.log import ROOT
from runner.steps import all_steps


def steps_of(*files: str) -> set[str] | None:
    steps = select(files).steps
    return None if steps is None else set(steps)


def test_an_unknown_path_reaches_everything() -> None:
    assert steps_of("docs/index.md", "lib/base/queue.cpp") is None
    assert steps_of("meson.build") is None
    assert steps_of("new/file") is None


def test_every_change_is_linted() -> None:
    assert steps_of("tests/julia/runtests.jl") == {"lint", "julia"}
    assert steps_of() == {"lint"}


def test_tests_of_python_reach_themselves() -> None:
    selection = select(["tests/python/test_queue.py", "tests/python/test_op.py"])
    assert selection.steps == {"lint", "python", "address_python"}
    assert selection.python_files == {"test_queue.py", "test_op.py"}


def test_what_tests_share_reaches_all_of_them() -> None:
    assert not select(["tests/python/test_queue.py", "tests/python/support.py"]).python_files
    assert not select(["tests/python/test_queue.py", "python/alidade/op.py"]).python_files


def test_docs_reach_the_tests_that_read_them() -> None:
    assert select(["docs/install.md"]).python_files >= {"test_docs.py"}


def test_the_table_names_steps_that_there_are() -> None:
    known = {step.name for step in all_steps(full=False)}
    for pattern, reached in changed._REACHES:
        assert set(reached) <= known, pattern


def test_the_table_names_files_that_there_are() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for pattern, _ in changed._REACHES:
        assert any(changed.fnmatchcase(f, pattern) for f in files), pattern
    for name in changed._READERS:
        assert (ROOT / "tests" / "python" / name).exists()


def test_changed_files_are_those_of_the_branch_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changed, "ROOT", tmp_path)

    def git(*words: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    (tmp_path / "old").write_text("1\n2\n3\n")
    (tmp_path / "same").write_text("")
    git("add", ".")
    git("commit", "-m", "first")
    assert changed_files() == []
    git("checkout", "-b", "branch")
    git("mv", "old", "moved")
    git("commit", "-m", "second")
    (tmp_path / "new").write_text("")
    assert changed_files() == ["moved", "new", "old"]
    assert changed_files("HEAD") == ["new"]
