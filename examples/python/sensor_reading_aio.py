"""Sensors with asyncio: repeated readings of two at the same time and their statistics.

Usage: sensor_reading_aio.py [READINGS]
"""

from __future__ import annotations

import asyncio
import sys
from math import sqrt
from statistics import mean, stdev

from alidade.aio import MockReadable, record


def told(name: str, values: list[float]) -> str:
    error = stdev(values) / sqrt(len(values))
    return f"{name}: {len(values)} readings, mean {mean(values):.3f} V +- {error:.3f} V"


async def main(count: int) -> None:
    async with (
        MockReadable("meter", value=2.5, noise=0.1, unit="V", seed=7) as meter,
        MockReadable("monitor", value=1.0, noise=0.05, unit="V", seed=8) as monitor,
    ):
        pairs = [await asyncio.gather(meter.read(), monitor.read()) for _ in range(count)]
        for sensor, values in zip((meter, monitor), zip(*pairs)):
            print(told(sensor.path, list(values)))

        series = await record([meter, monitor], interval=0.002, count=count)
        print(f"{len(series)} rows, means {series.values.mean(axis=0).round(2).tolist()}")


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
