"""The built library exports what the headers declare, every binding has it, and all is used."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest
from usage import called_functions, calls

from gen.model import Library


@pytest.fixture(scope="module")
def exported(built_library: Path) -> dict[str, str]:
    """The symbols of the library and their versions; the versions themselves left out."""
    output = run("nm", "-D", "--defined-only", "--with-symbol-versions", str(built_library))
    symbols = {}
    for line in output.splitlines():
        _, kind, symbol = line.split()[-3:]
        name, _, version = symbol.partition("@@")
        if not (kind == "A" and name.startswith("ALIDADE_")):
            symbols[name] = version
    return symbols


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def listed(names: Iterable[str]) -> str:
    """Names for a failure's message, one per line."""
    return "".join(f"\n  {name}" for name in sorted(names))


def test_exports_are_the_functions_of_the_headers(
    exported: dict[str, str], library: Library
) -> None:
    declared = {function.name for function in library.functions}
    missing, extra = declared - exported.keys(), exported.keys() - declared
    assert not missing, "declared, but not exported:" + listed(missing)
    assert not extra, "exported, but not declared:" + listed(extra)


def test_versions_are_those_of_since(exported: dict[str, str], library: Library) -> None:
    since = {function.name: f"ALIDADE_{function.since}" for function in library.functions}
    wrong = [name for name, version in exported.items() if since.get(name) != version]
    assert not wrong, "exported with another version than their @since:" + listed(wrong)


def test_map_names_the_exports(root: Path, exported: dict[str, str]) -> None:
    text = (root / "lib" / "alidade.map").read_text("utf-8")
    named = set(re.findall(r"^\s+(ald_\w+);$", text, re.MULTILINE))
    assert named == exported.keys(), listed(named ^ exported.keys())


def test_nothing_else_leaves_the_library(exported: dict[str, str]) -> None:
    foreign = [name for name in exported if not name.startswith("ald_")]
    assert not foreign, "not ours:" + listed(foreign)


def test_symbols_in_versions_is_complete(
    root: Path, exported: dict[str, str], library: Library
) -> None:
    text = (root / "docs" / "symbols-in-versions").read_text("utf-8")
    rows = dict(line.split() for line in text.splitlines() if not line.startswith("#"))
    names = {*exported, *library.types, *(constant.name for constant in library.constants)}
    assert rows.keys() == names, listed(rows.keys() ^ names)


def test_dynamic_section(built_library: Path) -> None:
    dynamic = run("readelf", "--dynamic", "--wide", str(built_library))
    assert re.search(r"SONAME.*\[libalidade\.so\.\d+\.\d+\]", dynamic)
    assert re.search(r"FLAGS_1.*NODELETE", dynamic)  # threads of ours may outlive a dlclose
    assert not re.search(r"\((RPATH|TEXTREL)\)", dynamic)


def test_cffi_binds_every_export(
    exported: dict[str, str],
    built_library: Path,
    library: Library,
    load_module: Callable[[str], ModuleType],
) -> None:
    lib = load_module("_ffi").ffi.dlopen(str(built_library))
    for name in exported:
        assert getattr(lib, name, None) is not None, name
    assert lib.ald_abi_version() == lib.ALD_ABI


def test_julia_binds_every_export(
    exported: dict[str, str], built_library: Path, julia: str
) -> None:
    script = Path(__file__).parent / "exports.jl"
    bound = run(julia, "--startup-file=no", str(script), str(built_library)).split()
    assert sorted(bound) == sorted(exported)


def test_every_function_is_used(root: Path, library: Library) -> None:
    called = called_functions(root)
    unused = {function.name for function in library.functions} - called
    assert not unused, "no test and no example calls:" + listed(unused)


@pytest.mark.parametrize(
    ("suffix", "text", "found"),
    [
        (".c", 'ald_a(x); // ald_b()\n/* ald_c() */ puts("ald_d()"); y = &ald_e;', {"ald_a"}),
        (".cpp", "EXPECT_EQ(ald_a (nullptr), ALD_OK); host->value_unref(ald_b);", {"ald_a"}),
        (".py", '"""ald_a()"""\nlib.ald_b(1)  # lib.ald_c()\n', {"ald_b"}),
        (".py", "ffi.gc(new(1), lib.ald_a)\nf(lib.ald_b)\n", {"ald_a"}),
        (".py", "ffi.gc(\n    handle,\n    lib.ald_a,\n)\n", {"ald_a"}),
        (".jl", '"""ald_a()"""\nald_b(x) # ald_c()\n#= ald_d() =# "ald_e(1)"', {"ald_b"}),
        (".md", "ald_a()", set()),
    ],
)
def test_usage_sees_calls_only(tmp_path: Path, suffix: str, text: str, found: set[str]) -> None:
    path = tmp_path / f"source{suffix}"
    path.write_text(text, "utf-8")
    assert calls(suffix, path) == found
