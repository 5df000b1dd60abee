"""A sensor: single readings with their times, repeated ones and their statistics, a table of them.

Usage: sensor_reading.py [READINGS]
"""

from __future__ import annotations

import sys
from math import sqrt
from statistics import mean, stdev

from alidade import MockReadable, record
from alidade.tables import iso_time

count = int(sys.argv[1]) if len(sys.argv) > 1 else 50

with MockReadable("meter", value=2.5, noise=0.1, unit="V", seed=7) as meter:
    value = meter.read()
    reading = meter.last()
    print(f"{value:.3f} {reading.unit} at {iso_time(reading.t_wall_ns)}, quality {reading.quality}")

    values = [meter.read() for _ in range(count)]
    scatter = stdev(values)
    # Independent readings: the mean is better known than each of them by the root of their number.
    error = scatter / sqrt(count)
    print(f"{count} readings: mean {mean(values):.3f} V +- {error:.3f} V, scatter {scatter:.3f} V")

    # The same at a fixed interval, as a table with times that `write_csv` and `write_png` know.
    series = record([meter], interval=0.002, count=count)
    column = series.values[:, 0]
    print(f"{len(series)} rows of {series.names[0]} [{series.units[0]}]:")
    print(f"mean {column.mean():.3f}, least {column.min():.3f}, greatest {column.max():.3f}")
