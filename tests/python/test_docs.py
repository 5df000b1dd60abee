"""What the documentation shows works as it stands."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

import alidade
from support import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
MODULES = [
    name
    for _, name, is_package in pkgutil.iter_modules(alidade.__path__)
    if not is_package and not name.startswith("_")
]


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What examples take for granted."""
    monkeypatch.chdir(tmp_path)
    (lab_file,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "lab.toml").write_text(lab_file)
    return {"stage": alidade.MockMovable(), "sensor": alidade.MockReadable()}


def test_the_page(known: dict[str, Any]) -> None:
    programs = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(programs) >= 6
    printed = []
    for program in programs:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(program, "docs/python.md", "exec"), names := {**known})
        printed.append(out.getvalue())
        names.clear()  # a class for a capability stays, with all that is global to it
    assert printed[0] == "9.5 0.0\n"
    assert "'stage:position'" in printed[1]
    assert printed[3] == "0.0\n"
    assert printed[4].endswith("20.0\n")
    known.clear()


@pytest.mark.parametrize(
    "name",
    [
        "units.md",
        "cameras.md",
        "fit.md",
        "experiments.md",
        "lines.md",
        "simulation.md",
        "drivers/elliptec.md",
        "drivers/esp300.md",
        "drivers/newport-1830c.md",
    ],
)
def test_other_pages(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / name).read_text("utf-8")
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert programs
    known: dict[str, Any] = {}
    for program in programs:
        exec(compile(program, name, "exec"), known)


def test_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "labs.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    (lab_file,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "lab.toml").write_text(lab_file)
    printed = []
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(program, "docs/labs.md", "exec"), {})
        printed.append(out.getvalue())
    where, message, *rest = printed.pop(0).splitlines()
    assert (where, rest) == ("lab.toml:4:15", ["devices.x.safe_state.0", "{'x': None}"])
    assert "did you mean 'stop'" in message
    assert printed == [
        "DISCONNECTED\n'stage/1' was found moving when 'stage' was opened, and was stopped\n1.0\n",
        "None\nx20\nclosed None\n",
        "{'x': 12.5, 'y': -10.0}\n",
        "['x: act home']\nemergency_stop\n[]\n",
        "0.0 5.0\n",
    ]


def test_units() -> None:
    page = (ROOT / "docs" / "units.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*) \| .* \| (yes|no) \|$", page, re.MULTILINE)
    told = {unit: takes == "yes" for units, takes in rows for unit in re.findall("`(.*?)`", units)}
    for unit, takes_prefixes in told.items():
        assert alidade.convert(1, unit, unit) == 1
        if takes_prefixes:
            assert alidade.convert(1, f"k{unit}", unit) == pytest.approx(1000)
        else:
            with pytest.raises(alidade.errors.InvalidError):
                alidade.convert(1, f"k{unit}", unit)
    source = (ROOT / "lib" / "base" / "text" / "unit_atoms.cpp").read_text("utf-8")
    there = re.findall(r'\b(?:atom|temperature_scale)\{"(.*?)"', source)
    assert set(told) == {unit.replace("\\u00b0", "°") for unit in there}


def test_links() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        prose = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)", prose):
            assert target.startswith("http") or (page.parent / target).exists(), (page, target)


@pytest.mark.parametrize("name", ["", *MODULES])
def test_docstrings(name: str, known: dict[str, Any]) -> None:
    module = importlib.import_module(f"alidade.{name}" if name else "alidade")
    given = {**vars(alidade), **known, **vars(module)}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for test in doctest.DocTestFinder(recurse=True).find(module, module.__name__, globs=given):
        told = io.StringIO()
        failed, _ = runner.run(test, out=told.write, clear_globs=True)
        assert failed == 0, told.getvalue()
    given.clear()
    known.clear()
