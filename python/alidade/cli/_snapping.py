"""`alidade snap`: one frame of a camera as a picture."""

from __future__ import annotations

from pathlib import Path

from ..cameras import Camera
from ..errors import ExistsError
from ..images import image_kind, write_image
from ..tables import iso_time
from ._opening import Instruments


def snap(
    where: Instruments, path: str, exposure: float | None, output: Path, overwrite: bool
) -> int:
    """Takes a frame and writes it.

    Args:
        where: Where the camera is.
        path: Its path.
        exposure: Seconds; None leaves the camera's.
        output: The picture.
        overwrite: Whether one that is there is replaced.
    """
    image_kind(output)  # what cannot be written is told before anything is exposed
    if output.exists() and not overwrite:
        raise ExistsError(f"{output} is there already; choose another by -o, or --overwrite")
    with where.opened([path]) as lab:
        camera = lab.device(path, Camera)
        if exposure is not None:
            camera.set_exposure(exposure)
        camera.arm()
        camera.trigger()
        frame = camera.next_frame()
        pixels = frame.to_numpy()
        at = iso_time(frame.t_wall_ns)
        write_image(output, pixels, {"time [UTC]": at, "exposure [s]": frame.exposure})
    height, width = pixels.shape
    bits = frame.bit_depth or 8 * pixels.dtype.itemsize
    print(f"{output}: {width} x {height}, {bits} bits, exposed {frame.exposure:g} s at {at}")
    return 0
