"""Malus's law: turns a half-wave plate, reads a power meter, takes frames, fits.

The instruments are simulated unless the file is changed: see examples/experiments/malus.toml.

Usage: malus.py [FOLDER [POINTS]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import alidade
from alidade import Camera, Lab, Movable, Readable
from alidade.scans import Point, linear

LAB = Path(__file__).parents[1] / "experiments" / "malus.toml"
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
points = int(sys.argv[2]) if len(sys.argv) > 2 else 31


def show(point: Point) -> None:
    assert point.frame is not None
    numbers = ", ".join(f"{name} {x:.6g}" for name, x in point.numbers.items())
    print(f"{point.row + 1} of {point.rows}: {numbers}, frame {point.frame.to_numpy().mean():.1f}")


with Lab.from_toml(LAB) as lab:
    plate, meter = lab.device("rotator/plate", Movable), lab.device("meter", Readable)
    camera = lab.device("camera", Camera)
    meter.set("filter", "medium")  # a mean of four readings
    camera.set_exposure(0.01)
    scan = alidade.Scan(plate, linear(0, 90, points), [meter], settle=0.2, camera=camera)
    scan.record(csv_file=folder / "malus.csv", frames_file=folder / "malus.tiff", progress=show)


def noise(power: np.ndarray) -> np.ndarray:
    """Of the meter: the standard deviation of a mean of four readings."""
    return np.hypot(1e-10, 0.001 * power)


found = scan.fit("malus-half-wave", sigma=noise)
print(f"theta0 = {found['angle']:.4f} +- {found.errors['angle']:.4f} deg")
scan.write_png(folder / "malus.png", "Malus's law", found, sigma=noise)
