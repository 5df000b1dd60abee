"""A camera that needs no hardware: single frames, and all frames of a stream."""

from alidade import MockCamera

camera = MockCamera(width=320, height=240, pattern="gradient")

# One frame for each trigger. The pixels are not copied.
camera.set_exposure(0.005)
camera.arm()
for _ in range(3):
    camera.trigger()
    frame = camera.next_frame()
    print(f"frame {frame.seq}: {frame.exposure} s, mean {frame.to_numpy().mean():.1f}")
camera.disarm()

# A region of the sensor, binned.
camera.set_roi(80, 60, 160, 120)
camera.set_binning(2)
camera.set_trigger_mode("internal")
camera.set_frame_rate(500)

# Running freely: one stream gets every frame, another one only ever the newest.
with camera.stream(policy="lossless") as every, camera.stream(policy="latest") as newest:
    camera.arm()
    numbers = [every.next(timeout=5).seq for _ in range(50)]
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    last = newest.next(timeout=5)
    print(f"{every.stats().received} frames of {last.shape}, {every.stats().lost} lost")
    print(f"the newest is frame {last.seq}, {last.lost_before} were skipped")
camera.close()
