from __future__ import annotations

import math
from pathlib import Path

import pytest

import alidade
from alidade import Lab, MockReadable, Movable, Readable, ReadableSet, Settings, errors
from alidade._constants import DeviceState
from support import every

TEXT = """
[lab]
name = "bench 3"

[devices.computer]
driver = "host"

[devices.stage]
driver = "mock-movable"
unit = "um"
max = 500.0

[series]
interval = 1.0
"""


def test_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(TEXT)
    with Lab.from_toml(path) as lab:
        assert lab.name == "bench 3"
        assert repr(lab) == "<Lab 'bench 3' 2 devices>"
        assert sorted(device.path for device in lab) == ["computer", "stage"]
        assert len(lab) == 2
        stage = lab.device("stage", Movable)
        assert stage.unit == "um"
        assert stage.move_abs(0.25, unit="mm") == 250
        assert isinstance(lab["computer/memory"], Readable)
        assert lab["stage"] == lab["stage"]
        assert hash(lab["stage"]) == hash(lab["stage"])
        assert lab["stage"] != lab["computer"]
        found = lab.snapshot()
        assert found["stage:position"]["value"] == 250
        assert found["stage:position"]["unit"] == "um"
        assert "computer/memory:value" in found
        with pytest.raises(KeyError, match="did you mean 'stage'"):
            lab["stag"]
        with pytest.raises(
            errors.UnsupportedError,
            match="'stage' is not readable; its capabilities: movable",
        ):
            lab.device("stage", Readable)
    assert stage.state is DeviceState.CLOSED


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("[devices.a]\ndriver = 'hots'", errors.NotFoundError, "host"),
        ("[devices.a]\ndriver = 'mock-movable'\nvelocty = 1.0", errors.NotFoundError, "velocity"),
        ("[devices.a]\ndriver = 'mock-movable'\nvelocity = 0", errors.RangeError, "velocity"),
        ("[devices.a]\ndriver = 'mock-movable'\nunit = 3", errors.InvalidError, "unit"),
        ("[devices.a]\n", errors.InvalidError, "driver"),
        ("[lab]\nnam = 'x'", errors.NotFoundError, "name"),
        ("[lab", errors.CorruptError, "table"),
        ("[devcies.x]\ndriver = 'host'", errors.NotFoundError, r"\[devices\]"),
        ("[postions.a]\nx = 1.0", errors.NotFoundError, r"\[positions\]"),
        ("[device.pm]\ndriver = 'host'", errors.NotFoundError, r"\[devices\]"),
        ("[[device]]\ndriver = 'host'", errors.NotFoundError, r"\[devices\]"),
        ("[group.a.presets.b]\n'x:y' = 1", errors.NotFoundError, r"\[groups\]"),
        ("[driver]\npath = []", errors.NotFoundError, r"\[drivers\]"),
        ("[bnech]\nseed = 1", errors.NotFoundError, r"\[bench\]"),
        ("[labs]\nname = 'x'", errors.NotFoundError, r"\[lab\]"),
        ("[bench]\nsede = 1", errors.NotFoundError, "seed"),
        ("[drivers]\npaths = []", errors.NotFoundError, "path"),
        ("[groups.g]\nprests = {}", errors.NotFoundError, "presets"),
    ],
)
def test_mistakes_in_a_file_name_the_place(text: str, kind: type[errors.Error], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        Lab.from_text(text, "lab.toml")
    assert "lab.toml:" in str(caught.value)


def test_other_tables_are_the_users() -> None:
    text = "".join(
        f"[{name}]\nx = 1\n"
        for name in ("log", "cal", "notes", "scan", "series", "camera", "divider", "sample")
    )
    assert Lab.from_text(f"device = 3\nposition = [1, 2]\n{text}").devices == []


def test_partial_success() -> None:
    lab = Lab("half")
    lab.add("sensor", "mock-readable", {"value": 3.0})
    lab.add("gone", "host", {"root": "/nowhere"})
    opened = lab.open()
    assert opened["sensor"] is None
    assert set(opened["gone"] or {}) == {"status", "message"}
    assert "/nowhere" in (opened["gone"] or {})["message"]
    assert lab.device("sensor", Readable).read() == 3.0
    with pytest.raises(errors.Error, match="/nowhere"):
        lab["gone"].open()
    assert lab["gone"].state is DeviceState.NEW
    lab.close()
    lab.close()
    with pytest.raises(errors.ClosedError):
        lab.open()
    with pytest.raises(errors.ClosedError):
        lab.add("b", "host")


def test_adding() -> None:
    with Lab() as lab:
        lab.add("a", "mock-readable")
        with pytest.raises(errors.ExistsError, match="'a'"):
            lab.add("a", "mock-readable")
        added = lab.add("b", "mock-movable")
        assert isinstance(added, Movable)
        assert len(lab) == 2
        assert added.state is DeviceState.NEW
        added.open()
        assert added.position() == 0


def test_devices_keep_their_lab() -> None:
    lab = Lab()
    lab.add("sensor", "mock-readable", {"value": 2.0})
    lab.open()
    sensor = lab.device("sensor", Readable)
    del lab
    assert sensor.read() == 2.0
    sensor.close()


def test_events_and_emergency_stop() -> None:
    lab = Lab()
    lab.add("stage", "mock-movable", {"velocity": 1.0})
    seen = []
    with lab.events("device.opened") as events, lab.subscribe("device.opened", seen.append):
        lab.open()
        assert events.next(5).payload == "stage"
    assert [record.payload for record in seen] in ([], ["stage"])
    stage = lab.device("stage", Movable)
    op = stage.start_move(50)
    lab.emergency_stop()
    with pytest.raises(errors.CancelledError):
        op.wait(5)
    assert stage.get("settled") is True
    lab.close()


def test_drivers() -> None:
    drivers = {driver["name"]: driver for driver in alidade.drivers()}
    assert {"host", "mock-movable", "mock-readable"} <= set(drivers)
    options = {option["name"]: option for option in drivers["mock-movable"]["options"]}
    assert options["unit"]["initial"] == "mm"
    assert options["settle_time"]["unit"] == "s"
    found = alidade.discover(timeout=20)
    assert any(candidate["driver"] == "host" for candidate in found)


def test_settings_may_have_other_tables() -> None:
    settings = Settings.parse(TEXT)
    lab = Lab.from_settings(settings)
    assert len(lab) == 2
    assert settings["series.interval"] == 1.0


def test_groups() -> None:
    import numpy as np

    sensors = [MockReadable(value=number, unit="V") for number in range(50)]
    group = ReadableSet(sensors)
    assert len(group) == 50
    assert set(group.units) == {"V"}
    assert every(np.isnan(group.last()))
    for sensor in sensors[:-1]:
        sensor.read()
    last = group.last()
    assert last[:-1].tolist() == list(range(49))
    assert math.isnan(last[-1])
    out = np.zeros(50)
    assert group.last(out) is out
    assert out[7] == 7
    values, times = group.last_with_times()
    assert values[:-1].tolist() == list(range(49))
    assert times[0] == sensors[0].last().t_mono_ns
    assert times[-1] == 0
    assert repr(group) == "<ReadableSet 50>"
    assert ReadableSet([]).last().shape == (0,)
    for wrong in (np.zeros(49), np.zeros(50, np.float32)):
        with pytest.raises(ValueError, match=r"expected float64 \(50,\)"):
            group.last(wrong)
    with pytest.raises(ValueError, match="contiguous"):
        group.last(np.zeros(100)[::2])
    with pytest.raises(TypeError, match="is not readable"):
        ReadableSet([alidade.MockMovable()])


def test_ports_are_listed_without_being_opened() -> None:
    for port in alidade.ports():
        assert port["uri"] == "serial:" + port["path"]
        assert isinstance(port["description"], str)


def test_probing_says_what_is_wrong() -> None:
    with pytest.raises(alidade.NotFoundError, match="did you mean 'host'"):
        alidade.probe("hots", "serial:/dev/ttyUSB0")
    with pytest.raises(alidade.UnsupportedError, match="no option 'uri'"):
        alidade.probe("host", "serial:/dev/ttyUSB0")


def test_the_bench_of_a_lab() -> None:
    with Lab.from_text("[bench]\nlaser.power = 0.003\n") as lab:
        assert lab.bench.get("laser.power") == 0.003
        lab.bench.set("laser.power", 0.001)
        assert lab.bench.get("laser.power") == 0.001
        assert lab.bench == lab.bench
    assert Lab("none yet").bench.get("power") > 0
