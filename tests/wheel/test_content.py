"""What is in the wheel, and for which machines it says it is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import libraries
import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 25_000_000
FOR_OTHERS = ("include/", "lib/", "share/")


def test_tag_is_for_every_python_and_common_machines(wheel: Path, archive: zipfile.ZipFile) -> None:
    match = re.fullmatch(
        r"alidade-([0-9.]+)-py3-none-(manylinux_(\d+)_(\d+)_x86_64)\.whl", wheel.name
    )
    assert match, wheel.name
    assert (int(match[3]), int(match[4])) <= (2, 34), "newer than the C library of RHEL 9"
    about = archive.read(f"alidade-{match[1]}.dist-info/WHEEL").decode()
    assert f"Tag: py3-none-{match[2]}\n" in about + "\n"
    assert "Root-Is-Purelib: false" in about


def wheel_tag() -> ModuleType:
    """`.ci/wheel_tag.py`, which lies in no package."""
    spec = importlib.util.spec_from_file_location("wheel_tag", ROOT / ".ci" / "wheel_tag.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_asks_for_nothing_that_the_systems_named_in_the_docs_lack(
    archive: zipfile.ZipFile,
) -> None:
    assert wheel_tag().too_new(archive) == [], "see Dependencies in docs/decisions"


def test_a_newer_symbol_is_found_and_named(archive: zipfile.ZipFile) -> None:
    too_new = wheel_tag().too_new
    (of_c,) = too_new(archive, {"GLIBC": (2, 33)})[:1]
    assert of_c.startswith(f"{libraries.OURS} needs ")
    assert of_c.endswith(" of GLIBC_2.34; the newest allowed is GLIBC_2.33")
    found = too_new(archive, {"GLIBCXX": (3, 4, 28)})
    assert any("to_chars" in line and "GLIBCXX_3.4.28" in line for line in found), found
    assert too_new(archive, {"GLIBCXX": (3, 4, 29)}) == []


def test_weighs_little(wheel: Path, record_property: Callable[[str, object], None]) -> None:
    size = wheel.stat().st_size
    record_property("wheel_bytes", size)
    print(f"{wheel.name}: {size / 1e6:.2f} MB of at most {MOST_BYTES / 1e6:.0f} MB")
    assert size <= MOST_BYTES


def test_size_and_what_set_the_tag_are_told(wheel: Path) -> None:
    told = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "wheel_tag.py"), str(wheel)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert re.search(rf"{re.escape(wheel.name)}: \d+\.\d\d MB\n", told), told
    assert re.search(rf"{re.escape(libraries.OURS)}: GLIBC_2\.\d+ for \w+", told), told
    assert re.search(rf"{re.escape(libraries.OURS)}: GLIBCXX_3\.4\.\d+ for \w+", told), told


def test_carries_the_package_and_nothing_compiled_for_one_python(
    archive: zipfile.ZipFile,
) -> None:
    names = archive.namelist()
    assert libraries.OURS in names
    for needed in ("__init__.py", "_ffi.py", "_constants.py", "py.typed", "cli/__init__.py"):
        assert f"alidade/{needed}" in names
    sources = {
        str(path.relative_to(ROOT / "python"))
        for path in (ROOT / "python" / "alidade").rglob("*")
        if path.is_file() and path.suffix in {".py", ".pyi", ".toml", ".typed"}
    }
    assert sources <= set(names), sorted(sources - set(names))
    outside = [n for n in names if not re.match(r"alidade(/|\.libs/|-[0-9.]+\.dist-info/)", n)]
    assert outside == []
    extensions = [
        n for n in names if libraries.is_library(n) and re.search(r"\.(cpython|abi3|pypy)", n)
    ]
    assert extensions == []
    assert not [n for n in names if n.endswith((".pyc", ".c", ".cpp", ".a", ".o", ".md", ".txt"))
                and ".dist-info/" not in n]  # fmt: skip


def test_carries_what_other_languages_need_in_a_tree_of_its_own(archive: zipfile.ZipFile) -> None:
    """tests/wheel/test_languages.py uses it."""
    expected = {
        "lib/libalidade.so.0.1",
        "lib/pkgconfig/alidade.pc",
        "lib/cmake/alidade/alidadeConfig.cmake",
        "lib/cmake/alidade/alidadeConfigVersion.cmake",
        *sources("include", "include", "*.h*"),
        *sources("examples/julia/Alidade", "share/alidade/julia/Alidade", "*.*"),
    }
    assert "include/alidade.h" in expected
    assert "share/alidade/julia/Alidade/src/Alidade.jl" in expected
    found = {name.removeprefix("alidade/") for name in archive.namelist() if name[-1] != "/"}
    assert {name for name in found if name.startswith(FOR_OTHERS)} == expected


def sources(folder: str, installed: str, pattern: str) -> set[str]:
    """Where the files of a folder lie when they are installed."""
    files = [path for path in (ROOT / folder).rglob(pattern) if path.is_file()]
    return {f"{installed}/{path.relative_to(ROOT / folder)}" for path in files}


def test_offers_its_own_symbols_alone(archive: zipfile.ZipFile) -> None:
    _, paths, offered = libraries.dynamic(archive.read(libraries.OURS))
    assert len(offered) > 200
    foreign = [s for s in offered if not re.match(r"ald_|ALIDADE_", s)]
    assert foreign == []
    assert [p for p in paths if not p.startswith("$ORIGIN")] == []


def test_metadata(archive: zipfile.ZipFile, wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    about = archive.read(f"alidade-{version}.dist-info/METADATA").decode()
    for line in (
        f"Version: {version}", "License-Expression: Apache-2.0", "License-File: LICENSE",
        "Requires-Dist: cffi>=", "Requires-Python: >=3.9",
    ):  # fmt: skip
        assert f"\n{line}" in about, line
    entry_points = archive.read(f"alidade-{version}.dist-info/entry_points.txt").decode()
    assert "alidade = alidade.cli:main" in entry_points.replace("=", " = ").replace("  ", " ")
    meson = (ROOT / "meson.build").read_text()
    assert f"version: '{version}'" in meson


@pytest.mark.parametrize("page", ["README.md", "docs/install.md", "docs/python.md"])
def test_the_documentation_names_this_wheel(page: str, wheel: Path) -> None:
    assert f"'{wheel.name}[cli]'" in (ROOT / page).read_text("utf-8")


def test_nothing_is_carried_that_nobody_allowed(archive: zipfile.ZipFile) -> None:
    assert libraries.problems(archive) == []


def test_an_unknown_library_is_found(wheel: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.whl"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if not name.endswith("/docs/licences/fmt.txt"):
                new.writestr(name, old.read(name))
        new.writestr("alidade.libs/libjbig-1234.so.0", old.read(libraries.OURS))
    with zipfile.ZipFile(changed) as opened:
        found = libraries.problems(opened)
    assert any("libjbig-1234.so.0 is not in the list" in problem for problem in found), found
    assert any("docs/licences/fmt.txt" in problem for problem in found), found
    assert len(found) == 2
