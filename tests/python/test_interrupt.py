"""Ctrl-C ends any blocking call with KeyboardInterrupt within 200 ms, in a terminal."""

from __future__ import annotations

import signal
import sys
import textwrap
import time

import pytest

from interrupts import CALLS, LIMIT_S
from terminals import Terminal

pytestmark = pytest.mark.timeout(120)

# Each call is interrupted so often, after another while: at the start and within it. That the same
# objects go on working is seen by the next time.
DELAYS_S = (0.0, 0.03, 0.12)

SCRIPT = """
import sys, time

def ready():
    print("ready", flush=True)

{prepare}
for _ in range({rounds}):
    try:
{wait}
    except KeyboardInterrupt:
        print("interrupted", time.monotonic_ns(), flush=True)
    else:
        print("ended without an interrupt", flush=True)
    sys.stdin.readline()
print("over", flush=True)
"""


def script(prepare: str, wait: str, rounds: int = 1) -> str:
    """Waits, is interrupted, and goes on with an entered line."""
    return SCRIPT.format(prepare=prepare, wait=textwrap.indent(wait, " " * 8), rounds=rounds)


def python(code: str) -> Terminal:
    """A Python program in a terminal."""
    return Terminal([sys.executable, "-c", code])


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends(name: str) -> None:
    with python(script(*CALLS[name], rounds=len(DELAYS_S))) as terminal:
        for delay in DELAYS_S:
            terminal.expect("ready")
            time.sleep(delay)
            sent = time.monotonic_ns()
            terminal.type("\x03")
            raised = int(terminal.expect("interrupted").split()[1])
            assert (raised - sent) / 1e9 < LIMIT_S
            terminal.type("\n")
        terminal.expect("over")
        assert terminal.process.wait(10) == 0


def test_the_axis_stands_after_ctrl_c() -> None:
    code = script(
        "import alidade; stage = alidade.MockMovable(velocity=1.0)", "ready(); stage.move_abs(50.0)"
    )
    code += "print('at', stage.get('settled'), stage.position())"
    with python(code) as terminal:
        terminal.expect("ready")
        time.sleep(0.1)
        terminal.type("\x03")
        terminal.expect("interrupted")
        terminal.type("\n")
        _, settled, position = terminal.expect("at").split()
        assert settled == "True"
        assert 0 < float(position) < 50


def test_uncaught_it_ends_the_program_as_python_does() -> None:
    with python(
        "import alidade; s = alidade.MockMovable(velocity=0.01); print('ready', flush=True)\n"
        "s.move_abs(50.0)"
    ) as terminal:
        terminal.expect("ready")
        terminal.type("\x03")
        assert terminal.process.wait(10) == -signal.SIGINT


def test_handlers_of_other_signals_run_while_a_call_waits() -> None:
    prepare = (
        "import alidade, signal; queue = alidade.Queue()\n"
        "signal.signal(signal.SIGUSR1, lambda *_: print('handled', flush=True))"
    )
    with python(script(prepare, "ready(); queue.next()")) as terminal:
        terminal.expect("ready")
        for _ in range(3):
            terminal.process.send_signal(signal.SIGUSR1)
            terminal.expect("handled")
        terminal.type("\x03")
        terminal.expect("interrupted")
