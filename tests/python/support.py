"""What tests of the Python package use beside fixtures."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> bool:
    """Whether a condition holds before long. It waits no longer than needed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def kept_waiting(*processes: int) -> float:
    """For how many seconds threads that could run waited for a processor, in all."""
    waited = 0
    for process in processes or (os.getpid(),):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):  # it has ended
                waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9


def took(function: Callable[[], object], *processes: int) -> float:
    """How many seconds something took, but for what a busy machine kept it waiting.

    Args:
        function: What to do; the time is that of its own work.
        *processes: Which processes do the work; this one if none is named.
    """
    waited, began = kept_waiting(*processes), time.monotonic()
    function()
    return time.monotonic() - began - (kept_waiting(*processes) - waited)


def quickest(limit: float, seconds: Callable[[], float], most: int = 3) -> float:
    """The shortest of some times, taken until one is within a limit.

    For what `took` does not see: what the system itself does late on a busy machine.
    """
    best = seconds()
    while best >= limit and (most := most - 1) > 0:
        best = min(best, seconds())
    return best


def every(answers: Iterable[object]) -> bool:
    """Whether all hold, at least one: `all` holds for nothing too. Arrays are taken whole."""
    given = list(getattr(answers, "flat", answers))
    return bool(given) and all(given)


class Process:
    """What a Python program did."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


def run_python(program: str, *arguments: str, timeout: float = 25, **environment: str) -> Process:
    """Runs a Python program in a process of its own."""
    return Process(
        subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **environment},
            check=False,
        )
    )
