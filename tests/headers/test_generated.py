"""What is committed is what the generators make of the headers, and it holds together."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from gen import cffi_module
from gen.__main__ import generate, main
from gen.__main__ import stale as stale_files
from gen.model import Library
from gen.reference import slug


def test_committed_files_are_fresh(root: Path) -> None:
    reports = stale_files(root, generate(root))
    assert not reports, "\n".join(["run python3 lib/gen and commit", *reports])


def test_runs_as_a_folder(root: Path) -> None:
    done = subprocess.run([sys.executable, str(root / "lib" / "gen"), "--check"], check=False)
    assert done.returncode == 0


@pytest.fixture
def tree(tmp_path: Path, root: Path) -> Path:
    """A tree with the headers, and with everything freshly made of them."""
    shutil.copytree(root / "include", tmp_path / "include")
    assert main(["--root", str(tmp_path)]) == 0
    return tmp_path


def test_check_shows_what_is_stale(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tree)]) == 0
    table = tree / "docs" / "symbols-in-versions"
    table.write_text(table.read_text("utf-8").replace("ALD_ABI ", "ALD_ABJ "), "utf-8")
    (tree / "lib" / "alidade.map").unlink()
    (tree / "docs" / "reference" / "gone.md").write_text("", "utf-8")
    capsys.readouterr()
    assert main(["--check", "--root", str(tree)]) == 1
    said = capsys.readouterr().err
    assert "docs/symbols-in-versions: stale" in said
    assert "-ALD_ABJ" in said
    assert "+ALD_ABI" in said
    assert "lib/alidade.map: missing" in said
    assert "docs/reference/gone.md: is made of nothing that is there" in said
    assert "base.md" not in said


def test_writing_mends(tree: Path) -> None:
    (tree / "lib" / "alidade.map").unlink()
    (tree / "docs" / "reference" / "gone.md").write_text("", "utf-8")
    assert main(["--root", str(tree)]) == 0
    assert main(["--check", "--root", str(tree)]) == 0


def test_errors_in_headers_are_told_with_their_places(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = tree / "include" / "alidade" / "base.h"
    header.write_text(re.sub(r" \* @return .*\n", "", header.read_text("utf-8"), count=1), "utf-8")
    capsys.readouterr()
    assert main(["--root", str(tree)]) == 1
    assert re.search(r"alidade/base\.h:\d+: ald_version lacks @return", capsys.readouterr().err)


def test_a_second_parser_reads_the_same(root: Path, library: Library) -> None:
    """Drops what the conventions say may be dropped, and has cffi's parser read the rest."""
    texts = []
    for header in library.headers:
        text = (root / "include" / header.path).read_text("utf-8")
        text = re.sub(r"(?s)/\*.*?\*/", "", text)
        text = re.sub(r"(?m)^#.*$", "", text)
        text = text.replace("ALD_API", "").replace("ALD_NOEXCEPT", "")
        text = re.sub(r'extern "C" \{(.*)\}', r"\1", text, flags=re.DOTALL)
        texts.append(text)
    raw = _declarations("\n".join(texts))
    assert raw == _declarations(cffi_module.declarations(library))
    assert sum(name.startswith("function ") for name in raw) == len(library.functions)


def _declarations(source: str) -> dict[str, str]:
    """What cffi has understood of C source: every name and its full type."""
    ffi = cffi_module.new_ffi()
    ffi.cdef(source)
    found = {}
    for name, (type_, _) in ffi._parser._declarations.items():
        members = (getattr(type_, "fldnames", None), getattr(type_, "fldtypes", None))
        # A handle named before its typedef is `struct ald_x`: the same type.
        found[name] = f"{type_!r} {members!r}".replace("struct ald_", "ald_")
    for name, value in ffi._parser._int_constants.items():
        found[name] = str(value)
    return {name: text for name, text in found.items() if "$enum" not in name}


def test_folding_changes_no_meaning(library: Library) -> None:
    module = cffi_module.compile_module(cffi_module.declarations(library))
    folded = cffi_module.fold(module)
    assert ast.dump(ast.parse(folded)) == ast.dump(ast.parse(module))
    assert max(map(len, folded.splitlines())) < 1000


def test_python_constants(library: Library, load_module: Callable[[str], ModuleType]) -> None:
    module = load_module("_constants")
    for enum in library.enums:
        group = module if enum.is_single else getattr(module, enum.class_name)
        for constant in enum.constants:
            assert getattr(group, enum.short_name(constant)) == constant.value
    assert module.Status.TIMEOUT == -5
    assert module.Status.OK == 0
    assert module.Kind.DEVICE.name == "DEVICE"
    assert module.SchemaFlags.READ | module.SchemaFlags.WRITE == 3
    assert set(module.__all__) == {name for name in vars(module) if _is_ours(module, name)}


def _is_ours(module: ModuleType, name: str) -> bool:
    value = getattr(module, name)
    return isinstance(value, int) or getattr(value, "__module__", "") == module.__name__


def test_julia_handles_are_typed(julia: str) -> None:
    script = Path(__file__).parent / "handles.jl"
    done = subprocess.run(
        [julia, "--startup-file=no", str(script)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_reference_links_lead_somewhere(root: Path) -> None:
    pages = {path.name: path.read_text("utf-8") for path in (root / "docs/reference").glob("*.md")}
    anchors = {name: _anchors(text) for name, text in pages.items()}
    for name, text in pages.items():
        for page, anchor in re.findall(r"\]\(([\w.]*)#?([^)]*)\)", text):
            assert (page or name) in pages, f"{name}: {page}"
            assert not anchor or anchor in anchors[page or name], f"{name}: {page}#{anchor}"


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings; a heading's second appearance gets -1."""
    seen: dict[str, int] = {}
    anchors = set()
    for title in re.findall(r"(?m)^#+ (.*)$", text):
        anchor = slug(title)
        again = seen.get(anchor, 0)
        seen[anchor] = again + 1
        anchors.add(f"{anchor}-{again}" if again else anchor)
    return anchors


def test_reference_tells_everything(root: Path, library: Library) -> None:
    for header in library.headers:
        page = (root / "docs" / "reference" / f"{header.name}.md").read_text("utf-8")
        for item in header.items:
            assert f"### `{item.name}" in page
