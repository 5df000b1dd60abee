"""Curves as NumPy has them, for tests of fits."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf


def malus(x: Any, amplitude: float, angle: float, offset: float) -> Any:
    return offset + amplitude * np.cos(np.radians(x - angle)) ** 2


def half_wave(x: Any, amplitude: float, angle: float, offset: float) -> Any:
    return offset + amplitude * np.cos(np.radians(2 * (x - angle))) ** 2


def edge(x: Any, amplitude: float, center: float, radius: float, offset: float) -> Any:
    return offset + amplitude / 2 * (1 + erf(np.sqrt(2) * (x - center) / radius))


def gaussian(x: Any, amplitude: float, center: float, sigma: float, offset: float) -> Any:
    return offset + amplitude * np.exp(-((x - center) ** 2) / (2 * sigma**2))


def lorentzian(x: Any, amplitude: float, center: float, fwhm: float, offset: float) -> Any:
    return offset + amplitude / (1 + (2 * (x - center) / fwhm) ** 2)


def exponential(x: Any, amplitude: float, tau: float, offset: float) -> Any:
    return offset + amplitude * np.exp(-x / tau)


def sine(x: Any, amplitude: float, frequency: float, phase: float, offset: float) -> Any:
    return offset + amplitude * np.sin(2 * np.pi * frequency * x + np.radians(phase))


def damped_sine(
    x: Any, amplitude: float, frequency: float, phase: float, tau: float, offset: float
) -> Any:
    return offset + np.exp(-x / tau) * sine(x, amplitude, frequency, phase, 0)


def line(x: Any, offset: float, slope: float) -> Any:
    return offset + slope * x
