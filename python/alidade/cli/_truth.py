"""True values on the simulated bench, for the experiments that ship with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..simulation import Bench


def truth(bench: Bench, model: str) -> dict[str, float]:
    """The parameters of a curve as the bench's physics has them; none for other curves.

    For "malus-half-wave" the blade is out of the beam; for "edge" the half-wave plate stands where
    it stood while the blade moved.
    """
    passed = bench.get("laser.power") * bench.get("shutter") * bench.get("polarizer.transmission")
    leakage = 1 / bench.get("polarizer.extinction")
    if model == "malus-half-wave":
        turned = bench.get("waveplate.zero") + bench.get("polarizer.angle") / 2
        return {
            "amplitude": passed * (1 - leakage),
            "angle": turned % 90,
            "offset": passed * leakage + bench.get("background"),
        }
    if model == "edge":
        light = bench.get("illumination")
        return {
            "amplitude": -light,
            "center": bench.get("beam.centre"),
            "radius": bench.get("beam.radius"),
            "offset": light + bench.get("background"),
        }
    return {}
