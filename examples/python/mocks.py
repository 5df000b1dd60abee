"""An axis and a sensor without an instrument: a scan, a refused move, a stop."""

from __future__ import annotations

import alidade
from alidade import MockMovable, MockReadable

with MockMovable() as stage, MockReadable(value=2.5, noise=0.1) as sensor:
    for position in range(0, 1000, 250):
        stage.move_abs(position, unit="um")  # the axis declares mm
        print(f"{stage.position():.3f} {stage.unit}: {sensor.read():.3f}")

    try:
        stage.move_abs(1000.0)
    except alidade.RangeError as refused:
        print("refused:", refused)

    move = stage.start_move(50.0)  # goes on by itself
    print(f"{move.progress().phase}: {move.progress().unit}")
    stage.stop()
    print(f"stopped at {stage.position():.1f} mm")
