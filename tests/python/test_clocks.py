from __future__ import annotations

import time

import pytest

from alidade import Clock, clocks, errors


def test_the_monotonic_clock_is_that_of_python() -> None:
    before = time.monotonic_ns()
    now = clocks.mono_ns()
    assert before <= now <= time.monotonic_ns()


def test_the_wall_clock() -> None:
    before = clocks.mono_ns()
    now = clocks.wall_ns()
    after = clocks.mono_ns()
    assert clocks.wall_from_mono(before) <= now <= clocks.wall_from_mono(after)
    assert abs(now + clocks.wall_error_ns() - time.time_ns()) < 1e9
    assert clocks.wall_from_mono(before + 1000) == clocks.wall_from_mono(before) + 1000


def test_a_hardware_clock_learns() -> None:
    clock = Clock("digitizer")
    assert clock.name == "digitizer"
    assert repr(clock) == f"<Clock 'digitizer' {clock.id}>"
    assert Clock("other").id != clock.id
    with pytest.raises(errors.StateError):
        clock.to_mono(0)
    # Runs 100 ppm fast, and is asked within 10 us.
    for second in range(10):
        t = 1_000_000_000 * second
        clock.observe(round(t * 1.0001) + 77, t - 5_000, t + 5_000)
    t_mono_ns, uncertainty_ns = clock.to_mono(round(5.5e9 * 1.0001) + 77)
    assert abs(t_mono_ns - 5_500_000_000) <= uncertainty_ns
    assert 0 < uncertainty_ns <= 10_000


def test_a_clock_that_goes_back_begins_anew() -> None:
    clock = Clock("c")
    clock.observe(1_000_000, 0, 10)
    with pytest.raises(errors.StateLostError):
        clock.observe(5, 2_000_000, 2_000_010)
    assert clock.to_mono(5)[0] == pytest.approx(2_000_005, abs=10)
    with pytest.raises(errors.InvalidError):
        clock.observe(10, 100, 50)
    with pytest.raises(errors.InvalidError, match="NUL"):
        Clock("a\0b")
