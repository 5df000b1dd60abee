"""An axis with asyncio: moves, two axes at the same time, a task that is cancelled."""

from __future__ import annotations

import asyncio

import alidade
from alidade.aio import MockMovable


async def main() -> None:
    async with MockMovable("x", velocity=20.0) as x, MockMovable("y", velocity=20.0) as y:
        await x.move_abs(2.0)
        await x.move_rel(-500, unit="um")
        print(f"x at {await x.position():.3f} {x.unit}")

        print("both at", await asyncio.gather(x.move_abs(1.0), y.move_abs(2.0)))

        try:
            await x.move_abs(1000.0)
        except alidade.RangeError as refused:
            print(f"refused: {refused.message}")

        moving = asyncio.create_task(x.move_abs(50.0))
        while await x.position() < 3.0:
            await asyncio.sleep(0.01)
        moving.cancel()  # stops the axis, and ends when it stands
        try:
            await moving
        except asyncio.CancelledError:
            print(f"cancelled on the way: {3.0 <= await x.position() < 50.0}")

        await x.home()
        print(f"home at {await x.position():g} {x.unit}")


asyncio.run(main())
