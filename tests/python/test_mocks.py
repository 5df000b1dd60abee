from __future__ import annotations

import math
import re
import statistics
import threading

import pytest

from alidade import MockMovable, MockReadable, OpState, errors
from alidade._constants import DeviceState


def test_the_first_script() -> None:
    stage, sensor = MockMovable(), MockReadable()
    assert stage.move_abs(10.0) == 10.0
    assert (stage.position(), sensor.read()) == (10.0, 0.0)


def test_they_open_themselves_at_first_use() -> None:
    stage = MockMovable("z", unit="um")
    assert repr(stage) == "<MockMovable 'z' [um] new>"
    assert stage.unit == "um"
    assert stage.state is DeviceState.OPEN
    assert repr(stage) == "<MockMovable 'z' [um] open>"
    sensor = MockReadable(unit="Cel", value=21.5)
    assert repr(sensor) == "<MockReadable 'sensor' [Cel] new>"
    assert sensor.read() == 21.5
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        sensor.reed  # noqa: B018
    with MockReadable() as opened:
        assert opened.state is DeviceState.OPEN
    assert opened.state is DeviceState.CLOSED
    with pytest.raises(errors.ClosedError):
        opened.read()
    assert repr(MockMovable.__new__(MockMovable)) == "<MockMovable not made>"


def test_units_are_converted() -> None:
    stage = MockMovable()
    assert stage.move_abs(2500, unit="um") == 2.5
    assert stage.move_rel(-0.05, unit="cm") == 2.0
    assert stage.start_move(1e6, unit="nm").wait(5) == 1.0
    assert stage.start_move_rel(1, unit="mm").wait(5) == 2.0
    for unit in ("K", "deg", "furlongs", "", "mm/s"):
        with pytest.raises(errors.InvalidError):
            stage.move_abs(1, unit=unit)
        with pytest.raises(errors.InvalidError):
            stage.move_rel(1, unit=unit)
    assert stage.position() == 2.0
    warm = MockMovable(unit="K", max=400)
    assert warm.move_abs(20, unit="Cel") == pytest.approx(293.15)
    assert warm.move_rel(10, unit="Cel") == pytest.approx(303.15)


@pytest.mark.parametrize(
    ("unit", "hint"), [("foo", "unknown unit 'foo'"), ("Torr", "did you mean 'mm[Hg]'?")]
)
def test_units_that_are_none_are_refused_when_a_device_is_made(unit: str, hint: str) -> None:
    for make in (MockReadable, MockMovable):
        with pytest.raises(errors.InvalidError, match=re.escape(hint)):
            make(unit=unit)


def test_an_axis_may_have_any_length_of_ucum() -> None:
    stage = MockMovable(unit="[in_i]")
    assert stage.move_abs(25.4, unit="mm") == pytest.approx(1.0, rel=1e-15)
    assert stage.move_abs(2.0) == 2.0
    assert stage.move_rel(1, unit="[ft_i]") == 14.0


@pytest.mark.parametrize("position", [100.001, -101, 1e300])
def test_limits_name_limit_and_unit(position: float) -> None:
    stage = MockMovable()
    assert stage.limits == (-100.0, 100.0)
    for move in (stage.move_abs, stage.start_move, stage.move_rel):
        with pytest.raises(errors.RangeError, match="-100 mm to 100 mm"):
            move(position)
    assert stage.position() == 0


def test_nan_and_wrong_types() -> None:
    stage = MockMovable()
    with pytest.raises(errors.InvalidError, match="NaN"):
        stage.move_abs(math.nan)
    for bad in (math.nan, math.inf):
        with pytest.raises(errors.InvalidError, match="finite number of mm"):
            stage.move_rel(bad)
    for wrong in ("1", None, [1], 1j):
        with pytest.raises(TypeError, match="position must be a number, not "):
            stage.move_abs(wrong)
    with pytest.raises(TypeError, match="distance must be a number, not str"):
        stage.move_rel("1", unit="um")
    with pytest.raises(TypeError, match="velocity must be a number, not str"):
        MockMovable(velocity="1").position()
    with pytest.raises(TypeError):
        stage.move_abs(1, unit=3)
    assert stage.position() == 0


