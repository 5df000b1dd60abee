"""What the drivers say of lines on which something else answers, and lines with options."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from select import select

import pytest

import alidade
from alidade import Device, Simulation

pytestmark = pytest.mark.timeout(60)


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A line on which the same bytes come back whatever is sent."""
    near, far = os.openpty()
    tty.setraw(far)
    ends, end = os.pipe()

    def serve() -> None:
        while ends not in select([near, ends], [], [])[0]:
            os.read(near, 4096)
            os.write(near, reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"serial:{os.ttyname(far)}"
    finally:
        os.write(end, b"!")
        thread.join()
        for fd in (near, far, ends, end):
            os.close(fd)


# What another instrument says, in its bytes, and how a message shows it.
ANSWERS = [
    (b"ERROR\xfe\r\n", r"ERROR\\xfe"),
    (b"\x00\xf8\x00", r"\\x00\\xf8\\x00"),  # another baud rate: no line ever ends
]


@pytest.mark.parametrize(("reply", "shown"), ANSWERS)
@pytest.mark.parametrize("driver", ["esp300", "newport-1830c"])
def test_what_answers_otherwise_is_told_with_its_bytes(
    driver: str, reply: bytes, shown: str
) -> None:
    with answering(reply) as uri:
        with pytest.raises(alidade.ProtocolError, match=shown) as told:
            Device("it", driver, {"uri": uri}).open(timeout=1.5)
        assert "did not answer" not in str(told.value)
        with pytest.raises(alidade.ProtocolError, match=shown):
            alidade.probe(driver, uri, timeout=1.5)


def test_a_line_of_something_else_is_told_with_its_bytes_by_a_bus() -> None:
    with (
        answering(b"ERROR\xfe\r\n") as uri,
        pytest.raises(alidade.ProtocolError, match=r"ERROR\\xfe"),
    ):
        Device("it", "elliptec", {"uri": uri}).open(timeout=5)


def test_a_meter_that_echoes() -> None:
    with Simulation("newport-1830c") as instrument:
        instrument.set_faults(echo=True)
        with Device("it", "newport-1830c", {"uri": instrument.uri + "?echo=on"}) as meter:
            for _ in range(3):
                assert meter.get("wavelength") == 633.0
                assert meter.set("range", 5) == 5
            instrument.set_faults(echo=False)
            with pytest.raises(alidade.ProtocolError, match=r"had been sent; leave 'echo=on' out"):
                meter.get("wavelength")
            instrument.set_faults(echo=True)
            assert meter.get("wavelength") == 633.0


def test_ends_of_lines_where_the_driver_allows_others() -> None:
    with Simulation("esp300") as instrument:
        # The controller takes CR; what it sends ends in CR LF, of which LF alone is an end, too.
        with pytest.raises(alidade.Error):
            Device("it", "esp300", {"uri": instrument.uri + "?terminator=lf"}).open(timeout=1)
        with Device("it", "esp300", {"uri": instrument.uri}) as stage:
            assert stage.children
    with (
        Simulation("elliptec") as instrument,
        pytest.raises(alidade.UnsupportedError, match="leave 'terminator' out"),
    ):
        Device("it", "elliptec", {"uri": instrument.uri + "?terminator=cr"}).open()
