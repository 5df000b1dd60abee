"""The kernel's interrupt ends any blocking call within 200 ms, in a real Jupyter kernel."""

from __future__ import annotations

import os
import select
import textwrap
import time
from typing import TYPE_CHECKING, Any

import jupyter_client
import pytest

from interrupts import CALLS, LIMIT_S
from support import kept_waiting, quickest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(120)

# What the cells tell goes through a pipe of their own: an interrupt may hit the kernel's printing.
SET_UP = """
import os, time
_pipe = os.open({path!r}, os.O_WRONLY)

def tell(*words):
    os.write(_pipe, (" ".join(map(str, words)) + "\\n").encode())

def ready():
    tell("ready")
"""
# The time when the exception comes out of the cell's code.
WAIT = """
try:
{wait}
finally:
    tell("raised", time.monotonic_ns())
"""
TIMEOUT_S = 20


class Kernel:
    """A running kernel and the client that talks to it."""

    def __init__(self, path: str) -> None:
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._told = b""
        self.manager, self.client = jupyter_client.manager.start_new_kernel(startup_timeout=60)
        assert self.run(SET_UP.format(path=path))["status"] == "ok"

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def begin(self, code: str) -> str:
        """Runs a cell; gives what its messages are known by."""
        return str(self.client.execute(code, stop_on_error=False))

    def told(self, word: str) -> list[str]:
        """Waits for the next line that cells tell, which must begin with a word."""
        while b"\n" not in self._told:
            readable, _, _ = select.select([self._pipe], [], [], TIMEOUT_S)
            assert readable, f"no cell told {word}"
            self._told += os.read(self._pipe, 4096)
        line, _, self._told = self._told.partition(b"\n")
        words = line.decode().split()
        assert words[0] == word
        return words[1:]

    def run(self, code: str) -> dict[str, Any]:
        """Runs a cell to its end."""
        return self.reply(self.begin(code))

    def interrupt(self, after: float) -> float:
        """Interrupts the cell that is ready, after some seconds; gives how long it took."""
        self.told("ready")
        time.sleep(after)
        pid = self.manager.provisioner.pid
        waited, sent = kept_waiting(pid), time.monotonic_ns()
        self.manager.interrupt_kernel()
        raised = int(self.told("raised")[0])
        return (raised - sent) / 1e9 - (kept_waiting(pid) - waited)

    def reply(self, cell: str) -> dict[str, Any]:
        """Waits for the end of a cell."""
        while True:
            message = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if message["parent_header"].get("msg_id") == cell:
                return dict(message["content"])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    running = Kernel(str(tmp_path_factory.mktemp("kernel") / "told"))
    yield running
    running.close()


# A notebook's cells run in a loop already; there `await` stands in the cell itself.
SYNC = [name for name, (_, wait) in CALLS.items() if "asyncio" not in wait]


@pytest.mark.parametrize("name", SYNC)
def test_interrupting_the_kernel_ends(kernel: Kernel, name: str) -> None:
    prepare, wait = CALLS[name]
    assert kernel.run(prepare)["status"] == "ok"

    def interrupt(delay: float) -> float:
        cell = kernel.begin(WAIT.format(wait=textwrap.indent(wait, "    ")))
        seconds = kernel.interrupt(delay)
        assert kernel.reply(cell)["ename"] == "KeyboardInterrupt"
        return seconds

    for delay in (0.0, 0.08):
        assert quickest(LIMIT_S, lambda delay=delay: interrupt(delay)) < LIMIT_S
    assert kernel.run("assert 1 + 1 == 2")["status"] == "ok"


def test_awaiting_in_a_cell(kernel: Kernel) -> None:
    code = """
from alidade.aio import MockMovable, MockReadable
stage, sensor = MockMovable(), MockReadable(value=2.0)
await stage.move_abs(10.0)
tell("got", await stage.position(), await sensor.read())
"""
    assert kernel.run(code)["status"] == "ok"
    assert kernel.told("got") == ["10.0", "2.0"]


@pytest.mark.parametrize("verb", ["stage.move_abs(50.0)", "op.wait()"])
def test_interrupting_an_await_in_a_cell(kernel: Kernel, verb: str) -> None:
    prepare = "from alidade import aio\nstage = aio.MockMovable(velocity=1.0)\n"
    if verb.startswith("op"):
        prepare += "op = await stage.start_move(50.0)\n"

    def interrupt() -> float:
        assert kernel.run(prepare)["status"] == "ok"
        cell = kernel.begin(WAIT.format(wait=f"    ready()\n    await {verb}"))
        seconds = kernel.interrupt(0.05)
        assert kernel.reply(cell)["ename"] == "CancelledError"  # the kernel cancels the cell
        return seconds

    assert quickest(LIMIT_S, interrupt) < LIMIT_S
    assert kernel.run("tell('settled', await stage.get('settled'))")["status"] == "ok"
    assert kernel.told("settled") == [str(not verb.startswith("op"))]
