"""The kernel's interrupt ends any blocking call within 200 ms, in a real Jupyter kernel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jupyter_client
import pytest
from interrupts import CALLS, LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(120)

CELL = """
def ready():
    print("ready", flush=True)

{prepare}
"""
# The kernel notes when the exception comes out of the cell.
WAIT = """
import time as _time
try:
{wait}
finally:
    print("raised", _time.monotonic_ns(), flush=True)
"""


class Kernel:
    """A running kernel and the client that talks to it."""

    def __init__(self) -> None:
        self.manager, self.client = jupyter_client.manager.start_new_kernel(startup_timeout=60)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def begin(self, code: str) -> str:
        """Runs a cell; gives what its messages are known by."""
        return str(self.client.execute(code))

    def printed(self, cell: str, start: str) -> str:
        """Waits until a cell prints a line that begins so."""
        while True:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") != cell:
                continue
            if message["msg_type"] == "stream":
                for line in message["content"]["text"].splitlines():
                    if line.startswith(start):
                        return str(line)

    def reply(self, cell: str) -> dict[str, Any]:
        """Waits for the end of a cell."""
        while True:
            message = self.client.get_shell_msg(timeout=30)
            if message["parent_header"].get("msg_id") == cell:
                return dict(message["content"])


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    running = Kernel()
    yield running
    running.close()


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())


# A notebook's cells run in a loop already; there `await` stands in the cell itself.
SYNC = [name for name, (_, wait) in CALLS.items() if "asyncio" not in wait]


@pytest.mark.parametrize("name", SYNC)
def test_interrupting_the_kernel_ends(kernel: Kernel, name: str) -> None:
    prepare, wait = CALLS[name]
    prepared = kernel.reply(kernel.begin(CELL.format(prepare=prepare)))
    assert prepared["status"] == "ok", prepared
    for delay in (0.0, 0.08):
        cell = kernel.begin(WAIT.format(wait=indented(wait)))
        kernel.printed(cell, "ready")
        time.sleep(delay)
        sent = time.monotonic_ns()
        kernel.manager.interrupt_kernel()
        raised = int(kernel.printed(cell, "raised").split()[1])
        reply = kernel.reply(cell)
        assert reply["status"] == "error"
        assert reply["ename"] == "KeyboardInterrupt"
        assert (raised - sent) / 1e9 < LIMIT_S
    assert kernel.reply(kernel.begin("assert 1 + 1 == 2"))["status"] == "ok"


def test_awaiting_in_a_cell(kernel: Kernel) -> None:
    code = """
from alidade.aio import MockMovable, MockReadable
stage, sensor = MockMovable(), MockReadable(value=2.0)
await stage.move_abs(10.0)
print("got", await stage.position(), await sensor.read(), flush=True)
"""
    cell = kernel.begin(code)
    assert kernel.printed(cell, "got") == "got 10.0 2.0"
    assert kernel.reply(cell)["status"] == "ok"


@pytest.mark.parametrize("verb", ["stage.move_abs(50.0)", "op.wait()"])
def test_interrupting_an_await_in_a_cell(kernel: Kernel, verb: str) -> None:
    prepare = "from alidade import aio\nstage = aio.MockMovable(velocity=1.0)\n"
    if verb.startswith("op"):
        prepare += "op = await stage.start_move(50.0)\n"
    assert kernel.reply(kernel.begin(CELL.format(prepare=prepare)))["status"] == "ok"
    cell = kernel.begin(WAIT.format(wait=f"    ready()\n    await {verb}"))
    kernel.printed(cell, "ready")
    time.sleep(0.05)
    sent = time.monotonic_ns()
    kernel.manager.interrupt_kernel()
    raised = int(kernel.printed(cell, "raised").split()[1])
    reply = kernel.reply(cell)
    assert reply["ename"] == "CancelledError"  # the kernel cancels the cell
    assert (raised - sent) / 1e9 < LIMIT_S
    cell = kernel.begin("print('settled', await stage.get('settled'), flush=True)")
    expected = "settled False" if verb.startswith("op") else "settled True"
    assert kernel.printed(cell, "settled") == expected
