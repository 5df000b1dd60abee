"""A process that is stopped for a while, as a computer that sleeps: timeouts are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faulty_instruments import KINDS, Kind, switched_on
from support import took

pytestmark = pytest.mark.timeout(60)

# Prints what became of one question after the other.
ASKS = """
import sys
import alidade
driver, uri, part, name, addresses = sys.argv[1:]
options = {"uri": uri, **({"addresses": [addresses]} if addresses else {})}
device = alidade.Device("it", driver, options)
device.open()
part = device.child(part) if part else device
print("ready", part.get(name), flush=True)
for line in sys.stdin:
    try:
        print("value", part.get(name, timeout=float(line)), flush=True)
    except alidade.TimedOutError:
        print("timeout", flush=True)
"""


def ask(client: subprocess.Popen[str], timeout: float) -> None:
    assert client.stdin is not None
    client.stdin.write(f"{timeout}\n")
    client.stdin.flush()


def answer(client: subprocess.Popen[str]) -> str:
    assert client.stdout is not None
    return client.stdout.readline().strip()


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_it_sleeps_in_the_middle_of_a_question(kind: Kind, tmp_path: Path) -> None:
    addresses = "".join(kind.settings.get("addresses", []))
    words = [kind.driver, f"serial:{tmp_path}/line", kind.part, kind.one, addresses]
    with switched_on(kind, tmp_path) as setup:
        (tmp_path / "line").symlink_to(setup.instrument.path)
        with subprocess.Popen(
            [sys.executable, "-c", ASKS, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as client:
            ready = answer(client)
            assert ready.startswith("ready "), ready
            truth = ready.removeprefix("ready ")

            # The answer comes while it sleeps, and counts although the time is up.
            setup.instrument.set_faults(delay=0.3)
            ask(client, 0.6)
            time.sleep(0.1)
            os.kill(client.pid, signal.SIGSTOP)
            time.sleep(1.0)
            os.kill(client.pid, signal.SIGCONT)
            assert answer(client) in (f"value {truth}", "timeout")

            # None comes: the time is up when it wakes.
            setup.instrument.set_faults(delay=0.0, silence=True)
            ask(client, 0.5)
            time.sleep(0.1)
            os.kill(client.pid, signal.SIGSTOP)
            time.sleep(1.0)

            def wake() -> None:
                os.kill(client.pid, signal.SIGCONT)
                assert answer(client) == "timeout"

            assert took(wake, client.pid) < 3

            setup.instrument.set_faults(silence=False)
            ask(client, 5.0)
            assert answer(client) == f"value {truth}"
