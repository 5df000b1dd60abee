"""An axis: absolute and relative moves, units, a refused move, a stop in mid-motion, home."""

from __future__ import annotations

import time

import alidade
from alidade import MockMovable

# With an instrument: alidade.Lab.from_toml("lab.toml") and lab["stage/x", alidade.Movable].
with MockMovable(velocity=20.0) as stage:
    least, greatest = stage.limits
    print(f"{stage.path} goes from {least:g} to {greatest:g} {stage.unit}")

    stage.move_abs(2.0)  # returns when the axis has arrived and settled
    stage.move_rel(-500, unit="um")
    print(f"at {stage.position():.3f} {stage.unit}")

    stage.set("velocity", 40_000, unit="um/s")
    print(f"velocity {stage.get('velocity'):g} mm/s")

    try:
        stage.move_abs(1000.0)
    except alidade.RangeError as refused:
        print(f"refused: {refused.message}")

    move = stage.start_move(50.0)  # goes on by itself, and can be watched
    while stage.position() < 3.0:
        time.sleep(0.01)
    stage.stop()
    print(f"{move.state} on the way: {3.0 <= stage.position() < 50.0}")

    stage.home()
    print(f"home at {stage.position():g} {stage.unit}")
