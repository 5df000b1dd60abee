"""Whether fits of decays and waves find the deepest minimum, with SciPy from the truth as judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares

from alidade import errors, fit
from curves import damped_sine, exponential, sine
from support import every

CURVES: dict[str, Callable[..., Any]] = {
    "exponential": exponential,
    "sine": sine,
    "damped-sine": damped_sine,
}


class Seeded:
    """A curve with points, in units in which their range and its amplitude are 1."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.model = list(CURVES)[seed % len(CURVES)]
        count = int(rng.integers(12, 200))
        even = np.linspace(0, 1, count)
        self.x = even if rng.random() < 0.5 else np.sort(rng.uniform(0, 1, count))
        self.x -= rng.choice([0.0, 0.5, self.x[0]])
        tau = float(rng.choice([-1, 1]) * 10 ** rng.uniform(-0.7, 0.3))
        # A whole period is seen, and there are three points in each.
        frequency = rng.uniform(1.2, max(1.3, count / 3))
        amplitude, offset = rng.choice([-1.0, 1.0]), rng.uniform(-3, 3)
        phase = rng.uniform(0, 360)
        self.truth: tuple[float, ...] = {
            "exponential": (amplitude, tau, offset),
            "sine": (amplitude, frequency, phase, offset),
            "damped-sine": (amplitude, frequency, phase, tau, offset),
        }[self.model]
        height = np.ptp(CURVES[self.model](self.x, *self.truth))
        noise = 0.0 if rng.random() < 0.2 else height * 10 ** rng.uniform(-4, -1)
        each = noise * rng.uniform(0.5, 2, count)
        self.y = CURVES[self.model](self.x, *self.truth) + each * rng.normal(size=count)
        self.sigma = each if noise > 0 and rng.random() < 0.5 else None
        self.x_unit, self.y_unit = 10 ** rng.uniform(-12, 9), 10 ** rng.uniform(-12, 9)

    def residuals(self, at: Any) -> Any:
        over = 1 if self.sigma is None else self.sigma
        return (CURVES[self.model](self.x, *at) - self.y) / over

    def rounding(self) -> float:
        """A chi squared that the digits of a double alone leave."""
        digits = 64 * np.finfo(float).eps * np.abs(self.y).max()
        each = np.ones(self.x.size) if self.sigma is None else self.sigma
        return float(np.sum((digits / each) ** 2))


def judge(seed: int) -> None:
    curve = Seeded(seed)
    best = least_squares(
        curve.residuals, curve.truth, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15,
        max_nfev=5000,
    )  # fmt: skip
    about = f"seed {seed}, {curve.model} {curve.truth}\nSciPy has {2 * best.cost} at {best.x}"
    try:
        found = fit.curve(
            curve.model,
            curve.x * curve.x_unit,
            curve.y * curve.y_unit,
            None if curve.sigma is None else curve.sigma * curve.y_unit,
        )
    except errors.Error as error:
        raise AssertionError(f"{about}\nrefused: {error}") from None
    chi_squared = found.chi_squared
    if curve.sigma is None:
        chi_squared /= curve.y_unit**2
    allowed = 2 * best.cost * (1 + 1e-6) + curve.rounding()
    assert chi_squared <= allowed, f"{about}\nfound {chi_squared} at {found}"


@pytest.mark.parametrize("block", range(3))
def test_no_start_at_the_truth_ends_lower(block: int) -> None:
    for seed in range(60 * block, 60 * (block + 1)):
        judge(seed)


@pytest.mark.full
@pytest.mark.parametrize("block", range(5))
def test_no_start_at_the_truth_ends_lower_for_five_thousand_curves(block: int) -> None:
    for seed in range(1000 * block, 1000 * (block + 1)):
        judge(seed)


@pytest.mark.parametrize("count", [300, 5_000, 100_000])
@pytest.mark.parametrize("periods", [0.8, 7.3, 0.31])
def test_a_wave_among_many_points(count: int, periods: float) -> None:
    """Slow and fast ones; what is below 0.5 is that part of the number of points."""
    rng = np.random.default_rng(count)
    x = np.linspace(0, 1, count)
    frequency = periods if periods > 0.5 else periods * count
    truth = (1.0, frequency, 70.0, 0.2)
    found = fit.curve("sine", x, sine(x, *truth) + rng.normal(0, 0.3, count), 0.3)
    assert every(np.abs(found.best - truth) < 5 * np.array(list(found.errors.values())))
    damped = (1.0, frequency, 70.0, 0.3, 0.2)
    found = fit.curve("damped-sine", x, damped_sine(x, *damped) + rng.normal(0, 0.1, count), 0.1)
    assert every(np.abs(found.best - damped) < 5 * np.array(list(found.errors.values())))
