"""Functions for properties, which are made of one table."""

from __future__ import annotations

import ast

import pytest

from conftest import ROOT
from gen import julia_properties, property_table, python_properties
from gen.device_properties import NAMED, PROPERTIES
from gen.python_classes import PACKAGE


def classes(text: str) -> dict[str, list[ast.FunctionDef]]:
    return {
        node.name: [part for part in node.body if isinstance(part, ast.FunctionDef)]
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }


def test_each_property_has_its_functions_in_the_class_of_its_capability() -> None:
    found = classes(python_properties.sources(ROOT)[python_properties.MODULE])
    for one in PROPERTIES:
        names = [part.name for part in found[python_properties.class_of(one.capability)]]
        assert one.name in names
        assert (f"set_{one.name}" in names) == bool(one.argument)
    wanted = sum(2 if one.argument else 1 for one in PROPERTIES)
    assert sum(map(len, found.values())) == wanted


def test_properties_are_told_in_the_words_of_the_table() -> None:
    found = classes(python_properties.sources(ROOT)[python_properties.MODULE])
    functions = {part.name: ast.get_docstring(part) or "" for own in found.values() for part in own}
    assert functions["exposure"].startswith("Reads the time of exposure, in seconds.\n")
    assert "seconds: The new value, in seconds.\n" in functions["set_exposure"]
    assert "\n\nThe camera must be disarmed.\n" in functions["set_trigger_mode"]
    assert "StateError" in functions["set_trigger_mode"]
    assert "StateError" not in functions["set_gain"]


def test_names_are_there_once_and_what_is_set_first_is_there() -> None:
    assert len(NAMED) == len(PROPERTIES)
    firsts = {one.first for one in PROPERTIES} - {""}
    assert firsts == {"cooling_target"}
    assert firsts <= NAMED.keys()


@pytest.mark.parametrize("capability", sorted({one.capability for one in PROPERTIES}))
def test_the_class_of_a_capability_has_its_properties(capability: str) -> None:
    name = python_properties.class_of(capability)
    users = [
        path.name
        for path in (ROOT / PACKAGE).glob("*.py")
        if f'({name}, capability="{capability}")' in path.read_text("utf-8")
    ]
    assert len(users) == 1


def test_julia_has_the_same_functions() -> None:
    text = julia_properties.render(ROOT)[julia_properties.FILE]
    exports = text[text.index("export ") + 7 : text.index('"""')].replace(",", " ").split()
    assert len(exports) == sum(2 if one.argument else 1 for one in PROPERTIES)
    for one in PROPERTIES:
        assert one.name in exports
        assert text.count(f"\n{one.name}(device::Device; timeout=nothing) =") == 1
        assert (f"set_{one.name}(device, " in text) == bool(one.argument)
        assert (f"set_{one.name}" in exports) == bool(one.argument)
    assert max(map(len, text.splitlines())) <= 92


def test_the_page_names_every_property() -> None:
    page = property_table.render(ROOT)[property_table.FILE]
    for one in PROPERTIES:
        assert f"| `{one.name}` | `{one.capability}` | {one.unit} |" in page
