"""What a lab declares is checked when its devices are open, long before it is needed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alidade import Lab, aio, errors, log
from alidade._constants import DeviceState
from command import run
from support import every

DEVICES = """\
[devices.stage]
driver = "esp300"
uri = "sim:esp300"
safe_state = {steps}
[devices.pm]
driver = "newport-1830c"
uri = "sim:newport-1830c"
"""

# What is declared, where in the file, the error, and its words.
MISTAKES = [
    ("stopp", 4, errors.NotFoundError, r"no action 'stopp' \(did you mean 'stop'\?\)"),
    ("nine", 4, errors.NotFoundError, "no child '9'"),
    ("fast", 4, errors.RangeError, "velocity is 1000000 mm/s, allowed are .* to 50 mm/s"),
    ("[positions.far]\n'stage/1' = 1000.0", 9, errors.RangeError, "1000 mm, allowed are -25 mm"),
    ("[positions.far]\n'stage/7' = 1.0", 9, errors.NotFoundError, "no child '7'"),
    ("[positions.far]\npm = 1.0", 9, errors.UnsupportedError, "'pm' is not movable"),
    ("[groups.g.presets.p]\n'pm:filter' = 3", 9, errors.InvalidError, "int64, expected string"),
    ("[groups.g.presets.p]\n'pm:filter' = 'quick'", 9, errors.InvalidError, "quick"),
    ("[groups.g.presets.p]\n'pm:value' = 1.0", 9, errors.UnsupportedError, "cannot be written"),
    ("[groups.g.presets.p]\n'pm:wavelenth' = 500", 9, errors.NotFoundError, "'wavelength'"),
    ("[groups.g]\npresets = {}\n[groups.g.tolerances]\n'pm:wavelenth' = 1.0", 11,
     errors.NotFoundError, "'wavelength'"),
]  # fmt: skip

STEPS = {
    "stopp": "[{ act = 'stopp', child = '1' }]",
    "nine": "[{ act = 'stop', child = '9' }]",
    "fast": "[{ set = 'velocity', to = 1e6, child = '1' }]",
}


def text_of(declared: str) -> str:
    steps = STEPS.get(declared)
    return DEVICES.format(steps=steps or "[]") + ("" if steps else declared)


@pytest.mark.parametrize(("declared", "line", "kind", "words"), MISTAKES)
def test_what_does_not_fit_fails_the_opening(
    declared: str, line: int, kind: type[errors.Error], words: str
) -> None:
    lab = Lab.from_text(text_of(declared), "lab.toml")
    assert lab.check()["findings"] == []
    assert lab.check()["unchecked"]
    with pytest.raises(kind, match=words) as caught:
        lab.open()
    assert caught.value.where.startswith(f"lab.toml:{line}:")
    assert [device.state for device in lab] == [DeviceState.OPEN] * 2, "what was reached stays open"
    (found,) = lab.check()["findings"]
    assert found["where"] == caught.value.where
    assert found["key"] in caught.value.message
    assert found["message"] in caught.value.message
    assert lab.check()["unchecked"] == []
    lab.close()


def test_all_findings_are_named() -> None:
    text = text_of("[positions.far]\n'stage/1' = 1000.0\n'stage/2' = -26\n'stage/3' = 1.0\n")
    with pytest.raises(errors.RangeError) as caught:
        Lab.from_text(text, "lab.toml").open()
    for words in ("lab.toml:9:1: positions.far.", "lab.toml:10:1: positions.far.", "-26 mm"):
        assert words in caught.value.message
    assert "stage/3" not in caught.value.message


def test_with_leaves_nothing_open() -> None:
    lab = Lab.from_text(text_of(MISTAKES[3][0]), "lab.toml")
    devices = lab.devices
    with pytest.raises(errors.RangeError), lab:
        pytest.fail("it has a position that cannot be reached")
    assert [device.state for device in devices] == [DeviceState.CLOSED] * 2


def test_the_twin() -> None:
    async def main() -> None:
        lab = aio.Lab.from_text(text_of(MISTAKES[3][0]), "lab.toml")
        devices = lab.devices
        with pytest.raises(errors.RangeError, match="1000 mm"):
            async with lab:
                pytest.fail("it has a position that cannot be reached")
        assert [device.state for device in devices] == [DeviceState.CLOSED] * 2
        assert lab.check()["findings"]

    asyncio.run(main())


def test_what_was_declared_in_code() -> None:
    lab = Lab("code")
    stage = lab.add("stage", "esp300", {"uri": "sim:esp300"})
    stage.set_safe_state([{"act": "stopp", "child": "2"}])
    lab.set_position("far", {"stage/1": 1000})
    lab.set_group("g", {"p": {"stage/1:velocty": 1.0}}, {"stage/3:position": 1})
    with pytest.raises(errors.NotFoundError) as caught:
        lab.open()
    found = {part["key"]: part for part in lab.check()["findings"]}
    assert list(found) == [
        "devices.stage.safe_state.0", 'groups.g.presets.p."stage/1:velocty"',
        'positions.far."stage/1"',
    ]  # fmt: skip
    assert every(key in caught.value.message for key in found)
    assert caught.value.where == "devices.stage.safe_state.0"
    assert {part["where"] for part in found.values()} == {""}
    # Declared anew, opening looks again.
    stage.set_safe_state([{"act": "stop", "child": "2"}])
    lab.set_position("far", {"stage/1": 10})
    lab.remove_group("g")
    assert lab.open() == {"stage": None}
    assert lab.check() == {"findings": [], "unchecked": []}
    lab.close()


def test_a_place_in_a_file_is_that_of_the_file_alone() -> None:
    lab = Lab.from_text(text_of("[positions.far]\n'stage/1' = 1000.0"), "lab.toml")
    assert [part["where"] for part in lab.check()["unchecked"]] == ["lab.toml:9:1"]
    lab.set_position("far", {"stage/1": 2000.0})
    assert [part["where"] for part in lab.check()["unchecked"]] == [""]
    lab.forget("far")
    assert lab.check()["unchecked"] == []


def test_parts_of_absent_devices_are_unchecked_until_they_open(tmp_path: Path) -> None:
    text = f"""
        [devices.computer]
        driver = "host"
        root = "{tmp_path}"
        reopen = 0.01
        safe_state = [{{ act = "halt" }}]
        [devices.lamp]
        driver = "mock-readable"
        [positions.there]
        "computer/cpu" = 1.0
        [groups.g.presets.on]
        "lamp:level" = 1.0
        "computer/cpu:frequency" = 1.0
    """
    lab = Lab.from_text(text, "lab.toml")
    opened = lab.open()
    keys = {
        "devices.computer.safe_state.0", 'groups.g.presets.on."computer/cpu:frequency"',
        'positions.there."computer/cpu"',
    }  # fmt: skip
    assert opened["lamp"] is None
    assert opened["computer"] is not None
    assert set(opened["computer"]["unchecked"]) == keys
    assert {part["key"] for part in lab.check()["unchecked"]} == keys
    for directory in ("proc", "sys"):
        (tmp_path / directory).symlink_to(f"/{directory}")
    with lab.events("declaration.refused") as events, log.lines("warning") as told:
        lab["computer"].open()
        refused = [events.next(5).payload for _ in keys]
        logged = [told.next(5).payload["message"] for _ in keys]
    assert {part["key"] for part in refused} == keys
    assert every(set(part) >= {"where", "device", "status", "message"} for part in refused)
    assert every(any(key in line for line in logged) for key in keys)
    assert lab.check()["unchecked"] == []
    assert {part["key"] for part in lab.check()["findings"]} == keys
    lab.close()


# alidade check


def test_check_prints_all_findings_and_moves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(
        DEVICES.format(steps=STEPS["stopp"])
        + """
