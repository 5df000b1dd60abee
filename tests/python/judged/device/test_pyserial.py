"""A simulated instrument, as pyserial opens it."""

from __future__ import annotations

import pytest
import serial
import serial.rfc2217

from alidade import Simulation
from support import eventually


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


def lines_of(port: serial.SerialBase) -> dict[str, bool]:
    return {"cts": port.cts, "dsr": port.dsr, "ri": port.ri, "cd": port.cd}


def lines(*on: str) -> dict[str, bool]:
    return {name: name in on for name in ("cts", "dsr", "ri", "cd")}


def test_pyserial_sees_the_modem_lines() -> None:
    """Without NOTIFY-MODEMSTATE its .cts, .dsr, .ri and .cd raise an error."""
    with (
        Simulation("mock-meter", listen="rfc2217") as meter,
        serial.serial_for_url(f"rfc2217://{meter.path}", 9600, timeout=5) as port,
    ):
        assert lines_of(port) == lines("cts", "dsr", "cd")
        for on in (["ri"], [], ["cts"], ["dsr", "cd"], ["cts", "dsr", "ri", "cd"]):
            meter.set_faults(modem_lines=",".join(on))
            assert eventually(lambda on=on: lines_of(port) == lines(*on)), on
        port.write(b"*IDN?\n")
        assert port.readline() == b"alidade,mock-meter,0,1\n"


@pytest.mark.parametrize("told", ["cts", "dsr", "cd"])
def test_a_client_is_told_what_its_mask_lets_through(told: str) -> None:
    bits = {"cts": 0x11, "dsr": 0x22, "cd": 0x88}
    with (
        Simulation("mock-meter", listen="rfc2217") as meter,
        serial.serial_for_url(f"rfc2217://{meter.path}", 9600, timeout=5) as port,
    ):
        assert lines_of(port) == lines("cts", "dsr", "cd")
        port.rfc2217_send_subnegotiation(serial.rfc2217.SET_MODEMSTATE_MASK, bytes([bits[told]]))
        port.write(b"*IDN?\n")  # behind the mask
        assert port.readline() == b"alidade,mock-meter,0,1\n"
        others = [name for name in ("cts", "dsr", "cd") if name != told]
        for other in others:
            meter.set_faults(modem_lines=",".join({"cts", "dsr", "cd"} - {other}))
        port.write(b"*IDN?\n")
        assert port.readline() == b"alidade,mock-meter,0,1\n"
        assert lines_of(port) == lines("cts", "dsr", "cd"), "it was told of no other line"
        meter.set_faults(modem_lines=",".join(others))
        assert eventually(lambda: not lines_of(port)[told])
        assert lines_of(port) == lines(), "nor of the state of the others"
