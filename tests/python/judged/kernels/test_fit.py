"""Fits of curves, with SciPy as the judge."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

import alidade.aio.fit
from alidade import errors, fit
from curves import (
    damped_sine,
    edge,
    exponential,
    gaussian,
    half_wave,
    line,
    lorentzian,
    malus,
    sine,
)
from support import every, took

Case = tuple[str, Callable[..., Any], tuple[float, ...], np.ndarray]
CASES: list[Case] = [
    ("line", line, (3.0, -2.0), np.linspace(0, 10, 30)),
    ("malus", malus, (2.0, 130.0, 0.1), np.arange(0, 360, 10.0)),
    ("malus-half-wave", half_wave, (2.0, 80.0, 0.1), np.arange(0, 90, 4.0)),
    ("edge", edge, (3.0, 1.2, 0.3, 0.1), np.linspace(0, 3, 40)),
    ("edge", edge, (-3.0, 1.2, 0.3, 3.1), np.linspace(0, 3, 40)),
    ("gaussian", gaussian, (5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
    ("gaussian", gaussian, (-5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
    ("lorentzian", lorentzian, (5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
    ("lorentzian", lorentzian, (-5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
    ("exponential", exponential, (3.0, 1.5, 1.0), np.linspace(0, 6, 50)),
    ("exponential", exponential, (-3.0, -2.5, 1.0), np.linspace(-1, 6, 50)),
    ("sine", sine, (3.0, 1.3, 40.0, 1.0), np.linspace(-1, 5, 60)),
    ("sine", sine, (3.0, 0.2, 300.0, 1.0), np.linspace(0, 5, 60)),
    ("damped-sine", damped_sine, (3.0, 1.3, 40.0, 2.0, 1.0), np.linspace(0, 5, 60)),
    ("damped-sine", damped_sine, (0.5, 1.3, 220.0, -3.0, 1.0), np.linspace(0, 5, 60)),
]
every_curve = pytest.mark.parametrize(("name", "f", "truth", "x"), CASES)


@every_curve
@pytest.mark.parametrize("sigma", [None, 0.03])
def test_as_scipy(
    name: str, f: Callable[..., Any], truth: tuple[float, ...], x: np.ndarray, sigma: float | None
) -> None:
    y = f(x, *truth) + np.random.default_rng(1).normal(0, 0.03, x.size)
    each = None if sigma is None else np.full(x.size, sigma)
    best, covariance = curve_fit(
        f, x, y, truth, sigma=each, absolute_sigma=sigma is not None, ftol=1e-14, xtol=1e-14
    )
    errors_of = np.sqrt(np.diag(covariance))
    for found in (
        fit.curve(name, x, y, sigma),
        fit.function(f, x, y, sigma, start=dict(zip(fit.models()[name], truth))),
    ):
        assert every(np.abs(found.best - best) < 1e-4 * errors_of)
        # SciPy differentiates by differences.
        distance = np.abs(found.covariance - covariance)
        assert every(distance < 1e-3 * np.outer(errors_of, errors_of))
        assert list(found.errors.values()) == pytest.approx(np.sqrt(np.diag(found.covariance)))
        residuals = y - f(x, *found.best)
        assert found.chi_squared == pytest.approx(np.sum((residuals / (sigma or 1)) ** 2))
        assert found.degrees_of_freedom == x.size - len(truth)
        assert found(x) == pytest.approx(f(x, *found.best))


@every_curve
def test_errors_are_honest(
    name: str, f: Callable[..., Any], truth: tuple[float, ...], x: np.ndarray
) -> None:
    """Over 500 seeds (fit - truth) / error has mean 0 and standard deviation 1."""
    pulls = []
    for seed in range(500):
        y = f(x, *truth) + np.random.default_rng(seed).normal(0, 0.03, x.size)
        found = fit.curve(name, x, y, 0.03)
        pulls.append((found.best - truth) / list(found.errors.values()))
    assert every(np.abs(np.mean(pulls, axis=0)) < 0.15)
    assert every(np.abs(np.std(pulls, axis=0) - 1) < 0.1)


@settings(max_examples=60)
@given(
    st.floats(0.1, 1e6), st.floats(0, 90, exclude_max=True), st.floats(-10, 10), st.integers(0, 99)
)
def test_an_angle_is_found_wherever_it_is(
    amplitude: float, angle: float, offset: float, seed: int
) -> None:
    x = np.random.default_rng(seed).uniform(-200, 200, 60)
    found = fit.curve("malus-half-wave", x, half_wave(x, amplitude, angle, offset * amplitude))
    assert 0 <= found["angle"] < 90
    assert found["amplitude"] == pytest.approx(amplitude, rel=1e-6)
    assert (found["angle"] - angle + 45) % 90 - 45 == pytest.approx(0, abs=1e-5)


@settings(max_examples=60)
@given(
    st.sampled_from(["edge", "gaussian"]),
    st.floats(-1e3, 1e3).filter(lambda a: abs(a) > 1e-3),
    st.floats(-1, 1),
    st.floats(0.1, 0.6),
    st.floats(-1e3, 1e3),
    st.floats(1e-3, 1e3),
    st.floats(-1e3, 1e3),
)
@example("edge", 1.0, 0.0, 0.28125, 0.0, 1.0, 5.0)  # nothing but rounding is left of the sum
@example("edge", 1.0, 0.0, 0.4375, 0.0, 643.3719052942854, 408.0)
@example("edge", -1.0, 0.0, 0.21051390084673074, 0.0, 15.564642117348885, 0.0)
def test_a_place_and_a_width_are_found_in_any_unit(
    name: str,
    amplitude: float,
    center: float,
    width: float,
    offset: float,
    unit: float,
    zero: float,
) -> None:
    f = {"edge": edge, "gaussian": gaussian}[name]
    x = np.linspace(-3, 3, 121) * unit + zero * unit
    truth = (amplitude, (center + zero) * unit, width * unit, offset * abs(amplitude))
    found = fit.curve(name, x, f(x, *truth))
    expected = pytest.approx(truth, rel=1e-5, abs=1e-6 * unit + 1e-6 * abs(amplitude))
    assert tuple(found.best) == expected


@pytest.mark.parametrize(
    ("fixed", "bounds", "free"),
    [
        ({"offset": 1.02}, {}, ("amplitude", "center", "sigma")),
        ({"center": 2.01, "sigma": 0.41}, {}, ("amplitude", "offset")),
        ({}, {"center": (1.9, 2.1), "amplitude": (0, None)}, gaussian.__annotations__),
        ({}, {"center": (2.05, None)}, ("amplitude", "sigma", "offset")),  # it would go below
        ({}, {"sigma": (None, 0.35), "offset": (1.4, 2)}, ("amplitude", "center")),
    ],
)
@pytest.mark.parametrize("sigma", [None, 0.03])
@pytest.mark.parametrize(
    "start", [None, {"amplitude": 4, "center": 2.07, "sigma": 0.3, "offset": 1.5}]
)
def test_fixed_and_bounded_as_scipy(
    fixed: Any, bounds: Any, free: Any, sigma: float | None, start: Any
) -> None:
    """What stands at a bound is, for the others, as what is fixed there."""
    x = np.linspace(0, 4, 50)
    y = gaussian(x, 5.0, 2.0, 0.4, 1.0) + np.random.default_rng(3).normal(0, 0.03, x.size)
    names = fit.models()["gaussian"]
    free = [name for name in names if name in free]
    for found in (
        fit.curve("gaussian", x, y, sigma, start=start, fixed=fixed, bounds=bounds),
        fit.function(
            gaussian, x, y, sigma, fixed=fixed, bounds=bounds,
            start=start or {"amplitude": 4, "center": 2.07, "sigma": 0.3, "offset": 1.5},
        ),
    ):  # fmt: skip
        held = {name: found[name] for name in names if name not in free}
        for name, (low, high) in bounds.items():
            assert low is None or low <= found[name]
            assert high is None or found[name] <= high
        assert found.fixed == tuple(name for name in names if name in fixed)
        assert found.at_bound == tuple(name for name in held if name not in fixed)
        assert {name: held[name] for name in fixed} == fixed

        def partly(x: Any, *values: float, held: Any = held) -> Any:
            return gaussian(x, **held, **dict(zip(free, values)))

        best, covariance = curve_fit(
            partly, x, y, [dict(zip(names, (5.0, 2.0, 0.4, 1.0)))[name] for name in free],
            sigma=None if sigma is None else np.full(x.size, sigma),
            absolute_sigma=sigma is not None, ftol=1e-14, xtol=1e-14,
        )  # fmt: skip
        # SciPy counts what stands at a bound as known.
        more = 1 if sigma is not None else (x.size - len(free)) / found.degrees_of_freedom
        errors_of = np.sqrt(np.diag(covariance) * more)
        places = [names.index(name) for name in free]
        assert every(np.abs(found.best[places] - best) < 1e-3 * errors_of)
        assert [found.errors[name] for name in free] == pytest.approx(errors_of, rel=1e-3)
        assert not [name for name in held if found.errors[name] != 0]
        assert found.degrees_of_freedom == x.size - len(names) + len(fixed)


def test_bounds_decide_where_a_curve_is_looked_for() -> None:
    x = np.linspace(0, 10, 101)
    two = gaussian(x, 5, 2, 0.4, 0) + gaussian(x, 3, 7, 0.4, 0)
    assert fit.curve("gaussian", x, two)["center"] == pytest.approx(2, abs=0.02)
    within = {"center": (5.5, 9), "offset": (0, 0.1)}
    assert fit.curve("gaussian", x, two, bounds=within)["center"] == pytest.approx(7, abs=0.02)
    beats = sine(x, 5, 2.2, 40, 0) + sine(x, 3, 3.7, 40, 0)
    assert fit.curve("sine", x, beats)["frequency"] == pytest.approx(2.2, abs=0.01)
    found = fit.curve("sine", x, beats, bounds={"frequency": (3.1, None), "phase": (-180, 180)})
    assert found["frequency"] == pytest.approx(3.7, abs=0.01)
    assert found["phase"] == pytest.approx(40, abs=20)
    # An angle that has another name within the bounds than the usual one.
    power = malus(x * 36, 2.0, 130.0, 0.1)
    found = fit.curve("malus", x * 36, power, bounds={"angle": (-60, 0)})
    assert dict(found) == pytest.approx({"amplitude": 2, "angle": -50, "offset": 0.1})
    assert not found.at_bound


def test_bounds_and_fixed_values_that_make_no_sense() -> None:
    x = np.arange(6.0)
    with pytest.raises(errors.InvalidError, match="bounds of 'slope' are 2 and 1"):
        fit.curve("line", x, x, bounds={"slope": (2, 1)})
    with pytest.raises(errors.InvalidError, match="bounds of 'slope' are nan"):
        fit.curve("line", x, x, bounds={"slope": (math.nan, 1)})
    with pytest.raises(errors.InvalidError, match="bounds of 'slope' are inf"):
        fit.curve("line", x, x, fixed={"slope": math.inf})
    with pytest.raises(errors.RangeError, match="start of 'slope' is 3, its bounds are 0 and 1"):
        fit.curve("line", x, x, start={"slope": 3, "offset": 0}, bounds={"slope": (0, 1)})
    with pytest.raises(ValueError, match="bounds has 'slop'; the parameters are offset, slope"):
        fit.curve("line", x, x, bounds={"slop": (0, 1)})
    with pytest.raises(ValueError, match="expected two numbers"):
        fit.curve("line", x, x, bounds={"slope": 1})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="'slope' is fixed; it cannot have bounds too"):
        fit.curve("line", x, x, fixed={"slope": 1}, bounds={"slope": (0, 1)})
    # A fixed parameter needs no point.
    assert fit.curve("line", [0, 1], [0.0, 1.2], fixed={"offset": 0})["slope"] == pytest.approx(1.2)


def test_a_function_is_given_nothing_beyond_its_bounds() -> None:
    x = np.linspace(0, 1, 20)
    given: list[float] = []

    def root(x: Any, a: float, b: float) -> Any:
        given.append(a)
        return b + math.sqrt(a) * x

    found = fit.function(root, x, 1 - 0.5 * x, start={"a": 1, "b": 0}, bounds={"a": (0, 2)})
    assert min(given) >= 0
    assert found.at_bound == ("a",)
    assert found["b"] == pytest.approx(0.75)
    assert "a = 0 (at its bound)" in repr(found)


def test_conventions_of_phases_and_signs() -> None:
    x = np.linspace(0, 10, 80)
    for amplitude, frequency, phase in [(2, 0.7, 30), (-2, 0.7, 30), (2, -0.7, 30), (2, 0.7, -400)]:
        found = fit.curve("sine", x, sine(x, amplitude, frequency, phase, 1))
        assert found["amplitude"] == pytest.approx(2)
        assert found["frequency"] == pytest.approx(0.7)
        assert 0 <= found["phase"] < 360
        assert found(x) == pytest.approx(sine(x, amplitude, frequency, phase, 1))
    # Faster than half a period from point to point: its alias.
    step = x[1] - x[0]
    found = fit.curve("sine", x, sine(x, 2, 1 / step - 0.7, 30, 1))
    assert found["frequency"] == pytest.approx(0.7)
    start = {"amplitude": 2, "frequency": 1 / step - 0.7, "phase": 30, "offset": 1}
    found = fit.curve("sine", x, sine(x, 2, 1 / step - 0.7, 30, 1), start=start)
    assert found["frequency"] == pytest.approx(1 / step - 0.7)


@pytest.mark.parametrize("level", [0.0, 2.5, 0.1])
@pytest.mark.parametrize("model", ["lorentzian", "exponential", "sine", "damped-sine"])
def test_level_points_have_no_curve(model: str, level: float) -> None:
    with pytest.raises(errors.InvalidError, match="do not determine the parameter"):
        fit.curve(model, np.arange(30.0), np.full(30, level))


def test_an_amplitude_far_from_the_points() -> None:
    seconds = np.linspace(0, 10, 40)
    found = fit.curve("exponential", 50 + seconds, exponential(seconds, 3, 2, 1))
    assert dict(found) == pytest.approx({"amplitude": 3 * math.exp(25), "tau": 2, "offset": 1})
    for model, y in [
        ("exponential", exponential(seconds, 3, 2, 1)),
        ("damped-sine", damped_sine(seconds, 3, 0.9, 20, 2, 1)),
    ]:
        with pytest.raises(errors.RangeError, match="count x from where the points begin"):
            fit.curve(model, 1.7e9 + seconds, y)
    found = fit.curve("sine", 1.7e9 + seconds, sine(seconds, 3, 0.9, 20, 1))
    assert found["frequency"] == pytest.approx(0.9)


def test_time_stamps_keep_their_digits() -> None:
    seconds = np.linspace(0, 1000, 30)
    y = 3 - 2e-3 * seconds
    near = fit.curve("line", seconds, y, 0.03)
    far = fit.curve("line", 1.7e9 + seconds, y, 0.03)
    assert far["slope"] == pytest.approx(-2e-3, rel=1e-9)
    assert far.errors["slope"] == pytest.approx(near.errors["slope"])


def test_a_fit_is_a_mapping() -> None:
    found = fit.curve("line", [0, 1, 2], [1, 3, 5], start={"slope": 0, "offset": 0})
    assert dict(found) == pytest.approx({"offset": 1, "slope": 2})
    assert (found.model, found.names, len(found)) == ("line", ("offset", "slope"), 2)
    assert found([[0.5], [1.5]]).shape == (2, 1)
    assert found(10) == pytest.approx(21)
    assert repr(found).startswith("<Fit 'line': offset = 1 ± ")
    with pytest.raises(KeyError, match="there are offset, slope"):
        found["angle"]
    assert fit.models()["edge"] == ("amplitude", "center", "radius", "offset")


def test_points_that_cannot_be_fitted() -> None:
    x = np.arange(5.0)
    with pytest.raises(errors.InvalidError, match=r"y\[3\] is nan, expected a finite number"):
        fit.curve("line", x, [0, 1, 2, np.nan, 4])
    with pytest.raises(errors.InvalidError, match=r"sigma\[0\] is 0"):
        fit.curve("line", x, x, 0)
    with pytest.raises(errors.InvalidError, match="do not determine the parameter 'slope'"):
        fit.curve("line", np.ones(5), x)
    with pytest.raises(errors.RangeError, match="2 points; 2 parameters and their errors"):
        fit.curve("line", [0, 1], [0, 1])
    with pytest.raises(errors.RangeError, match="0 points"):
        fit.curve("line", [], [])
    with pytest.raises(errors.InvalidError, match="no curve 'cubic'; there are line, malus"):
        fit.curve("cubic", x, x)
    with pytest.raises(ValueError, match="x has 5 points, y has 4"):
        fit.curve("line", x, x[1:])
    with pytest.raises(ValueError, match="x has 2 dimensions"):
        fit.curve("line", [x], [x])
    with pytest.raises(ValueError, match=r"sigma has shape \(3,\)"):
        fit.curve("line", x, x, [1, 1, 1])
    with pytest.raises(ValueError, match="start has offset; expected offset, slope"):
        fit.curve("line", x, x, start={"offset": 1})
    with pytest.raises(TypeError, match="slope must be a number, not str"):
        fit.curve("line", x, x, start={"offset": 1, "slope": "2"})
    with pytest.raises(ValueError, match="start has 1 numbers; expected offset, slope"):
        fit.curve("line", x, x, start=[1])


def test_functions_that_cannot_be_fitted() -> None:
    x = np.arange(5.0)
    error = KeyError("mine")

    def fail(x: Any, a: float) -> Any:
        raise error

    with pytest.raises(KeyError) as caught:
        fit.function(fail, x, x, start={"a": 1})
    assert caught.value is error
    error.__traceback__ = None
    with pytest.raises(ValueError, match="broadcast"):
        fit.function(lambda x, a: x[1:], x, x, start={"a": 1})
    with pytest.raises(errors.InvalidError, match="no finite value where the fit begins"):
        fit.function(lambda x, a: x * np.nan, x, x, start={"a": 1})
    with pytest.raises(errors.InvalidError, match="do not determine the parameter 'b'"):
        fit.function(lambda x, a, b: a * x, x, x, start={"a": 1, "b": 1})
    with pytest.raises(errors.RangeError, match="9 parameters; allowed are 1 to 8"):
        fit.function(
            lambda x, *p: x, np.arange(20.0), np.arange(20.0), start=dict.fromkeys("abcdefghi", 1.0)
        )
    with pytest.raises(errors.RangeError, match="0 parameters"):
        fit.function(lambda x: x, x, x, start={})
    with pytest.raises(TypeError, match="cannot be called"):
        fit.function(3, x, x, start={"a": 1})


def slow(x: Any, a: float) -> Any:
    time.sleep(0.05)
    return a * np.exp(-x) + np.random.default_rng(int(time.monotonic_ns())).normal(0, 1, x.size)


def test_an_interrupt_ends_a_fit() -> None:
    x = np.arange(5.0)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    def interrupted() -> None:
        with pytest.raises(KeyboardInterrupt):
            fit.function(slow, x, x, start={"a": 1})

    assert took(interrupted) < 5


def test_fits_can_be_awaited() -> None:
    async def main() -> None:
        x = np.arange(0, 90, 4.0)
        found = await alidade.aio.fit.curve("malus-half-wave", x, half_wave(x, 2, 80, 0.1))
        assert found["angle"] == pytest.approx(80)
        found = await alidade.aio.fit.function(
            half_wave, x, half_wave(x, 2, 80, 0.1), start={"amplitude": 1, "angle": 70, "offset": 0}
        )
        assert found["angle"] == pytest.approx(80)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(
                alidade.aio.fit.function(slow, x, x, start={"a": 1}), timeout=0.2
            )

    asyncio.run(main())
