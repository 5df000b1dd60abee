"""A stage and a camera with asyncio: moves, triggers and frames by hand, point by point.

Usage: synchronized_scan_aio.py [POINTS]
"""

from __future__ import annotations

import asyncio
import sys

from alidade.aio import Bench, MockCamera, MockMovable
from alidade.scans import linear


async def main(points: int) -> None:
    bench = Bench()
    async with (
        MockMovable("x", bench=bench, axis="stage/x") as stage,
        MockCamera(width=64, height=48, bench=bench) as camera,
    ):
        await camera.set_exposure(0.002)
        await camera.arm()
        for wanted in linear(0, 0.1, points):
            reached = await stage.move_abs(wanted)  # has settled
            await camera.trigger()
            frame = await camera.next_frame(timeout=5)
            print(f"{reached:.3f} {stage.unit}: frame {frame.seq}, {frame.to_numpy().mean():.1f}")
        await camera.disarm()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
