"""Lines of a process that forked or was killed: closed is closed, and free is free."""

from __future__ import annotations

import pytest

from support import run_python

# A child that sleeps until its end of a pipe is closed, as a worker of multiprocessing does.
CHILD = """
import multiprocessing, os, sys

def sleep(end):
    end.recv_bytes()

context = multiprocessing.get_context("fork")

class Child:
    def __enter__(self):
        self.ours, theirs = context.Pipe()
        self.process = context.Process(target=sleep, args=(theirs,))
        self.process.start()

    def __exit__(self, *_):
        assert self.process.is_alive()
        self.ours.send_bytes(b"!")
        self.process.join()
        assert self.process.exitcode == 0, self.process.exitcode
"""


@pytest.mark.parametrize("listen", ["pty", "tcp", "rfc2217"])
def test_a_line_is_closed_although_a_child_lives(listen: str) -> None:
    done = run_python(
        CHILD
        + f"""
from alidade import Device, Simulation

with Simulation("newport-1830c", listen="{listen}") as instrument:
    device = Device("meter", "newport-1830c", {{"uri": instrument.uri}})
    device.open()
    with Child():
        assert device.get("wavelength") == 633.0
        device.close()
        for _ in range(3):
            with Device("meter", "newport-1830c", {{"uri": instrument.uri}}) as again:
                assert again.get("wavelength") == 633.0
print("END")
"""
    )
    assert (done.code, done.out, done.err) == (0, "END\n", ""), done


@pytest.mark.parametrize("listen", ["pty", "tcp", "rfc2217"])
def test_an_instrument_is_gone_although_a_child_lives(listen: str) -> None:
    done = run_python(
        CHILD
        + f"""
import time
from alidade import Device, DeviceState, Simulation

instrument = Simulation("newport-1830c", listen="{listen}")
device = Device("meter", "newport-1830c", {{"uri": instrument.uri}})
device.open()
with Child():
    instrument.unplug()
    end = time.monotonic() + 10
    while device.state is not DeviceState.DISCONNECTED and time.monotonic() < end:
        time.sleep(0.01)
    assert device.state is DeviceState.DISCONNECTED, device.state
    instrument.plug()
    with Device("meter", "newport-1830c", {{"uri": instrument.uri}}) as again:
        assert again.get("wavelength") == 633.0
print("END")
"""
    )
    assert (done.code, done.out) == (0, "END\n"), done


# Root may open what is in exclusive mode: an ordinary user shows what the others meet.
ORDINARY = """
import os, signal, subprocess, sys
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""

KILLED = {
    "ours": """
import sys, time
from alidade import Device
device = Device("meter", "newport-1830c", {"uri": "serial:" + sys.argv[1]})
device.open()
print("open", flush=True)
time.sleep(100)
""",
    "another": """
import fcntl, os, sys, termios, time
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.ioctl(line, termios.TIOCEXCL)
print("open", flush=True)
time.sleep(100)
""",
}


@pytest.mark.parametrize("killed", KILLED)
def test_a_simulated_port_is_free_after_a_killed_process(killed: str) -> None:
    done = run_python(
        ORDINARY
        + f"""
import time
from alidade import BusyError, Device, Simulation

with Simulation("newport-1830c") as instrument:
    for _ in range(3):
        client = subprocess.Popen(
            [sys.executable, "-c", {KILLED[killed]!r}, instrument.path], stdout=subprocess.PIPE
        )
        assert client.stdout.readline() == b"open\\n"
        try:
            Device("meter", "newport-1830c", {{"uri": instrument.uri}}).open()
        except BusyError:
            pass
        else:
            raise AssertionError("two have the line")
        client.send_signal(signal.SIGKILL)
        client.wait()
        client.stdout.close()
        end = time.monotonic() + 10
        while True:
            try:
                with Device("meter", "newport-1830c", {{"uri": instrument.uri}}) as meter:
                    assert meter.get("wavelength") == 633.0
                break
            except BusyError:  # the news of its end is on its way
                assert time.monotonic() < end
                time.sleep(0.01)
print("END")
"""
    )
    assert (done.code, done.out, done.err) == (0, "END\n", ""), done
