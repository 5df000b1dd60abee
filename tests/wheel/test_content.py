"""What is in the wheel, and for which machines it says it is."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import libraries

ROOT = Path(__file__).resolve().parents[2]


def test_tag_is_for_every_python_and_common_machines(wheel: Path, archive: zipfile.ZipFile) -> None:
    match = re.fullmatch(
        r"alidade-([0-9.]+)-py3-none-(manylinux_(\d+)_(\d+)_x86_64)\.whl", wheel.name
    )
    assert match, wheel.name
    assert (int(match[3]), int(match[4])) <= (2, 36), "newer than the C library of Debian 12"
    about = archive.read(f"alidade-{match[1]}.dist-info/WHEEL").decode()
    assert f"Tag: py3-none-{match[2]}\n" in about + "\n"
    assert "Root-Is-Purelib: false" in about


def test_what_set_the_tag_is_told(wheel: Path) -> None:
    told = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "wheel_tag.py"), str(wheel)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
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
    assert not [n for n in names if n.endswith((".pyc", ".c", ".cpp", ".hpp", ".h", ".a", ".o"))]


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
