"""Ctrl-C ends any blocking call with KeyboardInterrupt within 200 ms, in a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from interrupts import CALLS, LIMIT_S

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


class Terminal:
    """A Python program in a pseudo-terminal of its own, in which ^C can be typed."""

    def __init__(self, code: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: _own_terminal(slave),
        )  # fmt: skip
        os.close(slave)
        self._text = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def read_line(self) -> str:
        """The next line that the program prints."""
        while "\n" not in self._text:
            try:
                more = os.read(self._master, 4096)
            except OSError:  # the program is gone
                more = b""
            if not more:
                raise AssertionError(f"the program ended, having said {self._text!r}")
            self._text += more.decode().replace("\r", "")
        line, _, self._text = self._text.partition("\n")
        return line

    def expect(self, start: str) -> str:
        """The next line that begins so; the terminal's echo of what is typed is left out."""
        seen = []
        while not (line := self.read_line().replace("^C", "")).startswith(start):
            seen.append(line)
            assert "Traceback" not in line, "\n".join([*seen, self._text])
        return line

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())


def _own_terminal(slave: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends(name: str) -> None:
    with Terminal(script(*CALLS[name], rounds=len(DELAYS_S))) as terminal:
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
    with Terminal(code) as terminal:
        terminal.expect("ready")
        time.sleep(0.1)
        terminal.type("\x03")
        terminal.expect("interrupted")
        terminal.type("\n")
        _, settled, position = terminal.expect("at").split()
        assert settled == "True"
        assert 0 < float(position) < 50


def test_uncaught_it_ends_the_program_as_python_does() -> None:
    with Terminal(
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
    with Terminal(script(prepare, "ready(); queue.next()")) as terminal:
        terminal.expect("ready")
        for _ in range(3):
            terminal.process.send_signal(signal.SIGUSR1)
            terminal.expect("handled")
        terminal.type("\x03")
        terminal.expect("interrupted")
