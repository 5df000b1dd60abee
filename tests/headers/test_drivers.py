"""The folders of drivers: the same files for the same purpose, and instruments that judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_floors import includes

from conftest import ROOT

DRIVERS = ROOT / "drivers"

ENTRY = re.compile(r"\bald_driver_v\d+\(")

# What each of these files is for has one name in every folder.
OTHER_NAMES = {
    "driver": {"device", "plugin", "entry", "main", "module"},
    "protocol": {"messages", "commands", "wire", "codec", "transport", "comm"},
    "simulated": {"simulation", "simulator", "fake", "instrument", "mock", "dummy"},
}


def folders() -> list[Path]:
    return sorted(f for f in DRIVERS.iterdir() if f.is_dir() and f.name != "support")


def reached(file: Path, folder: Path) -> Iterator[Path]:
    """The headers of its own folder that a file needs, and the sources that belong to them."""
    todo, seen = [file], {file}
    while todo:
        for _, what in includes(todo.pop()):
            own = folder / Path(what).name
            is_own = what in (own.name, f"{folder.name}/{own.name}") and own.exists()
            for found in (own, own.with_suffix(".cpp")) if is_own else ():
                if found.exists() and found not in seen:
                    seen.add(found)
                    todo.append(found)
                    yield found


def offences(folder: Path) -> list[str]:
    """Each breach of the rules, with the rule."""
    found = []
    names = {f.stem for f in folder.glob("*.[ch]pp")}
    driver = folder / "driver.cpp"
    if not driver.exists():
        found.append(f"{folder.name} has no driver.cpp, which holds the device and its table")
    elif not ENTRY.search(driver.read_text("utf-8")):
        found.append(f"{folder.name}/driver.cpp does not define the function of the driver")
    for name, others in OTHER_NAMES.items():
        found += [f"{folder.name}/{other}: its name is {name}" for other in sorted(names & others)]
    simulated = folder / "simulated.cpp"
    if simulated.exists():
        own = {simulated, simulated.with_suffix(".hpp")}
        found += [
            f"{folder.name}/simulated.cpp uses {file.name}: what judges the driver shares nothing "
            "with it"
            for file in sorted(set(reached(simulated, folder)) - own)
        ]
    return found


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f.name)
def test_a_driver_has_the_files_that_every_driver_has(folder: Path) -> None:
    assert offences(folder) == []


def test_the_folders_are_those_that_are_built() -> None:
    text = (DRIVERS / "meson.build").read_text("utf-8")
    assert len(folders()) >= 7
    for folder in folders():
        assert f"'{folder.name}'" in text


def test_what_breaks_the_rules_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "lamp"
    folder.mkdir()
    (folder / "device.cpp").write_text("")
    (folder / "messages.hpp").write_text('#include "numbers.hpp"\n')
    (folder / "numbers.hpp").write_text("")
    (folder / "simulated.cpp").write_text('#include "simulated.hpp"\n#include "messages.hpp"\n')
    (folder / "simulated.hpp").write_text("#include <alidade/driver.h>\n")
    assert offences(folder) == [
        "lamp has no driver.cpp, which holds the device and its table",
        "lamp/device: its name is driver",
        "lamp/messages: its name is protocol",
        "lamp/simulated.cpp uses messages.hpp: what judges the driver shares nothing with it",
        "lamp/simulated.cpp uses numbers.hpp: what judges the driver shares nothing with it",
    ]
