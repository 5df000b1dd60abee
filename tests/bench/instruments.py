"""Simulated instruments in a process of their own, for what measures lines to instruments.

They are as far away as an instrument is: their work is not done by the threads that are measured,
nor under their interpreter's lock. They do need a processor, and share it with all the rest.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Sequence
from types import TracebackType
from typing import Any


class Instruments:
    """Some instruments of a kind, each on a pseudo-terminal, until the block ends."""

    def __init__(self, kind: str, count: int, *, tapped: bool = False, **options: object) -> None:
        """Switches them on.

        Args:
            kind: One of `alidade.simulations`.
            count: How many.
            tapped: Stops that come are noted, by a process that hands all bytes on.
            options: Those of the instruments.
        """
        given = json.dumps({"kind": kind, "count": count, "tapped": tapped, "options": options})
        self._process = subprocess.Popen(
            [sys.executable, __file__, given],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.paths: list[str] = self._ask(None)

    def delay(self, seconds: Sequence[float]) -> None:
        """Has each instrument wait before each of its replies."""
        self._ask(list(seconds))

    def stopped(self) -> list[int]:
        """When a stop was last seen on each line, on the monotonic clock, in nanoseconds."""
        return self._ask("stopped")  # type: ignore[no-any-return]

    def _ask(self, what: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Instruments:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


class Taps:
    """Pseudo-terminals before others, which note when a stop goes through."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths: list[str] = []
        self.seen = [0] * len(paths)
        self._ends: dict[int, tuple[int, int]] = {}  # number of the tap and where its bytes go
        self._poll = select.epoll()
        for number, path in enumerate(paths):
            near, far = os.openpty()
            tty.setraw(far)
            beyond = os.open(path, os.O_RDWR | os.O_NOCTTY)
            self.paths.append(os.ttyname(far))
            for end, other in (near, beyond), (beyond, near):
                self._ends[end] = number, other
                self._poll.register(end, select.EPOLLIN)
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            for end, _ in self._poll.poll():
                data = os.read(end, 4096)
                number, other = self._ends[end]
                if b"ST\r" in data:
                    self.seen[number] = time.monotonic_ns()
                os.write(other, data)


def serve(kind: str, count: int, tapped: bool, options: dict[str, Any]) -> None:
    """What the other process does: answers one line with another, until there are none."""
    import alidade

    simulations = [alidade.Simulation(kind, **options) for _ in range(count)]
    paths = [simulation.path for simulation in simulations]
    taps = Taps(paths) if tapped else None
    for line in sys.stdin:
        asked = json.loads(line)
        answer: object = taps.paths if taps else paths
        if asked == "stopped":
            assert taps is not None
            answer = taps.seen
        elif asked:
            for simulation, seconds in zip(simulations, asked):
                simulation.set_faults(delay=seconds)
        print(json.dumps(answer), flush=True)
    os._exit(0)  # there is nothing to put away, and nobody to wait for it


if __name__ == "__main__":
    serve(**json.loads(sys.argv[1]))
