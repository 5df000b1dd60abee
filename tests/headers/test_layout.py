"""The top level of the project: the folders of its layout, and what every project has."""

from __future__ import annotations

import subprocess

from conftest import ROOT

LAYOUT = {"meson.build", "include", "lib", "drivers", "python", "examples", "tests", "docs"}
OF_EVERY_PROJECT = {"README.md", "LICENSE", "pyproject.toml", "CHANGELOG.md", "meson.options"}


def test_the_top_level_holds_what_the_layout_names() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    top = {path.partition("/")[0] for path in listed if (ROOT / path).exists()}
    assert {name for name in top if name[0] != "."} == LAYOUT | OF_EVERY_PROJECT
