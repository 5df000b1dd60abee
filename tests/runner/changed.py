"""Maps changed files to the steps and Python test files that they can reach.

The table is kept coarse: a path that no line names reaches everything.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from runner.log import ROOT

_PYTHON = ("python", "address_python")
_NATIVE = ("tidy", "release", "address", "thread")
# Tests that read the documentation and the examples.
_READERS = ("test_docs.py", "test_examples.py", "test_locale.py")

# The first pattern that fits counts; `*` crosses folders. Every change is linted besides.
_REACHES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("docs/reference/*", ("headers",)),
    ("docs/symbols-in-versions", ("headers",)),
    ("docs/licences/*", ("wheel",)),
    ("docs/*", ("python",)),
    ("README.md", ("python", "wheel")),
    ("CHANGELOG.md", ("abi",)),
    ("python/alidade/*", (*_PYTHON, "headers", "rooms", "wheel")),
    ("tests/python/*", _PYTHON),
    ("tests/unit/*", _NATIVE),
    ("tests/capi/test_install.py", ("install",)),
    ("tests/capi/*", (*_NATIVE, "headers")),
    ("tests/support/*", _NATIVE),
    ("tests/drivers/*", _NATIVE),
    ("tests/headers/*", ("headers",)),
    ("tests/abi/*", ("abi", "headers")),
    ("tests/julia/*", ("julia",)),
    ("tests/wheel/*", ("wheel",)),
    ("tests/fuzz/*", ("fuzz",)),
    ("tests/floors/*", ("release",)),
    ("tests/third_party/*", ("third_party",)),
    ("tests/rooms/*", ("rooms",)),
    ("tests/bench/*", ("release", "python")),
    ("examples/julia/*", ("julia", "headers", "wheel")),
    ("examples/*", ("release", "python", "install")),
)


@dataclass(frozen=True)
class Selection:
    """Steps to run, None for all; and files below tests/python, none for all."""

    steps: frozenset[str] | None = None
    python_files: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.steps is None:
            return "everything"
        files = f" ({' '.join(sorted(self.python_files))})" if self.python_files else ""
        return ", ".join(sorted(self.steps)) + files


def _python_files(path: str) -> set[str] | None:
    """The Python tests that a file can reach, None for all of them."""
    if path.startswith(("docs/", "examples/")) or path == "README.md":
        return set(_READERS)
    inside = path.removeprefix("tests/python/")
    if inside != path and PurePosixPath(inside).name.startswith("test_"):
        return {inside} if (ROOT / path).exists() else set()
    return None


def select(files: Iterable[str]) -> Selection:
    """What the change of some files can reach."""
    steps = {"lint"}
    python_files: set[str] = set()
    all_python = False
    for path in files:
        reached = next((to for pattern, to in _REACHES if fnmatchcase(path, pattern)), None)
        if reached is None:
            return Selection()
        steps |= set(reached)
        if "python" in reached:
            chosen = _python_files(path)
            all_python |= chosen is None
            python_files |= chosen or set()
    return Selection(frozenset(steps), frozenset() if all_python else frozenset(python_files))


def _git(*words: str) -> list[str]:
    said = subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return said.splitlines()


def _base() -> str:
    """The commit that a branch has in common with main; on main itself: what is committed."""
    for name in ("origin/main", "main"):
        found = subprocess.run(
            ["git", "merge-base", "HEAD", name], cwd=ROOT, check=False, capture_output=True,
            text=True,
        )  # fmt: skip
        if found.returncode == 0:
            return found.stdout.strip()
    return "HEAD"


def changed_files(since: str = "") -> list[str]:
    """The files that differ from a commit, with those that git does not know yet."""
    base = since or _base()
    # Both names of a file that was moved.
    changed = _git("diff", "--name-only", "--no-renames", base, "--")
    return sorted({*changed, *_git("ls-files", "--others", "--exclude-standard")})
