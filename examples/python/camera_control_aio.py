"""A camera with asyncio: exposure, triggered frames, free running frames from a stream."""

from __future__ import annotations

import asyncio

from alidade.aio import MockCamera


async def main() -> None:
    async with MockCamera(width=320, height=240) as camera:
        # Triggered: one frame for each trigger, longer exposures give more light.
        for exposure in (0.002, 0.004):
            await camera.set_exposure(exposure)
            await camera.arm()
            await camera.trigger()
            frame = await camera.next_frame(timeout=5)
            print(f"{frame.exposure * 1e3:g} ms: {frame.to_numpy().shape}")
            await camera.disarm()

        # Running freely: the stream keeps all frames, whoever takes them slowly loses none.
        await camera.set_trigger_mode("internal")
        await camera.set_frame_rate(500)
        with camera.stream(policy="lossless") as stream:
            await camera.arm()
            numbers = [(await stream.next(timeout=5)).seq for _ in range(20)]
            await camera.disarm()
        print(f"{len(numbers)} frames, {numbers[-1] - numbers[0] + 1 - len(numbers)} missing")


asyncio.run(main())
