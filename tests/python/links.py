"""Network lines to a simulated instrument that can be cut, one's own and those of ser2net."""

from __future__ import annotations

import os
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alidade import Bench, Device, Simulation, errors, movables
from faulty_instruments import Kind
from support import eventually


class Link(ABC):
    """An instrument, and the line to it."""

    def __init__(self, kind: Kind, instrument: Simulation, bench: Bench, uri: str) -> None:
        self.kind = kind
        self.instrument = instrument
        self.bench = bench
        self.uri = uri
        self.options = {"uri": uri, **kind.settings}

    @abstractmethod
    def cut(self) -> None:
        """Hangs up: connections end, and nobody answers any more."""

    @abstractmethod
    def mend(self) -> None:
        """Answers again at the same place, before long."""

    def close(self) -> None:
        self.instrument.close()

    def speed(self) -> float:
        """How fast the axis really moves."""
        return self.bench.get(f"{self.kind.axis}.velocity")

    def open_again(self, device: Device) -> None:
        """Opens a device that is gone, as soon as somebody answers."""

        def opens() -> bool:
            try:
                device.open()
            except errors.NotFoundError:  # not yet
                return False
            return True

        assert eventually(opens, 20)


class Own(Link):
    """The simulated instrument's own TCP port."""

    def __init__(self, kind: Kind, how: str, folder: Path) -> None:
        bench = Bench()
        instrument = Simulation(kind.driver, bench, listen=how)
        super().__init__(kind, instrument, bench, instrument.uri)

    def cut(self) -> None:
        self.instrument.unplug()

    def mend(self) -> None:
        self.instrument.plug()


class Ser2net(Link):
    """A serial port that ser2net gives to the network."""

    def __init__(self, kind: Kind, how: str, folder: Path) -> None:
        bench = Bench()
        instrument = Simulation(kind.driver, bench)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__(kind, instrument, bench, f"{how}:127.0.0.1:{port}")
        accepter = "tcp" if how == "tcp" else "telnet(rfc2217),tcp"
        self.settings = folder / "ser2net.yaml"
        self.settings.write_text(
            "%YAML 1.1\n---\nconnection: &instrument\n"
            f"  accepter: {accepter},127.0.0.1,{port}\n"
            f"  connector: serialdev,{instrument.path},19200n81,local\n"
        )
        self.mend()

    def cut(self) -> None:
        self.server.kill()
        self.server.wait()

    def mend(self) -> None:
        self.server = subprocess.Popen(
            ["ser2net", "-n", "-d", "-c", str(self.settings)],
            # Not with what a sanitizer's build preloads: that would look at ser2net, too.
            env={name: text for name, text in os.environ.items() if name != "LD_PRELOAD"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        self.cut()
        super().close()


LINKS: dict[str, Callable[[Kind, Path], Link]] = {
    "tcp": lambda kind, folder: Own(kind, "tcp", folder),
    "rfc2217": lambda kind, folder: Own(kind, "rfc2217", folder),
    "ser2net-tcp": lambda kind, folder: Ser2net(kind, "tcp", folder),
    "ser2net-rfc2217": lambda kind, folder: Ser2net(kind, "rfc2217", folder),
}


@contextmanager
def linked(how: str, kind: Kind, folder: Path) -> Iterator[Link]:
    """An instrument at the end of a link that answers."""
    link = LINKS[how](kind, folder)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def driven(link: Link) -> Iterator[tuple[Device, movables.Movable]]:
    """The device at the link, open, and its axis."""
    device = Device("device", link.kind.driver, link.options)

    def opens() -> bool:
        try:
            device.open()
        except errors.NotFoundError:  # ser2net is about to listen
            return False
        return True

    try:
        assert eventually(opens, 20)
        axis = device.child(link.kind.part)
        assert isinstance(axis, movables.Movable)
        yield device, axis
    finally:
        device.close()
