"""Outputs: limits, units, read-back, with asyncio, and from a shell."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alidade import Bench, Device, Lab, MockReadable, MockSettable, Settable, aio, errors
from command import refused, run

LEAST, GREATEST = -2.0, 5.0


@pytest.fixture(scope="module")
def supply() -> Iterator[MockSettable]:
    made = MockSettable(unit="V", min=LEAST, max=GREATEST)
    yield made
    made.close()


@given(st.floats(LEAST, GREATEST))
def test_what_is_within_the_limits_is_put_out(supply: MockSettable, x: float) -> None:
    assert supply.set_output(x) == x
    assert supply.setpoint() == x
    assert supply.readback() == x


@given(st.floats(allow_nan=True).filter(lambda x: not LEAST <= x <= GREATEST))
def test_what_is_outside_is_refused_and_changes_nothing(supply: MockSettable, x: float) -> None:
    before = supply.setpoint()
    kind = errors.InvalidError if math.isnan(x) else errors.RangeError
    with pytest.raises(kind):
        supply.set_output(x)
    assert supply.setpoint() == before


@given(st.floats(LEAST, GREATEST), st.sampled_from([("mV", 1e3), ("V", 1.0), ("uV", 1e6)]))
def test_units_are_converted(supply: MockSettable, x: float, unit: tuple[str, float]) -> None:
    name, factor = unit
    given_as = max(min(x * factor, GREATEST * factor), LEAST * factor)
    set_to = supply.set_output(given_as * (1 - 1e-12), unit=name)
    assert set_to == pytest.approx(x, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("unit", ["A", "mm", "W"])
def test_units_of_something_else_are_refused(supply: MockSettable, unit: str) -> None:
    before = supply.setpoint()
    with pytest.raises(errors.InvalidError, match=unit):
        supply.set_output(1.0, unit=unit)
    assert supply.setpoint() == before


def test_an_output_tells_what_it_is(supply: MockSettable) -> None:
    assert isinstance(supply, Settable)
    assert supply.output_unit == "V"
    assert supply.output_limits == (LEAST, GREATEST)
    supply.set_output(1.0)
    assert supply.get("setpoint") == supply.get("readback") == 1.0
    supply.set("setpoint", 2.0)
    assert supply.readback() == 2.0


def test_the_read_back_is_noisy_as_it_is_told() -> None:
    supply = MockSettable(noise=0.1, seed=3)
    supply.set_output(1.0)
    numbers = [supply.readback() for _ in range(400)]
    mean = sum(numbers) / 400
    spread = math.sqrt(sum((x - mean) ** 2 for x in numbers) / 399)
    assert mean == pytest.approx(1.0, abs=0.025)  # five standard errors
    assert spread == pytest.approx(0.1, rel=0.2)
    assert supply.setpoint() == 1.0
    again = MockSettable(noise=0.1, seed=3)
    again.set_output(1.0)
    assert [again.readback() for _ in range(5)] == numbers[:5]


def test_the_laser_of_a_bench_is_an_output() -> None:
    bench = Bench(quantities={"background": 0.0})
    laser = MockSettable("laser", bench=bench, quantity="laser.power", max=0.01)
    meter = MockReadable(bench=bench, quantity="power")
    assert laser.output_unit == "W"
    assert laser.readback() == bench.get("laser.power")
    light = meter.read()
    laser.set_output(2 * laser.setpoint())
    assert meter.read() == pytest.approx(2 * light)
    laser.set_output(0.0)
    assert meter.read() == 0


def test_a_newer_set_point_overtakes() -> None:
    supply = MockSettable(lag=100.0)
    first = supply.start_set_output(5.0)
    second = supply.start_set_output(1.0)
    with pytest.raises(errors.CancelledError, match="overtaken"):
        first.wait(10)
    assert supply.setpoint() == 1.0
    second.cancel()
    with pytest.raises(errors.CancelledError):
        second.wait(10)
    held = supply.readback()
    assert 0 <= held < 1
    assert supply.readback() == held


def test_an_emergency_stop_leaves_outputs_alone_and_a_safe_state_does_as_declared() -> None:
    with Lab("bench") as lab:
        supply = lab.add("supply", "mock-settable", {})
        assert isinstance(supply, Settable)
        supply.open()
        supply.set_output(3.0)
        lab.emergency_stop()
        assert supply.readback() == 3.0
        supply.set_output(2.0)
        supply.set_safe_state([{"set": "setpoint", "to": 0.0}])
        lab.safe_state()
        assert supply.readback() == 0.0


def test_the_twin_awaits() -> None:
    async def use() -> None:
        async with aio.MockSettable(lag=0.01) as supply:
            assert await supply.set_output(2.5) == 2.5
            assert await supply.readback() == 2.5
            assert await supply.setpoint() == 2.5

    asyncio.run(use())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"min": 2.0, "max": 1.0}, errors.RangeError),
        ({"lag": -1.0}, errors.RangeError),
        ({"quantity": "lazer.power"}, errors.NotFoundError),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Device("supply", "mock-settable", options)


def test_set_from_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text('[devices.supply]\ndriver = "mock-settable"\n')
    assert run("set", file, "supply", "1500mV").stdout == "supply is 1.5 V\n"
    assert run("set", file, "supply:setpoint", "2").stdout == "supply:setpoint is 2.0\n"
    refused(run("set", file, "supply", "11"), "10")
    refused(run("set", file, "supply", "1mm"), "mm")
    assert "1.5" not in run("read", file, "supply:readback").stdout
