"""Drivers at work on simulated instruments, through real pseudo-terminals."""

from __future__ import annotations

import fcntl
import os
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import alidade
from alidade import Bench, Device, Readable, Simulation
from support import eventually

# What a driver says of an answer that is none. Never a number.
BAD_ANSWER = (alidade.ProtocolError, alidade.TimedOutError)


@contextmanager
def driven(
    driver: str,
    options: dict[str, Any] | None = None,
    bench: Bench | None = None,
    **simulated: Any,
) -> Iterator[tuple[Simulation, Device]]:
    """A simulated instrument, and the open device of the driver of the same name."""
    with (
        Simulation(driver, bench, **simulated) as instrument,
        Device("it", driver, {"uri": instrument.uri, **(options or {})}) as device,
    ):
        yield instrument, device


class Wire:
    """What a simulated instrument with terminators CR and CR LF says: no driver between."""

    def __init__(self, instrument: Simulation) -> None:
        self.line = os.open(instrument.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.line)

    def close(self) -> None:
        os.close(self.line)

    def tell(self, *commands: str) -> None:
        os.write(self.line, "".join(c + "\r" for c in commands).encode())

    def ask(self, question: str) -> str:
        self.tell(question)
        told = b""
        while not told.endswith(b"\r\n"):
            told += os.read(self.line, 64)
        return told.decode().strip()

    def error(self) -> str:
        return self.ask("TB?").split(", ", 2)[2]


def steady(power: float = 1e-3, **quantities: float) -> Bench:
    """A bench with all the light of the laser at the power meter."""
    return Bench(
        quantities={
            "laser.power": power,
            "waveplate.zero": 0.0,
            "polarizer.transmission": 1.0,
            "background": 0.0,
            **quantities,
        }
    )


@contextmanager
def metered(bench: Bench | None = None, **simulated: Any) -> Iterator[tuple[Simulation, Readable]]:
    """A simulated 1830-C and the open device."""
    with (
        Simulation("newport-1830c", bench, **simulated) as instrument,
        Readable("it", "newport-1830c", {"uri": instrument.uri}) as meter,
    ):
        yield instrument, meter


def unread(instrument: Simulation) -> int:
    """How many bytes wait on the line for whoever reads next."""
    line = os.open(instrument.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return int.from_bytes(fcntl.ioctl(line, termios.FIONREAD, bytes(4)), sys.byteorder)
    finally:
        os.close(line)


def answer(instrument: Simulation, device: Device, name: str, reply: bytes) -> Any:
    """Reads a property of an instrument that is silent, and gives the reply in its place."""
    instrument.set_faults(silence=True)
    try:
        reading = device.start_get(name, timeout=1.0)
        while not reading.done:  # on a busy machine the question may come later
            time.sleep(0.05)  # what comes before the question is no answer to it
            instrument.say(reply)
            eventually(lambda: reading.done, 0.5)
        return reading.wait()
    finally:
        instrument.set_faults(silence=False)


def no_number(instrument: Simulation, device: Device, name: str, reply: bytes) -> None:
    """A reply that is no finite number is an error that shows it, and the next one is right."""
    with pytest.raises(BAD_ANSWER):
        answer(instrument, device, name, reply)


NO_NUMBERS = [
    b"nan\r\n",
    b"inf\r\n",
    b"-inf\r\n",
    b"1e999\r\n",
    b"1e-999\r\n",
    b"\r\n",
    b"1.5 x\r\n",
    b"1,5\r\n",
    b"0x10\r\n",
    b"--1\r\n",
    b"\xff\xfe1\r\n",
    b"1\x001\r\n",
    b"1\r2\r\n",
    b"9" * 2000 + b"\r\n",
]


def read_until_it_is_gone(device: Device, name: str) -> None:
    """Reads until the line is cut."""
    for _ in range(4):
        device.get(name)