def test_starting_a_move() -> None:
    stage = MockMovable(velocity=20)
    op = stage.start_move(10)
    assert op.state is OpState.RUNNING
    with pytest.raises(errors.BusyError):
        stage.start_move(5)
    with pytest.raises(errors.BusyError):
        stage.move_abs(5)
    with pytest.raises(errors.StateError):
        op.result()
    seen = list(op.updates())
    assert {progress.unit for progress in seen} == {"mm"}
    assert "moving" in {progress.phase for progress in seen}
    assert seen[0].total == 10
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert seen[-1].state is OpState.DONE
    assert op.wait() == op.result() == 10.0
    assert op.done
    assert repr(op) == "<Op done>"


def test_stop_ends_the_motion() -> None:
    stage = MockMovable(velocity=1)
    op = stage.start_move(50)
    stage.stop()
    with pytest.raises(errors.CancelledError, match="stopped"):
        op.wait(5)
    assert op.state is OpState.CANCELLED
    assert 0 <= stage.position() < 50
    assert stage.get("settled") is True
    stage.stop(timeout=5)  # nothing to stop


def test_cancelling_and_timing_out_stop_the_axis() -> None:
    stage = MockMovable(velocity=1)
    op = stage.start_move(50)
    op.cancel()
    op.cancel()
    with pytest.raises(errors.CancelledError):
        op.wait(5)
    assert stage.get("settled") is True
    with pytest.raises(TimeoutError):
        stage.move_abs(50, timeout=0.03)
    assert stage.get("settled") is True
    with pytest.raises(TimeoutError):
        stage.start_move(50, timeout=0.08).wait()
    here = stage.position()
    assert here < 50
    assert stage.position() == here


def test_waiting_with_a_timeout_lets_the_motion_go_on() -> None:
    stage = MockMovable(velocity=50)
    op = stage.start_move(10)
    with pytest.raises(TimeoutError):
        op.wait(0.01)
    with pytest.raises(TimeoutError):
        stage.wait_settled(timeout=0.01)
    assert op.state is OpState.RUNNING
    stage.wait_settled()
    assert op.result() == 10.0
    op.cancel()  # after the end: stays as it is
    assert op.state is OpState.DONE


def test_home() -> None:
    stage = MockMovable(position=3, home=-1, velocity=1000)
    assert stage.position() == 3
    assert stage.home() == -1
    stage.move_abs(2)
    assert stage.start_home().wait(5) == -1
    assert stage.start_position().wait(5) == -1


def test_stop_from_another_thread() -> None:
    stage = MockMovable(velocity=1)
    moving = stage.start_move(50)
    stopper = threading.Thread(target=stage.stop)
    stopper.start()
    with pytest.raises(errors.CancelledError):
        moving.wait()
    stopper.join()


def test_noise() -> None:
    sensor = MockReadable(value=5, noise=0.5, seed=3)
    numbers = [sensor.read() for _ in range(400)]
    assert statistics.fmean(numbers) == pytest.approx(5, abs=0.15)
    assert statistics.stdev(numbers) == pytest.approx(0.5, abs=0.1)
    again = MockReadable(value=5, noise=0.5, seed=3)
    assert [again.read() for _ in range(5)] == numbers[:5]


def test_numbers_without_io() -> None:
    sensor = MockReadable(value=5)
    with pytest.raises(errors.StateError):
        sensor.last()
    with pytest.raises(errors.StateError):
        sensor.value  # noqa: B018
    assert sensor.start_read().wait(5) == 5
    sensor.set("level", 7)
    assert sensor.value == 5
    assert sensor.read() == sensor.value == 7


def test_bad_options() -> None:
    with pytest.raises(errors.RangeError):
        MockMovable(velocity=0)
    with pytest.raises(errors.RangeError):
        MockReadable(noise=-1)
    with pytest.raises(TypeError):
        MockReadable(seed="x", latency=None)
    with pytest.raises(errors.InvalidError):
        MockReadable(seed=1.5)
