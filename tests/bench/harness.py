"""What the benchmarks share: how a time is taken, and how results are printed.

A result is a number beside its goal, where the project has set one, and beside what a peer takes
for the same in the same run. Goals are told, not enforced: a busy machine is no defect.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How thoroughly to measure."""

    repeats: int
    seconds: float
    """How long each repeat takes at least."""


THOROUGH = Settings(repeats=7, seconds=0.1)
QUICK = Settings(repeats=1, seconds=0.001)


@dataclass(frozen=True)
class Result:
    """One number."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    more_is_better: bool = False
    peer: float | None = None
    """What the peer of this run takes; the ratio to it is printed."""

    def line(self) -> str:
        parts = [f"  {self.name:<52} {_short(self.value):>9} {self.unit:<10}"]
        if self.peer:
            parts.append(f"{self.value / self.peer:8.2f} x peer")
        if self.goal is not None:
            met = self.value >= self.goal if self.more_is_better else self.value <= self.goal
            side = ">=" if self.more_is_better else "<="
            parts.append(f"goal {side} {_short(self.goal)}: {'met' if met else 'MISSED'}")
        return "  ".join(parts).rstrip()


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def arguments(doc: str | None) -> Settings:
    """Reads the command line of a benchmark."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="one short repeat, to see that it works"
    )
    return QUICK if parser.parse_args().quick else THOROUGH


def per_call(
    call: Callable[[int], object],
    settings: Settings,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Seconds for one of many: the median of some repeats.

    Args:
        call: Does the thing so many times as it is told, in a loop of its own.
        settings: How thoroughly to measure.
        clock: `time.thread_time` for what only computes, so that other programs do not count.
    """
    count = 1
    while True:
        taken = _timed(call, count, clock)
        if taken >= settings.seconds / 2 or count >= 10**8:
            break
        count *= 2 if taken > settings.seconds / 100 else 10
    count = max(1, int(count * settings.seconds / max(taken, 1e-9)))
    return statistics.median(_timed(call, count, clock) for _ in range(settings.repeats)) / count


def _timed(call: Callable[[int], object], count: int, clock: Callable[[], float]) -> float:
    began = clock()
    call(count)
    return clock() - began


def report(title: str, results: Iterable[Result]) -> None:
    """Prints results below a title."""
    print(f"\n{title}")
    for result in results:
        print(result.line())


def environment() -> str:
    """What the numbers were taken on, in a line."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(
                (line.partition(":")[2].strip() for line in file if line.startswith("model name")),
                model,
            )
    except OSError:
        pass
    load = "/".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{model}, {os.cpu_count()} processors, load {load}, Linux {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )
