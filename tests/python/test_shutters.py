"""Shutters: in Python, with asyncio, and from a shell."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from alidade import Bench, Device, Lab, MockReadable, MockShutter, Shutter, aio, errors
from command import refused, run
from support import eventually


def test_a_shutter_opens_and_closes() -> None:
    shutter = MockShutter()
    assert isinstance(shutter, Shutter)
    assert shutter.shutter_state() == "closed"
    shutter.open_shutter()
    assert shutter.shutter_state() == "open"
    shutter.open_shutter()
    shutter.close_shutter()
    assert shutter.get("shutter_state") == "closed"
    assert shutter.can("shutter")
    assert not shutter.can("stop")
    shutter.close()


def test_a_shutter_blocks_the_light_of_its_bench() -> None:
    bench = Bench(quantities={"background": 0.0})
    shutter = MockShutter(bench=bench, quantity="shutter")
    meter = MockReadable(bench=bench, quantity="power")
    light = meter.read()
    assert light > 0
    shutter.close_shutter()
    assert meter.read() == 0
    shutter.start_open_shutter().wait(10)
    assert meter.read() == light
    shutter.start_close_shutter().wait(10)
    assert meter.read() == 0


def test_closing_ends_an_opening() -> None:
    shutter = MockShutter(travel_time=30.0)
    with pytest.raises(errors.TimedOutError):
        shutter.open_shutter(timeout=0.0)
    opening = MockShutter(travel_time=0.3)
    move = opening.start_open_shutter()
    assert opening.shutter_state() == "opening"
    with pytest.raises(errors.BusyError):
        opening.open_shutter()
    opening.close_shutter()
    with pytest.raises(errors.CancelledError, match="closed"):
        move.wait(10)
    assert opening.shutter_state() == "closed"


def test_emergency_stops_and_safe_states_close_it() -> None:
    with Lab("bench") as lab:
        shutter = lab.add("shutter", "mock-shutter", {"travel_time": 0.01})
        assert isinstance(shutter, Shutter)
        shutter.open()
        shutter.open_shutter()
        lab.safe_state()
        assert shutter.shutter_state() == "closed"
        shutter.open_shutter()
        lab.emergency_stop()
        assert eventually(lambda: shutter.shutter_state() == "closed")
        with pytest.raises(errors.StateError, match="reset_stop"):
            shutter.open_shutter()
        with pytest.raises(errors.StateError, match="reset_stop"):
            shutter.act("open_shutter")
        shutter.close_shutter()
        assert "open_shutter" in shutter.describe()["starting"]
        lab.reset_stop()
        shutter.open_shutter()


def test_a_change_is_an_event() -> None:
    shutter = MockShutter()
    told: list[str] = []
    known = threading.Event()

    def listen(event: object) -> None:
        told.append(event.payload["value"])  # type: ignore[attr-defined]
        if told[-1] == "open":
            known.set()

    with shutter.subscribe("property.changed", listen):
        shutter.open_shutter()
        assert known.wait(10)
    assert told == ["opening", "open"]


def test_the_twin_awaits() -> None:
    async def use() -> None:
        async with aio.MockShutter(travel_time=0.05) as shutter:
            assert await shutter.shutter_state() == "closed"
            await shutter.open_shutter()
            assert await shutter.shutter_state() == "open"
            await shutter.close_shutter()
            opening = asyncio.create_task(shutter.open_shutter())
            while await shutter.shutter_state() == "closed":
                await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            assert await shutter.shutter_state() == "closed"

    asyncio.run(use())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"travel_time": -1.0}, errors.RangeError),
        ({"quantity": "shuter"}, errors.NotFoundError),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Device("shutter", "mock-shutter", options)


# alidade set


LAB = """
[devices.shutter]
driver = "mock-shutter"
travel_time = 0.0
[devices.stage]
driver = "mock-movable"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    file = tmp_path / "lab.toml"
    file.write_text(LAB)
    return file


@pytest.mark.parametrize(
    ("word", "state"), [("open", "open"), ("closed", "closed"), ("close", "closed")]
)
def test_set_opens_and_closes(lab: Path, word: str, state: str) -> None:
    ended = run("set", lab, "shutter", word)
    assert ended.returncode == 0, ended
    assert ended.stdout == f"shutter is {state}\n"


def test_set_changes_a_property(lab: Path) -> None:
    assert run("set", lab, "stage:velocity", "2.5").stdout == "stage:velocity is 2.5\n"
    ended = run("set", "--driver", "mock-shutter", "mock-shutter", "open")
    assert ended.stdout == "mock-shutter is open\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shutter", "ajar"), '"ajar"'),
        (("stage", "3"), "stage:position"),
        (("stage:speed", "3"), "velocity"),
        (("stage:velocity", json.dumps("fast")), "velocity"),
    ],
)
def test_set_tells_what_cannot_be(lab: Path, words: tuple[str, ...], said: str) -> None:
    refused(run("set", lab, *words), said)
