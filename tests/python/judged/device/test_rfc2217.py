"""The client of RFC 2217, judged by the server side of pyserial."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import serial
import serial.rfc2217

# What the serial port of the server loops back: each byte, the escape of telnet among them.
EVERYTHING = bytes(b for b in range(1, 256) if b != 0x0A)


class Reticent(serial.rfc2217.PortManager):
    """Sets flow control and modem lines, and does not say so, as some terminal servers."""

    def rfc2217_send_subnegotiation(self, option: bytes, value: bytes = b"") -> None:
        if option != serial.rfc2217.SERVER_SET_CONTROL:
            super().rfc2217_send_subnegotiation(option, value)


class Server:
    """One connection, and a serial port that sends back what it gets."""

    def __init__(
        self,
        taken: type[serial.SerialBase],
        kind: type[serial.rfc2217.PortManager] = serial.rfc2217.PortManager,
    ) -> None:
        self.kind = kind
        self.port = taken("loop://", timeout=0.05)
        self.seen: dict[str, object] = {}
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def write(self, data: bytes) -> None:
        with self.lock:
            self.connection.sendall(data)

    def serve(self) -> None:
        self.lock = threading.Lock()
        self.connection, _ = self.listening.accept()
        manager = self.kind(self.port, self)
        done = threading.Event()

        def back() -> None:
            while not done.is_set():
                data = self.port.read(self.port.in_waiting or 1)
                if data:
                    self.write(b"".join(manager.escape(data)))

        thread = threading.Thread(target=back)
        thread.start()
        while data := self.connection.recv(1024):
            self.port.write(b"".join(manager.filter(data)))
        self.seen = {**self.port.get_settings(), "dtr": self.port.dtr, "rts": self.port.rts}
        done.set()
        thread.join()
        self.connection.close()

    def uri(self, options: str) -> str:
        return f"rfc2217:127.0.0.1:{self.listening.getsockname()[1]}?{options}"


def talk(client: str, server: Server, options: str, questions: list[bytes]) -> list[bytes]:
    told = subprocess.run(
        [client, server.uri(options)],
        input=b"".join(q + b"\n" for q in questions),
        stdout=subprocess.PIPE,
        timeout=30,
        check=False,
    ).stdout.split(b"\n")
    server.thread.join()
    return told


def escaped(data: bytes) -> bytes:
    named = {0x09: b"\\t", 0x0D: b"\\r", 0x5C: b"\\\\"}
    return b"".join(
        named.get(b) or (bytes([b]) if 0x20 <= b <= 0x7E else b"\\x%02x" % b) for b in data
    )


@pytest.fixture
def client() -> str:
    build = os.environ.get("ALIDADE_BUILD")
    if not build:
        pytest.fail("ALIDADE_BUILD must name the directory in which the library was built")
    return str(Path(build) / "tests" / "unit_line_client")


def test_settings_and_every_byte(client: str) -> None:
    halves = [EVERYTHING[:50], EVERYTHING[50:110], EVERYTHING[110:170], EVERYTHING[170:220]]
    questions = [*halves, EVERYTHING[220:]]
    server = Server(serial.serial_for_url)
    told = talk(client, server, "baud=115200&bits=7&parity=even&stop=2&flow=xonxoff", questions)
    assert told[0] == b"open"
    assert told[1:-1] == [escaped(q) for q in questions]
    wanted = {"baudrate": 115200, "bytesize": 7, "parity": "E", "stopbits": 2, "xonxoff": True}
    assert {key: server.seen[key] for key in wanted} == wanted, server.seen


@pytest.mark.parametrize("kind", [serial.rfc2217.PortManager, Reticent])
@pytest.mark.parametrize(("dtr", "rts"), [("off", "on"), ("on", "off")])
def test_modem_lines(
    client: str, kind: type[serial.rfc2217.PortManager], dtr: str, rts: str
) -> None:
    server = Server(serial.serial_for_url, kind)
    told = talk(client, server, f"dtr={dtr}&rts={rts}", [b"here"])
    assert told[:2] == [b"open", b"here"]
    wanted = {"dtr": dtr == "on", "rts": rts == "on"}
    assert {key: server.seen[key] for key in wanted} == wanted, server.seen
