"""What type checkers know of devices that are asked for as what they must be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from support import ROOT

SYNC = """
from alidade import Camera, Device, FrameProducer, Lab, Movable, Readable, Roi, Triggerable

class Tuner(Device, capability="tuner"):
    def tune(self) -> float:
        return 1.0

def use(lab: Lab, device: Device, camera: Camera) -> None:
    reveal_type(lab.device("x"))  # alidade.devices.Device
    reveal_type(lab.device("x", Movable))  # alidade.movables.Movable
    reveal_type(lab.device("x", Tuner))  # sync.Tuner
    reveal_type(lab["x"])  # alidade.devices.Device
    reveal_type(lab["x", Readable])  # alidade.readables.Readable
    reveal_type(device.child("x"))  # alidade.devices.Device
    reveal_type(device.child("x/y", Triggerable))  # alidade.triggerables.Triggerable
    reveal_type(device.lab)  # alidade.labs.Lab
    reveal_type(device.children)  # list[alidade.devices.Device]
    reveal_type(lab.device("x", Movable).move_abs(1))  # float
    reveal_type(camera.set_exposure(0.1))  # float
    reveal_type(camera.binning())  # int
    reveal_type(camera.cooling())  # bool
    reveal_type(camera.set_trigger_mode("internal"))  # str
    reveal_type(camera.set_roi(0, 0, 2, 2).width)  # int
    producer: FrameProducer = camera
    if isinstance(device, Movable):
        reveal_type(device.unit)  # str
    lab.device("x", int)  # error: "device" of "Lab" cannot be "int"
    lab["x", str]  # error: "__getitem__" of "Lab" cannot be "str"
    lab["x"].read()  # error: "Device" has no attribute "read"
    lab.device("x", Readable).move_abs(1)  # error: "Readable" has no attribute "move_abs"
    camera.set_gain("high")  # error: expected "float"
"""
AIO = """
import alidade
from alidade.aio import Camera, Device, Lab, Movable, Readable

async def use(lab: Lab, device: Device, camera: Camera) -> None:
    reveal_type(lab.device("x"))  # alidade.aio.devices.Device
    reveal_type(lab.device("x", Movable))  # alidade.aio.movables.Movable
    reveal_type(lab["x", Readable])  # alidade.aio.readables.Readable
    reveal_type(device.child("x", Camera))  # alidade.aio.cameras.Camera
    reveal_type(device.lab)  # alidade.aio.labs.Lab
    reveal_type(await lab.device("x", Movable).move_abs(1))  # float
    reveal_type(await camera.set_exposure(0.1))  # float
    reveal_type((await camera.roi()).width)  # int
    reveal_type(await lab["x", Readable].read())  # float
    lab.device("x", int)  # error: "device" of "Lab" cannot be "int"
    lab["x", alidade.Movable]  # error: cannot be "Movable"
    device.child("x", alidade.Movable)  # error: "Movable"
"""


def told_by_mypy(folder: Path) -> dict[str, str]:
    """What mypy tells of samples, by "file:line"."""
    (folder / "sync.py").write_text(SYNC, "utf-8")
    (folder / "aio.py").write_text(AIO, "utf-8")
    # With the options and the cache of the checks of the package itself, which takes much longer.
    options = ["--strict", "--no-pretty", f"--config-file={ROOT / 'pyproject.toml'}"]
    options += [f"--cache-dir={ROOT / '.mypy_cache'}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "sync.py", "aio.py"],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
        timeout=110,
    )
    told: dict[str, str] = {}
    for line in done.stdout.splitlines():
        found = re.match(r"(\w+\.py:\d+): (?:error|note): (.*)", line)
        assert found or line.startswith("Found "), done
        if found:
            told[found[1]] = f"{told.get(found[1], '')}{found[2]}\n"
    return told


def test_type_checkers_know_what_devices_are(tmp_path: Path) -> None:
    told = told_by_mypy(tmp_path)
    for name, sample in (("sync.py", SYNC), ("aio.py", AIO)):
        for number, line in enumerate(sample.splitlines(), 1):
            code, _, wanted = line.partition("  # ")
            answer = told.pop(f"{name}:{number}", "").replace("builtins.", "")
            if code.lstrip().startswith("reveal_type("):
                assert answer == f'Revealed type is "{wanted}"\n', line
            elif wanted:
                assert wanted.removeprefix("error: ") in answer, line
            else:
                assert not answer, line
    assert not told
