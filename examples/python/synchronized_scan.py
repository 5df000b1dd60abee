"""A stage and a camera: a frame at each position, once the axis has settled, and a fit.

Usage: synchronized_scan.py [FOLDER [POINTS]]
"""

from __future__ import annotations

import sys
from pathlib import Path

from alidade import Bench, MockCamera, MockMovable, Scan
from alidade.scans import linear

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
points = int(sys.argv[2]) if len(sys.argv) > 2 else 5

# Both on one simulated bench: what the camera sees depends on where the stage stands.
bench = Bench()
with (
    MockMovable("x", bench=bench, axis="stage/x") as stage,
    MockCamera(width=64, height=48, bench=bench) as camera,
):
    camera.set_exposure(0.002)
    scan = Scan(stage, linear(0, 0.1, points), [(stage, "velocity")], camera=camera)
    means = []
    scan.record(
        csv_file=folder / "scan.csv",
        frames_file=folder / "scan.tiff",
        progress=lambda point: means.append(point.frame.to_numpy().mean()),
    )
    for position, mean in zip(scan.values[:, 0], means):
        print(f"{position:.3f} {stage.unit}: mean {mean:.1f}")
print(f"{len(means)} frames; the scan has {scan.ended}")
