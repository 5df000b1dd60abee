"""Results of a fit, for people to read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._uncertainty import unit_of, with_error

if TYPE_CHECKING:
    from ..fit import Fit
    from ..scans import Scan
    from ._scan_settings import ScanSettings


def report(fit: Fit, scan: Scan, wanted: ScanSettings, truth: Mapping[str, float]) -> None:
    """Prints parameters with errors and units, and beside them what is true where that is known."""
    assert wanted.fit is not None
    x, y = wanted.fit.x or scan.names[0], wanted.fit.y or scan.names[1]
    units = dict(zip(scan.names, scan.units))
    report_of(fit, x, y, units, wanted.fit.knows_noise, truth)


def report_of(
    fit: Fit,
    x: str,
    y: str,
    units: Mapping[str, str],
    knows_noise: bool,
    truth: Mapping[str, float],
) -> None:
    """Prints a fit of column y over column x."""
    print(f"\n{fit.model} of {y} over {x}:")
    for name in fit:
        told = f"{_number(fit, name)} {unit_of(name, units[x], units[y])}"
        true = ""
        if name in truth and fit.errors[name] > 0:
            off = (fit[name] - truth[name]) / fit.errors[name]
            true = f"the bench has {truth[name]:.6g}: {off:+.1f} sigma"
        print(f"  {name:<10} {told:<32} {true}".rstrip())
    print(f"  {_quality(fit, knows_noise, unit_of('', units[x], units[y]))}")


def _number(fit: Fit, name: str) -> str:
    if name in fit.fixed:
        return f"{fit[name]:.6g} (fixed)"
    if name in fit.at_bound:
        return f"{fit[name]:.6g} (at its bound)"
    return with_error(fit[name], fit.errors[name])


def _quality(fit: Fit, knows_noise: bool, unit: str) -> str:
    """Tells how well the curve describes the points."""
    if knows_noise:
        return f"chi squared {fit.chi_squared:.4g} for {fit.degrees_of_freedom} degrees of freedom"
    rms = math.sqrt(fit.chi_squared / (fit.degrees_of_freedom + len(fit)))
    return (
        f"rms of the residuals {rms:.3g} {unit}".rstrip()
        + "; the noise is unknown, so the errors are those of a curve that fits"
    )
