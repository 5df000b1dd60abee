"""A hundred instruments on a hundred pseudo-terminals at once, against the slowest of them alone.

Each simulated ESP300 waits a while of its own before it answers. All are asked from one event loop,
by tasks, and as a peer by pyserial on the threads of `asyncio.to_thread`. A lab of them is opened,
and stopped while each of them owes an answer.
"""

from __future__ import annotations

import asyncio
import importlib.util
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import alidade
from alidade import aio
from harness import QUICK, Result, Settings, arguments, report
from instruments import Instruments

GOAL_RATIO = 1.5
GOAL_STOP_MS = 10.0
OPENING_DELAY_S = 0.001
"""How long an instrument takes for each answer while the lab is opened."""
OWED_S = 0.5
"""How long each answer takes that is owed when the stop comes."""


def delays(count: int) -> list[float]:
    """Seconds, different for each instrument."""
    return [0.02 + 0.01 * i / count for i in range(count)]


def added(lab: alidade.Lab, paths: list[str]) -> None:
    for number, path in enumerate(paths):
        lab.add(f"stage{number}", "esp300", {"uri": f"serial:{path}"})


async def fastest(what: Callable[[], Awaitable[object]], repeats: int) -> float:
    """Milliseconds: the least of some, since other programs make some of them slow."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        await what()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1e3


async def reading(count: int, repeats: int) -> list[Result]:
    with Instruments("esp300", count, axes=1) as instruments:
        lab = aio.Lab()
        added(lab, instruments.paths)
        assert set((await lab.open()).values()) == {None}
        axes = [lab.device(f"stage{i}/1", aio.Movable) for i in range(count)]
        instruments.delay(delays(count))
        alone = await fastest(axes[-1].position, repeats)
        together = await fastest(lambda: asyncio.gather(*(a.position() for a in axes)), repeats)
        await lab.close()
        results = [
            Result(f"{count} together", together, "ms"),
            Result("the slowest alone", alone, "ms"),
            Result("together against the slowest", together / alone, "x", GOAL_RATIO),
        ]
        if importlib.util.find_spec("serial"):
            threads = await fastest_of_pyserial(instruments.paths, repeats)
            results[0] = Result(f"{count} together", together, "ms", peer=threads)
            results.append(Result("pyserial on threads of asyncio", threads, "ms"))
    return results


async def fastest_of_pyserial(paths: list[str], repeats: int) -> float:
    import serial

    def query(line: serial.Serial) -> bytes:
        line.write(b"1TP?\r")
        return line.read_until(b"\r\n")

    with ExitStack() as stack:
        lines = [stack.enter_context(serial.Serial(path, 19200, timeout=5)) for path in paths]
        return await fastest(
            lambda: asyncio.gather(*(asyncio.to_thread(query, line) for line in lines)), repeats
        )


def opening(count: int, repeats: int) -> list[Result]:
    """Each device asks about forty questions when it is opened."""
    with Instruments("esp300", count, axes=1) as instruments:
        instruments.delay([OPENING_DELAY_S] * count)
        one, all_of_them = (
            min(opened(instruments.paths[:many]) for _ in range(repeats)) for many in (1, count)
        )
    return [
        Result(f"a lab of {count} devices", all_of_them, "ms", peer=one),
        Result("a lab of one device", one, "ms"),
        Result("one after the other, reckoned", count * one, "ms"),
    ]


def opened(paths: list[str]) -> float:
    """Milliseconds until a lab is open."""
    lab = alidade.Lab()
    added(lab, paths)
    began = time.perf_counter()
    assert set(lab.open().values()) == {None}
    taken = time.perf_counter() - began
    lab.close()
    return taken * 1e3


def stopping(count: int, repeats: int) -> list[Result]:
    """From the call of `emergency_stop` to when another process has read the bytes of the stop."""
    taken: list[float] = []
    calls: list[float] = []
    with Instruments("esp300", count, tapped=True, axes=1) as instruments, alidade.Lab() as lab:
        added(lab, instruments.paths)
        assert set(lab.open().values()) == {None}
        axes = [lab.device(f"stage{i}/1", alidade.Movable) for i in range(count)]
        for _ in range(repeats):
            instruments.delay([OWED_S] * count)
            owed = [axis.start_get("position") for axis in axes]
            time.sleep(0.1)
            began = time.monotonic_ns()
            lab.emergency_stop()
            calls.append((time.monotonic_ns() - began) / 1e6)
            time.sleep(0.1)
            taken += [(seen - began) / 1e6 for seen in instruments.stopped()]
            assert min(taken) > 0, "a stop was not seen"
            instruments.delay([0] * count)
            for answer in owed:
                try:
                    answer.wait()
                except alidade.Error:
                    pass
            for axis in axes:
                axis.wait_settled()
    return [
        Result("bytes of the stop, median", statistics.median(taken), "ms"),
        Result("bytes of the stop, last of all", max(taken), "ms", GOAL_STOP_MS),
        Result("the call itself, median", statistics.median(calls), "ms"),
    ]


def main() -> None:
    settings: Settings = arguments(__doc__)
    count = 5 if settings is QUICK else 100
    repeats = 3 * settings.repeats
    report(f"Positions of {count} ESP300s from asyncio", asyncio.run(reading(count, repeats)))
    report(f"Opening {count} ESP300s", opening(count, settings.repeats))
    report(f"Emergency stop of {count} ESP300s", stopping(count, settings.repeats))


if __name__ == "__main__":
    main()
