"""Compares the library's ABI with that of the last release.

A release is a git tag v<major>.<minor>.<patch>. Both libraries are built alike, with debug
information, and given to abidiff. A difference needs a line ``- ABI: ...`` in the part of the
changelog that is newer than the release; from version 1.0 on nothing may break at all. New
functions are no difference.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
# Bits of abidiff's exit status: it could not compare; something differs.
FAILED = 1 | 2
DIFFERS = 4


class CheckError(Exception):
    """The two libraries could not be compared."""


@dataclass(frozen=True)
class Tree:
    """A source tree and the library that was built of it."""

    include: Path
    library: Path


def last_release(root: Path) -> str | None:
    """The newest release that the current commit contains."""
    text = subprocess.run(
        ["git", "tag", "--merged", "HEAD", "--list", "v*"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    releases = [tag for tag in text.split() if TAG.fullmatch(tag)]
    return max(releases, key=version, default=None)


def version(tag: str) -> tuple[int, ...]:
    """The numbers of a release's tag."""
    match = TAG.fullmatch(tag)
    assert match is not None
    return tuple(map(int, match.groups()))


def export(root: Path, tag: str, to: Path) -> None:
    """Writes the source tree of a tag into a new folder."""
    archive = subprocess.run(
        ["git", "archive", "--format=tar", tag], cwd=root, check=True, capture_output=True
    ).stdout
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(to)


def build(source: Path, folder: Path) -> Tree:
    """Builds the library of a source tree, with debug information."""
    log = folder.with_suffix(".log")
    commands = [
        [
            "meson", "setup", folder, source, "--reconfigure", "-Dbuildtype=debug",
            "-Dtests=false", "-Dexamples=false",
        ],
        ["ninja", "-C", folder],
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        for command in commands:
            ended = subprocess.run(
                [*map(str, command)], stdout=output, stderr=subprocess.STDOUT, check=False
            )
            if ended.returncode != 0:
                raise CheckError(f"{source} cannot be built; see {log}")
    return Tree(source / "include", (folder / "lib" / "libalidade.so").resolve())


def difference(old: Tree, new: Tree) -> str:
    """What abidiff says; empty if it found no difference."""
    ended = subprocess.run(
        [
            "abidiff", "--no-added-syms", "--headers-dir1", str(old.include),
            "--headers-dir2", str(new.include), str(old.library), str(new.library),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode & FAILED:
        raise CheckError(f"abidiff failed: {ended.stderr.strip()}")
    return ended.stdout if ended.returncode & DIFFERS else ""


def announced(changelog: str, tag: str) -> bool:
    """Tells whether the changelog names a change of the ABI since a release."""
    newer = re.split(rf"^## {re.escape(tag[1:])}\b", changelog, maxsplit=1, flags=re.MULTILINE)[0]
    return re.search(r"^- ABI: \S", newer, re.MULTILINE) is not None


def check(root: Path, scratch: Path, builder: Callable[[Path, Path], Tree] = build) -> str:
    """Compares; returns what to tell, or raises CheckError with what is wrong."""
    tag = last_release(root)
    if tag is None:
        return "there is no release yet: nothing to compare the ABI with"
    export(root, tag, scratch / "released")
    found = difference(
        builder(scratch / "released", scratch / "build-released"),
        builder(root, scratch / "build-now"),
    )
    if not found:
        return f"the ABI is that of {tag}, but for what was added"
    if version(tag) >= (1, 0, 0):
        raise CheckError(f"{found}\nthe ABI of {tag} is broken; give changed functions a new name")
    if not announced((root / "CHANGELOG.md").read_text("utf-8"), tag):
        raise CheckError(
            f"{found}\nthe ABI differs from that of {tag}; undo that, or say so in CHANGELOG.md "
            "above that release: a line '- ABI: ...'"
        )
    return f"the ABI differs from that of {tag}, as CHANGELOG.md says"


def main() -> int:
    """Runs the check in a folder for what it builds."""
    scratch = Path(sys.argv[1]).resolve()
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    try:
        print(check(ROOT, scratch))
    except CheckError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
