from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from alidade import (
    Device,
    Lab,
    MockCamera,
    MockMovable,
    MockReadable,
    Movable,
    OpState,
    Readable,
    capabilities,
    errors,
)
from alidade._constants import DeviceState, ReadingFlags
from support import every


@pytest.fixture
def computer() -> Iterator[Device]:
    with Device("computer", "host") as device:
        yield device


def walk(device: Device) -> Iterator[Device]:
    yield device
    for child in device.children:
        yield from walk(child)


def test_a_real_device(computer: Device) -> None:
    assert computer.state is DeviceState.OPEN
    assert computer.path == "computer"
    assert repr(computer) == "<Device 'computer' open>"
    described = computer.describe()
    assert described["driver"] == "host"
    assert [child.path for child in computer.children] == [
        f"computer/{name}" for name in described["children"]
    ]
    cpu = computer.child("cpu")
    assert isinstance(cpu, Readable)
    assert cpu.can("readable")
    assert not cpu.can("movable")
    assert not cpu.can("readable", 2)
    assert cpu.unit == "%"
    assert 0 <= cpu.read() <= 100
    assert computer.child("cpu/0").path == "computer/cpu/0"
    memory = computer.child("memory")
    assert isinstance(memory, Readable)
    assert memory.read(timeout=5) > 1e6
    assert memory.unit == "By"
    with pytest.raises(KeyError, match="did you mean 'cpu'"):
        computer.child("cpo")
    ids = [device.id for device in walk(computer)]
    assert len(set(ids)) == len(ids)


def test_readings_carry_times(computer: Device) -> None:
    memory = computer.child("memory")
    assert isinstance(memory, Readable)
    before = time.monotonic_ns()
    value = memory.read()
    reading = memory.last()
    assert reading.value == value == memory.value
    assert reading.unit == "By"
    assert before - reading.uncertainty_ns <= reading.t_mono_ns <= time.monotonic_ns()
    assert abs(reading.t_wall_ns - time.time_ns()) < 60e9
    assert reading.quality == ReadingFlags(0)


def test_snapshot(computer: Device) -> None:
    found = computer.snapshot()
    assert "computer/memory:value" in found
    assert found["computer/memory:value"]["unit"] == "By"
    assert found["computer/memory:value"]["value"] > 1e6
    assert found["computer/memory:value"]["t_wall_ns"] > 1_600_000_000_000_000_000
    assert len(computer.child("memory").snapshot(timeout=5)) < len(found)


def test_nothing_works_before_opening_and_after_closing() -> None:
    device = Device("stage", "mock-movable", {"unit": "mm"})
    assert device.state is DeviceState.NEW
    with pytest.raises(errors.StateError):
        device.get("position")
    with pytest.raises(errors.StateError):
        device.start_get("position").wait()
    with pytest.raises(errors.StateError):
        device.act("home")
    device.open()
    device.open(timeout=5)
    assert device.get("position") == 0.0
    device.close()
    device.close()
    assert device.state is DeviceState.CLOSED
    assert repr(device) == "<Movable 'stage' [mm] closed>"
    with pytest.raises(errors.ClosedError):
        device.open()
    for call in (
        lambda: device.get("position"),
        lambda: device.set("velocity", 1.0),
        lambda: device.snapshot(),
        lambda: device.act("home"),
    ):
        with pytest.raises(errors.Error) as caught:
            call()
        assert isinstance(caught.value, (errors.ClosedError, errors.StateError))


def test_properties() -> None:
    with Device("stage", "mock-movable") as stage:
        assert stage.set("velocity", 5.0) == 5.0
        assert stage.set("velocity", 7) == 7.0  # a double also takes an int
        assert stage.get("velocity") == 7.0
        value, age = stage.cached("velocity")
        assert value == 7.0
        assert 0 <= age < 30
        assert stage.start_set("velocity", 8.0).wait(5) == 8.0
        assert stage.start_get("velocity").wait(5) == 8.0
        with pytest.raises(errors.InvalidError, match="string"):
            stage.set("velocity", "fast")
        with pytest.raises(errors.InvalidError, match="NaN"):
            stage.set("velocity", math.nan)
        with pytest.raises(errors.RangeError, match="mm/s"):
            stage.set("velocity", -1.0)
        with pytest.raises(errors.UnsupportedError):
            stage.set("settled", True)
        for call in (stage.get, stage.cached, stage.schema):
            with pytest.raises(
                errors.NotFoundError, match=r"did you mean 'velocity'.*it has position, velocity"
            ):
                call("velosity")
        with pytest.raises(errors.StateError):
            stage.cached("settled")  # never read
        with pytest.raises(TypeError, match="property must be a str, not int"):
            stage.get(3)
        with pytest.raises(errors.InvalidError, match="NUL"):
            stage.get("a\0b")
        with pytest.raises(TypeError):
            stage.set("velocity", object())
        assert stage.get("velocity") == 8.0