[devices.gone]
driver = "host"
root = "/nowhere"
[positions.far]
"stage/1" = 1000.0
"gone/cpu" = 1.0
[groups.g.presets.p]
"pm:filter" = 3
[scan]
axis = "stage/1"
from = 0.0
to = 1000.0
points = 3
read = ["pm"]
set = { "pm:filter" = 7 }
"""
    )
    ended = run("check", file)
    assert ended.returncode == 1, ended
    lines = ended.stdout.splitlines()
    for place, words in (
        (4, "devices.stage.safe_state.0: 'stage/1' has no action 'stopp'"),
        (13, 'positions.far."stage/1": position is 1000 mm'),
        (16, 'groups.g.presets.p."pm:filter": filter is of type int64'),
        (9, "gone is absent"),
        (23, "filter is of type int64"),
        (17, "point 2 of 3 is at 500 mm"),
        (14, 'positions.far."gone/cpu" is not checked: gone is not asked'),
    ):
        assert any(f"{file}:{place}:" in line and words in line for line in lines), (place, lines)
    assert lines[-1] == f"{file}: 6 findings"
    assert ended.stderr == ""


def test_check_of_what_fits(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(text_of("[positions.near]\n'stage/1' = 10.0\n[mine]\nx = 1"))
    ended = run("check", file)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    assert ended.stdout == f"{file}: all fits; 2 devices\n"


def test_check_offline_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    declared = "[positions.far]\n'stage/1' = 1000.0\n"
    file.write_text(text_of(declared).replace("sim:esp300", "serial:/dev/nothing"))
    ended = run("check", "--offline", file)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    assert f'{file}:9:1: positions.far."stage/1" is not checked' in ended.stdout
    assert run("check", file).returncode == 1
    file.write_text(text_of(declared).replace("uri =", "ury ="))
    ended = run("check", "--offline", file)
    assert ended.returncode == 1
    assert "did you mean 'uri'" in ended.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[lab", "lab.toml:1:"),
        ("[devcies.x]\ndriver = 'host'", r"lab.toml:1:2: there is no table [devcies]"),
        ("[devices.x]\ndriver = 'hots'", "did you mean 'host'"),
        ("[scna]\naxis = 'x'", "lab.toml:1:2: there is no table [scna]; did you mean [scan]?"),
        ("[scan]\naxsi = 'x'", "did you mean 'axis'"),
        ("[serie]\nread = []", "did you mean [series]?"),
        ("[series]\nread = ['a']\nintervall = 1.0", "did you mean 'interval'"),
        ("[devices.a]\ndriver = 'mock-readable'\n[series]\nread = ['b']", "lab.toml:4:"),
        ("[series]\nread = ['a']\n[scan]\naxis = 'x'", "both [series] and [scan]"),
    ],
)
def test_check_of_a_file_with_mistakes(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(text)
    for offline in ((), ("--offline",)) if "mock" not in text else ((),):
        ended = run("check", *offline, file)
        assert ended.returncode == 1, ended
        assert words in ended.stdout
        assert ended.stdout.endswith("finding\n")
        assert ended.stderr == ""


def test_run_and_devices_tell_what_does_not_fit(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(text_of("[positions.far]\n'stage/1' = 1000.0\n[series]\nread = ['pm']"))
    ended = run("run", file, "--seconds", "0.1", cwd=tmp_path)
    assert ended.returncode == 1
    assert f"at: {file}:9:1" in ended.stderr
    assert not (tmp_path / "lab.csv").exists()
    ended = run("devices", file)
    assert ended.returncode == 1
    assert "from -25 to 25" in ended.stdout, "what it has is what one needs to mend the file"
    assert "1000 mm" in ended.stderr
