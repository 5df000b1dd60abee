"""Records this computer's own sensors: a table with units and time stamps, and a picture.

Usage: computer.py [FOLDER [SECONDS]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import alidade

LAB = Path(__file__).parents[1] / "experiments" / "computer.toml"
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0

with alidade.Lab.from_toml(LAB) as lab:
    sensors = [lab["computer/cpu"], lab["computer/memory"]]
    for group in lab["computer"].children:
        if group.path in ("computer/disk", "computer/network"):
            sensors += [rate for unit in group.children for rate in unit.children]
        if group.path == "computer/temperature":  # not on every machine
            sensors += group.children
    series = alidade.record(
        sensors, interval=0.1, duration=seconds, csv_file=folder / "computer.csv"
    )

series.write_png(folder / "computer.png", title="this computer")
for name, unit, mean in zip(series.names, series.units, series.values.mean(axis=0)):
    print(f"{name:<40} {mean:14.6g} {unit}")