def test_actions() -> None:
    with Device("stage", "mock-movable", {"position": 3.0}) as stage:
        jogs = ["jog_forward", "jog_backward"]
        assert stage.describe()["actions"] == ["stop", "home", *jogs, "set_zero"]
        stage.act("home", timeout=5)
        assert stage.get("position") == 0.0
        op = stage.start_act("home")
        op.wait(5)
        assert op.state is OpState.DONE
        with pytest.raises(errors.NotFoundError, match="did you mean 'home'"):
            stage.act("hone")


def test_making_devices() -> None:
    with pytest.raises(errors.NotFoundError, match="did you mean 'mock-movable'"):
        Device("a", "mock-movible")
    with pytest.raises(errors.NotFoundError, match="did you mean 'velocity'"):
        Device("a", "mock-movable", {"velocty": 1.0})
    with pytest.raises(errors.InvalidError):
        Device("a b", "host")
    with pytest.raises(errors.InvalidError):
        Device("a", "mock-movable", {"velocity": "fast"})
    with pytest.raises(errors.RangeError):
        Device("a", "mock-movable", {"settle_time": -1.0})
    with pytest.raises(TypeError):
        Device("a", None)


def test_what_a_device_cannot_do() -> None:
    lab = Lab()
    lab.add("stage", "mock-movable")
    lab.add("sensor", "mock-readable")
    lab.open()
    stage, sensor = lab["stage"], lab["sensor"]
    assert isinstance(stage, Movable)
    assert not isinstance(stage, Readable)
    assert isinstance(sensor, Readable)
    wrong = Movable.__new__(Movable)
    wrong._h = sensor._h
    with pytest.raises(errors.UnsupportedError):
        wrong.move_abs(1)
    with pytest.raises(errors.UnsupportedError):
        wrong.limits  # noqa: B018
    assert wrong.unit == ""
    lab.close()


def test_a_device_that_answers_late_times_out() -> None:
    with Device("sensor", "mock-readable", {"latency": 20.0}) as sensor:
        with pytest.raises(TimeoutError):
            sensor.get("value", timeout=0.03)
        with pytest.raises(TimeoutError):
            sensor.get("value", timeout=0.08)  # longer than one slice of the main thread
        assert sensor.get("level") == 0.0


def test_closing_ends_what_waits() -> None:
    sensor = Device("sensor", "mock-readable", {"latency": 20.0})
    sensor.open()
    failed: list[BaseException] = []

    def read() -> None:
        try:
            sensor.get("value")
        except errors.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    sensor.close()
    for thread in threads:
        thread.join()
    assert len(failed) == 3


def test_bad_timeouts_are_refused_before_anything_is_done() -> None:
    stage = MockMovable()
    for bad in (-1, math.nan):
        with pytest.raises(errors.InvalidError, match="timeout"):
            stage.move_abs(5, timeout=bad)
        with pytest.raises(errors.InvalidError, match="timeout"):
            stage.get("position", timeout=bad)
    assert stage.position() == 0


def test_capabilities_are_listed_with_what_they_promise() -> None:
    known = {entry["name"]: entry for entry in capabilities()}
    assert list(known) == sorted(known)
    assert {"readable", "movable", "stop", "triggerable", "frame_producer"} <= set(known)
    position = known["movable"]["properties"][0]
    assert position == {
        "name": "position",
        "type": "double",
        "doc": position["doc"],
        "readable": True,
        "writable": True,
        "effect": "moves",
    }
    assert known["stop"]["within"] == "movable"
    assert known["readable"]["within"] is None
    effects = {action["name"]: action["effect"] for action in known["triggerable"]["actions"]}
    assert effects == {"arm": "starts", "trigger": "starts", "disarm": "ends"}
    assert every(entry["doc"].endswith(".") and entry["version"] >= 1 for entry in known.values())


@pytest.mark.parametrize("mock", [MockMovable, MockReadable, MockCamera])
def test_devices_keep_what_their_capabilities_promise(mock: Callable[[], Device]) -> None:
    known = {entry["name"]: entry for entry in capabilities()}
    with mock() as device:
        about = device.describe()
        assert about["capabilities"]
        properties = {described["name"]: described for described in about["properties"]}
        for entry in (known[name] for name in about["capabilities"]):
            for promised in entry["properties"]:
                given = properties[promised["name"]]
                assert given["type"] == promised["type"]
                assert given["readable"] >= promised["readable"]
                assert given["writable"] >= promised["writable"]
            wanted = {action["name"] for action in entry["actions"] if action["required"]}
            assert wanted <= set(about["actions"])
            does = [*entry["properties"], *entry["actions"]]
            held = {one["name"] for one in does if one["effect"] in ("moves", "starts")}
            there = set(properties) | set(about["actions"])
            assert held & there <= set(about["starting"])
