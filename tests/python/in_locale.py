"""Tries every simulated instrument, driver and mock in a locale, as a program with Qt sets it.

Run as `in_locale.py LOCALE EXAMPLE_DRIVER FOLDER`; prints what was said as JSON.
"""

from __future__ import annotations

import json
import locale
import socket
import sys
from pathlib import Path
from typing import Any

NAME, DRIVER, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
locale.setlocale(locale.LC_ALL, NAME)

import alidade  # noqa: E402 - the locale is there before the library is
from alidade import Bench, Lab, Movable, Simulation, errors  # noqa: E402

# What each instrument is asked that it answers with numbers; b"" is the rest of a line.
QUESTIONS: dict[str, list[bytes]] = {
    "mock-meter": [b"*IDN?\n", b"READ?\n"],
    "newport-1830c": [
        *(f"U{unit}\nD?\n".encode() for unit in (1, 2, 3, 4)), b"W0633\nW?\n", b"R?\n", b"Q?\n",
    ],
    "esp300": [
        *(f"1{command}?\r\n".encode() for command in ("TP", "SL", "SR", "VA", "AC", "VU")),
        b"VE?\r\n", b"1VA1.25\r\n1VA?\r\n", b"TB?\r\n", b"ZZ\r\nTB?\r\n",
    ],
    "elliptec": [b"0in", b"0gp", b"0gs"],
}  # fmt: skip


def answers(instrument: str) -> list[str]:
    """What an instrument says, by an independent client."""
    with Simulation(instrument, Bench(seed=1), listen="tcp") as simulation:
        _, host, port = simulation.uri.split(":")
        said = []
        with socket.create_connection((host, int(port)), timeout=10) as line:
            for question in QUESTIONS[instrument]:
                line.sendall(question)
                got = b""
                while not got.endswith(b"\n"):
                    got += line.recv(1)
                said.append(got.decode())
        return said


def through_drivers() -> dict[str, Any]:
    """All properties through the drivers, and a measurement with mocks."""
    text = f"""
        [devices.stage]
        driver = "esp300"
        uri = "sim:esp300?transcript={FOLDER}/esp300.txt"
        [devices.rotator]
        driver = "elliptec"
        uri = "sim:elliptec?transcript={FOLDER}/elliptec.txt"
        [devices.pm]
        driver = "newport-1830c"
        uri = "sim:newport-1830c?transcript={FOLDER}/pm.txt"
        [devices.axis]
        driver = "mock-movable"
        axis = "stage/x"
        velocity = 100.0
        [devices.meter]
        driver = "mock-readable"
        quantity = "power"
        [devices.camera]
        driver = "mock-camera"
        [devices.computer]
        driver = "host"
    """
    with Lab.from_text(text) as lab:
        lab.device("stage/1", Movable).move_abs(1.25)
        lab["pm"].set("wavelength", 633)
        found = {
            name: told.get("error", type(told.get("value")).__name__)
            for name, told in lab.snapshot().items()
            if not name.startswith("computer")
        }
        try:
            lab.device("stage/1", Movable).move_abs(1234.5)
        except errors.RangeError as error:
            found["message"] = str(error)
        return found


def held_fast() -> str:
    """The message of an axis that is held fast."""
    with Lab.from_text("""
        [bench]
        "stage/x.stuck" = 1
        [devices.a]
        driver = "mock-movable"
        axis = "stage/x"
    """) as lab:
        try:
            lab.device("a", Movable).move_abs(1.5)
        except errors.RangeError as error:
            return error.message
    raise AssertionError("an axis that is held fast has moved")


def example_driver() -> list[str]:
    """What is written to and read from a file by the driver that people copy."""
    file = FOLDER / "sensor"
    file.write_text("20.5\n")  # as long as what is written: a file of /sys is replaced
    alidade.load_driver(DRIVER)
    options = {"file": str(file), "scale": 0.001, "writable": True}
    with alidade.Device("it", "sysfs", options) as device:
        read = device.get("value")
        written = device.set("output", 0.0125)
        said = [repr(read), repr(written), file.read_text()]
    file.write_text("12,5\n")
    try:
        with alidade.Device("it", "sysfs", options) as device:
            said.append(f"took 12,5 for {device.get('value')}")
    except errors.ProtocolError as error:
        said.append(error.message.partition("' ")[2])
    return said


def main() -> None:
    said: dict[str, Any] = {name: answers(name) for name in QUESTIONS}
    said["simulated"] = sorted(s["name"] for s in alidade.simulations())
    said["drivers"] = through_drivers()
    said["held fast"] = held_fast()
    said["example"] = example_driver()
    said["transcripts"] = {f.name: f.read_text() for f in sorted(FOLDER.glob("*.txt"))}
    said["point"] = locale.localeconv()["decimal_point"]
    print(json.dumps(said))


main()
