"""The floors of the house: whoever includes uses rooms below alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import ROOT

# From below to above. Rooms of one entry stand beside each other and do not know each other.
FLOORS = (
    ("base",),
    ("kernels",),
    ("frame",),
    ("sim",),
    ("device", "md", "compose"),
    ("store",),
    ("acquire", "script", "peer"),
    ("driver",),
    ("abi",),
)
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def includes(file: Path) -> list[tuple[str, str]]:
    """How each is written, `"` or `<`, and what it names."""
    return INCLUDE.findall(file.read_text("utf-8"))


def offences(root: Path) -> list[str]:
    """Each include that breaks a rule, with the rule."""
    found = []
    for file in sorted((root / "lib").rglob("*.[ch]pp")):
        room = file.relative_to(root / "lib").parts[0]
        if room not in HEIGHT:
            found.append(f"{file}: lib/{room} is no room; give it a floor here")
            continue
        for how, what in includes(file):
            other = what.split("/")[0]
            if how == '"' and "/" in what and other not in HEIGHT:
                found.append(f'{file}: "{what}" is in no room')
            elif how == '"' and other in HEIGHT and other != room:
                if HEIGHT[other] > HEIGHT[room]:
                    found.append(f'{file}: "{what}" runs upward, from {room} to {other}')
                elif HEIGHT[other] == HEIGHT[room]:
                    found.append(f'{file}: "{what}" runs sideways, from {room} to {other}')
    for file in sorted((root / "drivers").rglob("*.[ch]pp")):
        for how, what in includes(file):
            is_public = what.startswith("alidade")
            if (is_public and what != "alidade/driver.h") or what.split("/")[0] in HEIGHT:
                found.append(f"{file}: {how}{what}: drivers use <alidade/driver.h> alone")
    return found


def test_no_include_runs_upward_or_sideways() -> None:
    assert offences(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("lib/base/async/op.cpp", '#include "device/lab.hpp"', "runs upward, from base to device"),
        ("lib/md/topology.cpp", '#include "device/lab.hpp"', "runs sideways, from md to device"),
        ("lib/sim/bench.cpp", '# include "abi/guard.hpp"', "runs upward, from sim to abi"),
        ("lib/cellar/a.hpp", "", "is no room"),
        ("lib/base/a.hpp", '#include "attic/b.hpp"', "is in no room"),
        ("drivers/mine/a.cpp", "#include <alidade.h>", "drivers use <alidade/driver.h> alone"),
        ("drivers/mine/a.cpp", '#include "base/log.hpp"', "drivers use <alidade/driver.h> alone"),
    ],
)
def test_what_breaks_a_rule_is_told(tmp_path: Path, file: str, line: str, rule: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"// Some words.\n{line}\n", "utf-8")
    told = offences(tmp_path)
    assert len(told) == 1
    assert rule in told[0]
    assert str(path) in told[0]


def test_rooms_that_build_are_on_their_floors() -> None:
    """The order in which the rooms are linked is that of the floors."""
    build = (ROOT / "lib" / "meson.build").read_text("utf-8")
    named = re.search(r"room_names = \[([^\]]+)\]", build)
    assert named
    rooms = re.findall(r"'(\w+)'", named.group(1))
    heights = [HEIGHT[room] for room in rooms]
    assert rooms
    assert heights == sorted(heights)
