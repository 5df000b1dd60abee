"""Groups of presets, named positions, safe states: switched, read back, refused, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alidade
from alidade import Lab, Movable, aio, errors
from support import eventually

TEXT = """
[devices.stage]
driver = "mock-movable"
velocity = 1e4
settle_time = 0.0
reopen = true
safe_state = [
  { act = "home", timeout = 5.0 },
  { set = "velocity", to = 7.0 },
]

[devices.turret]
driver = "mock-movable"
velocity = 1e4
settle_time = 0.0

[devices.lamp]
driver = "mock-readable"

[groups.objective.presets.x20]
"turret:position" = 2
"lamp:level" = 0.2

[groups.objective.presets.x40]
"turret:position" = 3.0
"lamp:level" = 0.5

[groups.objective.tolerances]
"turret:position" = 0.1

[positions.load]
stage = 10
turret = -20.0
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab.from_text(TEXT, "lab.toml") as lab:
        yield lab


def test_groups(lab: Lab) -> None:
    assert list(lab.groups) == ["objective"]
    assert lab.groups["objective"]["presets"]["x20"] == {"turret:position": 2.0, "lamp:level": 0.2}
    assert lab.groups["objective"]["tolerances"] == {"turret:position": 0.1}
    assert lab.current("objective") is None
    assert lab.apply("objective", "x40") == {"turret:position": 3.0, "lamp:level": 0.5}
    assert lab.current("objective") == "x40"
    lab["turret"].set("position", 3.05)
    assert lab.current("objective") == "x40"
    lab["turret"].set("position", 3.2)
    assert lab.current("objective") is None
    lab.start_apply("objective", "x20").wait(5)
    assert lab.current("objective") == "x20"
    with pytest.raises(errors.NotFoundError, match="did you mean 'x40'"):
        lab.apply("objective", "x41")
    with pytest.raises(errors.NotFoundError, match="did you mean 'objective'"):
        lab.current("objectiv")
    lab.set_group("objective", {"off": {"lamp:level": 0}})
    assert list(lab.groups["objective"]["presets"]) == ["off"]
    lab.remove_group("objective")
    assert lab.groups == {}
    with pytest.raises(errors.NotFoundError):
        lab.remove_group("objective")


def test_groups_are_checked(lab: Lab) -> None:
    for presets, error, words in (
        ({"p": {"stage:velocty": 1}}, errors.NotFoundError, "did you mean 'velocity'"),
        ({"p": {"stag:velocity": 1}}, errors.NotFoundError, "did you mean 'stage'"),
        ({"p": {"stage:velocity": -1}}, errors.RangeError, "mm/s"),
        ({"p": {"stage:velocity": "fast"}}, errors.InvalidError, "string"),
        ({"p": {"stage:settled": True}}, errors.UnsupportedError, "cannot be written"),
        ({"p": {"stage": 1}}, errors.InvalidError, "path:property"),
    ):
        with pytest.raises(error, match=words):
            lab.set_group("g", presets)
    with pytest.raises(errors.InvalidError, match="tolerance"):
        lab.set_group("g", {"p": {"stage:velocity": 1}}, {"stage:velocity": -1})
    assert "g" not in lab.groups


def test_one_instrument_in_order_different_ones_at_once(lab: Lab) -> None:
    for path in ("stage", "turret"):
        lab[path].set("velocity", 100.0)
    lab.set_group("g", {"p": {"stage:position": 20, "turret:position": 20, "stage:velocity": 50}})
    op = lab.start_apply("g", "p")
    assert eventually(lambda: not any(lab[path].get("settled") for path in ("stage", "turret")))
    op.wait(10)
    assert lab["stage"].get("velocity") == 50.0
    assert list(op.result()) == ["stage:position", "stage:velocity", "turret:position"]


def test_a_preset_that_fails(lab: Lab) -> None:
    lab.set_group("g", {"p": {"lamp:level": 0.7, "stage:position": 50, "stage:velocity": 3}})
    stage = lab.device("stage", Movable)
    stage.set("velocity", 10.0)
    motion = stage.start_move(90)
    with pytest.raises(
        errors.BusyError, match=r"set: lamp:level; not set: stage:position, stage:v"
    ):
        lab.apply("g", "p")
    assert lab["lamp"].get("level") == 0.7
    motion.cancel()
    lab["lamp"].close()
    with pytest.raises(errors.ClosedError):
        lab.apply("g", "p")
    assert stage.get("velocity") == 10.0


def test_places_in_the_file(tmp_path: Path) -> None:
    device = '[devices.stage]\ndriver = "mock-movable"\n'
    for text, error, place in (
        ('[groups.a.presets.b]\n"stgae:velocity" = 1', errors.NotFoundError, "4:1"),
        ('[groups.a.presets.b]\n"stage:velocity" = -1', errors.RangeError, "4:1"),
        ("[groups.a]\nx = 1", errors.NotFoundError, "4:1"),
        ("[groups.a.presets]\nb = 1", errors.InvalidError, "4:1"),
        ("[positions.p]\nstage = 1000", errors.RangeError, "4:1"),
        ("[positions]\np = 1", errors.InvalidError, "4:1"),
        ("[positions.p]\nstage = 'here'", errors.InvalidError, "4:1"),
        ("reopen = 'x'", errors.InvalidError, "3:1"),
        ("safe_state = 1", errors.InvalidError, "3:1"),
        ("safe_state = [{set = 'velocity', to = -1}]", errors.RangeError, "3:15"),
        ("safe_state = [{act = 'home'}, {ack = 'x'}]", errors.NotFoundError, "3:32"),
    ):
        with pytest.raises(error) as caught:
            Lab.from_text(device + text, "lab.toml")
        assert caught.value.where == f"lab.toml:{place}", text


