"""The drivers of real instruments at simulated ones, and what can go wrong between the two."""

from __future__ import annotations

import os
import resource
import select
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alidade import Bench, Device, DeviceState, Simulation, errors, movables
from support import eventually


@dataclass(frozen=True)
class Kind:
    """A driver, and what of its instrument the tests ask.

    Attributes:
        driver: Its name, and that of the simulated instrument.
        part: The child that is asked; "" for the device itself.
        one: A property.
        other: Another one, whose answer cannot be mistaken for the first one's value.
        question: What the driver sends to read `one`.
        settings: Options of the driver.
        axis: Where the bench has the axis; "" if it has none.
    """

    driver: str
    part: str
    one: str
    other: str
    question: bytes
    settings: dict[str, Any] = field(default_factory=dict)
    axis: str = ""

    def __str__(self) -> str:
        return self.driver


ESP300 = Kind("esp300", "1", "velocity", "acceleration", b"1VA?\r", axis="stage/x")
METER = Kind("newport-1830c", "", "wavelength", "filter", b"W?\n")
ROTATOR = Kind("elliptec", "0", "velocity", "position", b"0gv", {"addresses": ["0"]}, "waveplate")

KINDS = (ESP300, METER, ROTATOR)
MOVABLE = (ESP300, ROTATOR)

# What a driver may say of an answer that it cannot use; it never guesses a value.
UNUSABLE = (errors.ProtocolError, errors.TimedOutError, errors.StateError, errors.StateLostError)


class Setup:
    """An instrument that is switched on, and a device that is not yet open.

    The device finds it by a link, as udev makes them by serial numbers: the node behind it may
    become another one when it is plugged in again.
    """

    def __init__(self, kind: Kind, folder: Path, **options: Any) -> None:
        self.kind = kind
        self.bench = Bench()
        self.instrument = Simulation(kind.driver, self.bench, **options)
        self.link = folder / f"{kind.driver}-{id(self)}"
        self.point_to(self.instrument.path)
        self.options = {"uri": f"serial:{self.link}", **kind.settings}
        self.renew()

    def renew(self) -> None:
        """Makes another device in place of one that was closed."""
        self.device = Device("device", self.kind.driver, self.options)

    def point_to(self, path: str) -> None:
        """Lets the device find another node at its next opening."""
        fresh = self.link.with_suffix(".new")
        fresh.symlink_to(path)
        fresh.replace(self.link)

    def plug(self) -> None:
        self.instrument.plug()
        self.point_to(self.instrument.path)

    def gone(self, seconds: float = 5.0) -> bool:
        """Whether the device finds out before long."""
        return eventually(lambda: self.device.state is DeviceState.DISCONNECTED, seconds)

    @property
    def part(self) -> Any:
        return self.device.child(self.kind.part) if self.kind.part else self.device

    @property
    def stage(self) -> movables.Movable:
        part = self.part
        assert isinstance(part, movables.Movable)
        return part

    def truth(self) -> float:
        """Where the axis really is."""
        return self.bench.get(self.kind.axis)

    def stands(self) -> bool:
        """Whether the axis really stands."""
        before = self.truth()
        time.sleep(0.05)
        return self.truth() == before

    def close(self) -> None:
        self.device.close()
        self.instrument.close()


@contextmanager
def switched_on(kind: Kind, folder: Path, **options: Any) -> Iterator[Setup]:
    """An instrument, and a device that is not open."""
    setup = Setup(kind, folder, **options)
    try:
        yield setup
    finally:
        setup.close()


@contextmanager
def opened(kind: Kind, folder: Path, **options: Any) -> Iterator[Setup]:
    """An instrument, and a device that has opened it."""
    with switched_on(kind, folder, **options) as setup:
        setup.device.open()
        yield setup


class Relay:
    """Stands between a device and its instrument, hears all, and may answer itself."""

    def __init__(self, setup: Setup) -> None:
        self.sent = b""
        self.answers: dict[bytes, bytes] = {}
        self.replaces: dict[bytes, bytes] = {}
        self.distorts: dict[bytes, bytes] = {}  # of what the instrument says
        self._near, self._far = os.openpty()
        self._line = os.open(setup.instrument.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._far)
        tty.setraw(self._line)
        self.path = os.ttyname(self._far)
        self._reads = threading.Lock()
        self._ends, self._end = os.pipe()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        setup.point_to(self.path)

    def _work(self) -> None:
        while True:
            ready, _, _ = select.select([self._near, self._line, self._ends], [], [])
            if self._ends in ready:
                return
            with self._reads:
                self._pass_on()

    def _pass_on(self) -> None:
        ready, _, _ = select.select([self._near, self._line], [], [], 0)
        if self._line in ready:
            heard = os.read(self._line, 4096)
            for old, new in self.distorts.items():
                heard = heard.replace(old, new)
            os.write(self._near, heard)
        if self._near in ready:
            said = os.read(self._near, 4096)
            self.sent += said
            if said in self.answers:
                os.write(self._near, self.answers[said])
            else:
                for old, new in self.replaces.items():
                    said = said.replace(old, new)
                os.write(self._line, said)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """As flow control holds the line: nothing is taken; at the end, what waits is lost."""
        with self._reads:
            yield
            while select.select([self._near], [], [], 0)[0]:
                os.read(self._near, 4096)

    @contextmanager
    def babbling(self) -> Iterator[None]:
        """The device gets lines that mean nothing, for ever."""
        ends = threading.Event()

        def work() -> None:
            while not ends.is_set():
                if select.select([], [self._near], [], 0.01)[1]:
                    os.write(self._near, b"?!\r\n")

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ends.set()
            thread.join()

    def close(self) -> None:
        os.write(self._end, b"!")
        self._thread.join()
        for fd in (self._near, self._far, self._line, self._ends, self._end):
            os.close(fd)


@contextmanager
def relayed(kind: Kind, folder: Path, **options: Any) -> Iterator[tuple[Setup, Relay]]:
    """A device that is open, and what stands between it and its instrument."""
    with switched_on(kind, folder, **options) as setup:
        relay = Relay(setup)
        try:
            setup.device.open()
            yield setup, relay
        finally:
            setup.device.close()
            relay.close()


def cpu_share(seconds: float = 0.5) -> float:
    """Which part of a processor this process uses while nothing is asked of it."""

    def used() -> float:
        now = resource.getrusage(resource.RUSAGE_SELF)
        return now.ru_utime + now.ru_stime

    before, began = used(), time.monotonic()
    time.sleep(seconds)
    return (used() - before) / (time.monotonic() - began)


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def resident() -> int:
    """How many bytes of this process are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
