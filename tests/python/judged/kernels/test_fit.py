"""Fits of curves, with SciPy as the judge."""

from __future__ import annotations

import asyncio
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
from scipy.special import erf

import alidade.aio.fit
from alidade import errors, fit
from support import every, took


def malus(x: Any, amplitude: float, angle: float, offset: float) -> Any:
    return offset + amplitude * np.cos(np.radians(x - angle)) ** 2


def half_wave(x: Any, amplitude: float, angle: float, offset: float) -> Any:
    return offset + amplitude * np.cos(np.radians(2 * (x - angle))) ** 2


def edge(x: Any, amplitude: float, center: float, radius: float, offset: float) -> Any:
    return offset + amplitude / 2 * (1 + erf(np.sqrt(2) * (x - center) / radius))


def gaussian(x: Any, amplitude: float, center: float, sigma: float, offset: float) -> Any:
    return offset + amplitude * np.exp(-((x - center) ** 2) / (2 * sigma**2))


def line(x: Any, offset: float, slope: float) -> Any:
    return offset + slope * x


Case = tuple[str, Callable[..., Any], tuple[float, ...], np.ndarray]
CASES: list[Case] = [
    ("line", line, (3.0, -2.0), np.linspace(0, 10, 30)),
    ("malus", malus, (2.0, 130.0, 0.1), np.arange(0, 360, 10.0)),
    ("malus-half-wave", half_wave, (2.0, 80.0, 0.1), np.arange(0, 90, 4.0)),
    ("edge", edge, (3.0, 1.2, 0.3, 0.1), np.linspace(0, 3, 40)),
    ("edge", edge, (-3.0, 1.2, 0.3, 3.1), np.linspace(0, 3, 40)),
    ("gaussian", gaussian, (5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
    ("gaussian", gaussian, (-5.0, 2.0, 0.4, 1.0), np.linspace(0, 4, 50)),
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
