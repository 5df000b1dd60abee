"""A simulated instrument, as pyserial opens it."""

from __future__ import annotations

import serial

from alidade import Simulation


def test_pyserial_can_open_it() -> None:
    with (
        Simulation("mock-meter") as meter,
        serial.Serial(meter.path, 9600, timeout=5) as port,
    ):
        port.write(b"*IDN?\n")
        assert port.readline() == b"alidade,mock-meter,0,1\n"


def test_pyserial_can_open_it_by_rfc_2217() -> None:
    with (
        Simulation("mock-meter", listen="rfc2217") as meter,
        serial.serial_for_url(f"rfc2217://{meter.path}", 9600, timeout=5) as port,
    ):
        port.write(b"*IDN?\n")
        assert port.readline() == b"alidade,mock-meter,0,1\n"
