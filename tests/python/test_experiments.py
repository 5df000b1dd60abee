"""Fits of what the bench's physics and the meter's noise give: errors mean what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from alidade import Bench, fit
from alidade.cli._truth import truth

SEEDS = 500
# The simulated 1830-C: the noise of one reading, how many its filter averages, and its display.
RELATIVE, FLOOR, AVERAGED = 0.002, 2e-10, 4
COUNTS = 20_000


def meter(power: np.ndarray[Any, Any], noise: np.random.Generator) -> np.ndarray[Any, Any]:
    """What the meter shows for a power: noise, the mean of its filter, steps of its range."""
    read = power[:, None] + noise.normal(
        0, np.hypot(RELATIVE * power, FLOOR)[:, None], (len(power), AVERAGED)
    )
    full = 10e-3 * 10.0 ** np.ceil(np.log10(np.maximum(power, 1e-9) / 10e-3))
    step = full / COUNTS
    return np.round(read.mean(axis=1) / step) * step


def sigma(power: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.hypot(RELATIVE * power, FLOOR) / math.sqrt(AVERAGED)


def along(bench: Bench, quantity: str, positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The power for positions of an axis: instead of the axis what it moves against is moved."""
    zero = bench.get(quantity)
    powers = []
    for x in positions:
        bench.set(quantity, zero - x)
        powers.append(bench.get("power"))
    bench.set(quantity, zero)
    return np.array(powers)


EXPERIMENTS: dict[str, Callable[[], tuple[Bench, str, np.ndarray[Any, Any]]]] = {
    "malus-half-wave": lambda: (
        Bench(seed=1, quantities={"waveplate.zero": 31.7, "polarizer.extinction": 400.0}),
        "waveplate.zero",
        np.linspace(0, 90, 31),
    ),
    "edge": lambda: (
        Bench(seed=2, quantities={"beam.centre": 9.2, "beam.radius": 0.62}),
        "beam.centre",
        np.linspace(7.8, 10.6, 29),
    ),
}


@pytest.mark.parametrize("model", EXPERIMENTS)
def test_errors_are_what_they_say(model: str) -> None:
    bench, quantity, positions = EXPERIMENTS[model]()
    powers = along(bench, quantity, positions)
    true = truth(bench, model)
    pulls = []
    chi_squared = []
    for seed in range(SEEDS):
        read = meter(powers, np.random.default_rng(seed))
        found = fit.curve(model, positions, read, sigma)
        pulls.append([(found[name] - true[name]) / found.errors[name] for name in found])
        chi_squared.append(found.chi_squared / found.degrees_of_freedom)
    mean, spread = np.mean(pulls, axis=0), np.std(pulls, axis=0)
    assert (np.abs(mean) < 0.15).all(), dict(zip(true, mean))
    assert ((spread > 0.9) & (spread < 1.1)).all(), dict(zip(true, spread))
    assert np.mean(chi_squared) == pytest.approx(1, abs=0.05)