def test_positions(lab: Lab) -> None:
    assert lab.positions == {"load": {"stage": 10.0, "turret": -20.0}}
    assert lab.go_to("load") == {"stage": 10.0, "turret": -20.0}
    lab.device("stage", Movable).move_abs(33.0)
    assert lab.remember("here") == {"stage": 33.0, "turret": -20.0}
    assert lab.remember("stage only", ["stage"]) == {"stage": 33.0}
    lab.start_go_to("load").wait(10)
    assert lab.go_to("stage only") == {"stage": 33.0}
    assert lab.device("turret", Movable).position() == -20.0
    lab.forget("here")
    assert list(lab.positions) == ["load", "stage only"]
    lab.set_position("load", {"stage": 1})
    assert lab.go_to("load") == {"stage": 1.0}
    with pytest.raises(errors.NotFoundError, match="did you mean 'load'"):
        lab.go_to("laod")
    with pytest.raises(errors.RangeError, match="mm"):
        lab.set_position("far", {"stage": 1000})
    with pytest.raises(errors.UnsupportedError, match="movable"):
        lab.set_position("lamp", {"lamp": 1})
    with pytest.raises(TypeError, match="paths"):
        lab.remember("x", "stage")


def test_cancelling_stops_all_axes() -> None:
    async def main() -> None:
        async with aio.Lab.from_text(TEXT) as lab:
            for path in ("stage", "turret"):
                await lab[path].set("velocity", 5.0)
            lab.set_position("far", {"stage": 90, "turret": 90})
            going = asyncio.create_task(lab.go_to("far"))
            while not (await lab["turret"].get("position") > 0):
                await asyncio.sleep(0.001)
            going.cancel()
            with pytest.raises(asyncio.CancelledError):
                await going
            for path in ("stage", "turret"):
                assert await lab[path].get("settled") is True
                assert await lab[path].get("position") < 90
            await lab.safe_state()
            assert await lab["stage"].get("velocity") == 7.0
            assert await lab.current("objective") is None

    asyncio.run(main())


def test_safe_state(lab: Lab) -> None:
    stage, turret = lab.device("stage", Movable), lab.device("turret", Movable)
    stage.move_abs(40.0)
    turret.set("velocity", 1.0)
    motion = turret.start_move(50.0)
    lab.safe_state()
    with pytest.raises(errors.CancelledError):
        motion.wait(5)
    assert stage.position() == 0.0
    assert stage.get("velocity") == 7.0
    stage.set_safe_state([{"set": "position", "to": 3}, {"act": "home"}])
    stage.set_safe_state([{"set": "velocity", "to": 9, "timeout": 1}])
    stage.safe_state()
    assert stage.get("velocity") == 9.0
    stage.set_safe_state(None)
    stage.set("velocity", 5.0)
    stage.safe_state()
    assert stage.get("velocity") == 5.0
    for steps, error in (
        ([{"set": "velocity"}], errors.InvalidError),
        ([{"act": "hoem"}], errors.NotFoundError),
        ([{"set": "velocity", "to": -1}], errors.RangeError),
        ([{"act": "home", "child": "x"}], errors.NotFoundError),
    ):
        with pytest.raises(error):
            stage.set_safe_state(steps)
    closed = alidade.Device("closed", "mock-movable")
    with pytest.raises(errors.StateError):
        closed.safe_state()


def test_reopening_is_asked_for_in_seconds(lab: Lab) -> None:
    stage = lab["stage"]
    stage.set_reopen(0.5)
    stage.set_reopen(None)
    for wrong in (0, -1, float("nan")):
        with pytest.raises(errors.RangeError):
            stage.set_reopen(wrong)
    with pytest.raises(errors.RangeError):
        stage.set_reopen(1e-6)


numbers = st.integers(-1000, 1000).map(lambda x: x / 10)
preset = st.fixed_dictionaries(
    {"stage:position": numbers, "turret:position": numbers, "lamp:level": numbers}
)


@settings(max_examples=30)
@given(
    presets=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
        preset,
        min_size=1,
        max_size=5,
    ),
    data=st.data(),
)
def test_what_was_applied_is_current(
    presets: dict[str, dict[str, float]], data: st.DataObject
) -> None:
    # Presets that say the same cannot be told apart: the first of them is the current one.
    first = {tuple(settings.items()): name for name, settings in reversed(presets.items())}
    with Lab.from_text(TEXT) as lab:
        for path in ("stage", "turret"):
            lab[path].set("velocity", 1e6)
        lab.set_group("g", presets)
        assert lab.groups["g"]["presets"] == presets
        for name in data.draw(st.lists(st.sampled_from(sorted(presets)), min_size=1, max_size=4)):
            assert lab.apply("g", name) == presets[name]
            assert lab.current("g") == first[tuple(presets[name].items())]
