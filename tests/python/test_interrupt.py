"""Ctrl-C ends any blocking call with KeyboardInterrupt within 200 ms, in a terminal."""

from __future__ import annotations

import signal
import sys
import textwrap
import time

import pytest

from interrupts import CALLS, LIMIT_S
from support import kept_waiting, quickest
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
again = True
while again:
    try:
{wait}
    except KeyboardInterrupt:
        print("interrupted", time.monotonic_ns(), flush=True)
    else:
        print("ended without an interrupt", flush=True)
    again = sys.stdin.readline().strip() == "again"
print("over", flush=True)
"""


def script(prepare: str, wait: str) -> str:
    """Waits, is interrupted, and does so again if that is entered."""
    return SCRIPT.format(prepare=prepare, wait=textwrap.indent(wait, " " * 8))


def python(code: str) -> Terminal:
    """A Python program in a terminal."""
    return Terminal([sys.executable, "-c", code])


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends(name: str) -> None:
    with python(script(*CALLS[name])) as terminal:
        pid = terminal.process.pid

        def interrupt(delay: float) -> float:
            terminal.expect("ready")
            time.sleep(delay)
            waited, sent = kept_waiting(pid), time.monotonic_ns()
            terminal.type("\x03")
            raised = int(terminal.expect("interrupted").split()[1])
            terminal.type("again\n")
            return (raised - sent) / 1e9 - (kept_waiting(pid) - waited)

        for delay in DELAYS_S:
            assert quickest(LIMIT_S, lambda delay=delay: interrupt(delay)) < LIMIT_S
        terminal.expect("ready")
        terminal.type("\x03")
        terminal.expect("interrupted")
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
