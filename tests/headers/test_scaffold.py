"""A new noun, made in a copy of the tree: what is made of it is fresh, and its C++ compiles."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gen import rooms
from gen.__main__ import main
from gen.rooms import Room

PARTS = (
    "include", "lib", "docs", "python/alidade", "examples/julia/Alidade", "tests/capi",
    "tests/unit", "tests/abi", "tests/meson.build", "meson.build", "CHANGELOG.md",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path, root: Path) -> Path:
    for part in PARTS:
        target = tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (root / part).is_dir():
            shutil.copytree(root / part, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / part, target)
    return tmp_path


def texts(tree: Path) -> dict[str, str]:
    """Every text file of a tree."""
    return {
        path.relative_to(tree).as_posix(): path.read_text("utf-8", "replace")
        for path in tree.rglob("*")
        if path.is_file()
    }


def by_hand(told: str) -> set[str]:
    """The files that the command names as those to be filled."""
    mark = "by hand from now on: "
    return {line[len(mark) :] for line in told.splitlines() if line.startswith(mark)}


def test_a_new_noun_is_fresh_and_compiles(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(tree)
    assert main(["--root", str(tree), "--new", "ledger"]) == 0
    told = capsys.readouterr().out
    assert main(["--root", str(tree), "--check"]) == 0
    changed = {name for name, text in texts(tree).items() if before.get(name) != text}
    generated = {line.split(" ", 1)[1] for line in told.splitlines() if line.startswith("wrote ")}
    assert changed == by_hand(told) | generated
    assert len(by_hand(told)) <= 12
    skins = (tree / "lib/abi/skins.cpp").read_text("utf-8")
    for name in ("options_init", "ref", "unref"):  # although lib/abi/ledger.cpp calls the first
        assert f"void ald_ledger_{name}(" in skins
    units = {name for name in by_hand(told) if name.startswith("tests/unit")}
    sources = ["lib/base/ledger.cpp", "lib/abi/ledger.cpp", "lib/abi/skins.cpp", *units]
    for source in sources:
        flags = ["-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only"]
        done = subprocess.run(
            ["g++", *flags, "-Iinclude", "-Ilib", source],
            cwd=tree, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    for source in sorted(by_hand(told)):
        if source.endswith(".py"):
            compile((tree / source).read_text("utf-8"), source, "exec")
        left = re.findall(r"@[A-Za-z]+@", (tree / source).read_text("utf-8"))
        assert not left, f"{source}: {left}"


def test_a_new_noun_of_a_room(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "ROOMS", (Room("garden", "Beds and what grows in them."),))
    build = tree / "lib/garden/meson.build"
    build.parent.mkdir()
    region = "  # lib/gen writes the list of sources from here\n  # to here\n"
    build.write_text(f"room_sources = files(\n{region})\n", "utf-8")
    units = tree / "tests/meson.build"
    more = "'unit_garden': {\n  'tests': {\n  },\n},\n"
    units.write_text(units.read_text("utf-8") + more, "utf-8")
    assert main(["--root", str(tree), "--new", "flower_bed", "--room", "garden"]) == 0
    assert main(["--root", str(tree), "--check"]) == 0
    assert "  'flower_bed.cpp',\n" in build.read_text("utf-8")
    assert "  'flower_bed': with_threads,\n" in units.read_text("utf-8").partition(more[:14])[2]
    header = (tree / "include/alidade/garden_flower_bed.h").read_text("utf-8")
    assert "ald_status ald_garden_flower_bed_new(" in header
    python = (tree / "python/alidade/garden/flower_bed.py").read_text("utf-8")
    assert 'class FlowerBed(Handle, type="garden_flower_bed"):' in python
    assert "from .._handle import Handle" in python
    assert (tree / "python/alidade/aio/garden/__init__.py").is_file()
    assert "module Garden" in (tree / "examples/julia/Alidade/src/Garden.jl").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--new", "Ledger"], "'Ledger' is no noun"),
        (["--new", "queue"], "include/alidade/queue.h is there already"),
        (["--new", "ledger", "--room", "cellar"], "lib/cellar is no room"),
    ],
)
def test_what_is_no_new_noun_changes_nothing(
    tree: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(tree)
    assert main(["--root", str(tree), *arguments]) == 1
    assert said in capsys.readouterr().err
    assert texts(tree) == before


def test_the_command_says_what_it_takes() -> None:
    command = [sys.executable, "lib/gen", "--help"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert "--new NOUN" in done.stdout
