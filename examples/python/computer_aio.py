"""Records this computer's own sensors with asyncio.

Usage: computer_aio.py [FOLDER [SECONDS]]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from alidade.aio import Lab, record

LAB = Path(__file__).parents[1] / "experiments" / "computer.toml"


async def main(folder: Path, seconds: float) -> None:
    async with Lab.from_toml(LAB) as lab:
        sensors = [lab["computer/cpu"], lab["computer/memory"], *lab["computer/cpu"].children]
        recording = record(
            sensors, interval=0.1, duration=seconds, csv_file=folder / "computer.csv"
        )
        # Two things at a time: the recording, and a question now and then.
        series, kernel = await asyncio.gather(recording, lab["computer"].get("kernel"))
    series.write_png(folder / "computer.png", title=kernel)
    for name, unit, mean in zip(series.names, series.units, series.values.mean(axis=0)):
        print(f"{name:<40} {mean:14.6g} {unit}")


asyncio.run(
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else "."),
        float(sys.argv[2]) if len(sys.argv) > 2 else 5.0,
    )
)
