"""Queries over pseudo-terminals: one after the other against others' libraries, and many at once.

The instrument at the other end is the simulated ESP300, in this process; what it takes is in all
numbers, the raw write and read among them.
"""

from __future__ import annotations

import asyncio
import os
import select
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import alidade
from alidade import Lab, Movable, Simulation, aio
from harness import QUICK, Result, Settings, arguments, report

QUERY = b"1TP?\r"
GOAL_ABOVE_RAW_US = 40.0
INSTRUMENTS = 100
GOAL_TOGETHER = 1.5


def p50(ask: Callable[[], object], count: int) -> float:
    """Microseconds of one of many calls: the median."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


@contextmanager
def raw(path: str) -> Iterator[Callable[[], bytes]]:
    """A write and reads until the line ends, by the operating system alone."""
    import termios
    import tty

    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(line, termios.TCSANOW)
    poll = select.poll()
    poll.register(line, select.POLLIN)

    def ask() -> bytes:
        os.write(line, QUERY)
        reply = b""
        while not reply.endswith(b"\r\n"):
            poll.poll()
            reply += os.read(line, 256)
        return reply

    try:
        yield ask
    finally:
        os.close(line)


@contextmanager
def by_pyserial(path: str) -> Iterator[Callable[[], bytes]]:
    import serial

    with serial.Serial(path, 19200, timeout=2) as line:

        def ask() -> bytes:
            line.write(QUERY)
            return line.readline()

        yield ask


@contextmanager
def by_pyvisa(path: str) -> Iterator[Callable[[], str]]:
    import pyvisa

    manager = pyvisa.ResourceManager("@py")
    line = manager.open_resource(
        f"ASRL{path}::INSTR", baud_rate=19200, read_termination="\r\n", write_termination="\r"
    )
    try:
        yield lambda: line.query("1TP?")
    finally:
        line.close()
        manager.close()


@contextmanager
def by_alidade(path: str) -> Iterator[Callable[[], float]]:
    with Lab("lines") as lab:
        lab.add("stage", "esp300", {"uri": f"serial:{path}"}).open()
        yield lab.device("stage/1", Movable).position


def one_after_the_other(settings: Settings) -> list[Result]:
    count = 20 if settings == QUICK else 3000
    ways = {"raw": raw, "pyserial": by_pyserial, "pyvisa-py": by_pyvisa, "alidade": by_alidade}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with Simulation("esp300") as instrument:
        for _ in range(settings.repeats):  # in turn, so that a busy machine is busy for all
            for name, way in ways.items():
                with way(instrument.path) as ask:
                    ask()
                    taken[name].append(p50(ask, count))
    best = {name: min(times) for name, times in taken.items()}
    return [
        Result("raw write and read, p50", best["raw"], "us"),
        Result("alidade: position of an axis, p50", best["alidade"], "us", peer=best["pyserial"]),
        Result(
            "alidade: above the raw write and read",
            best["alidade"] - best["raw"],
            "us",
            GOAL_ABOVE_RAW_US,
        ),
        Result("pyserial: write and readline, p50", best["pyserial"], "us"),
        Result("pyvisa-py: query, p50", best["pyvisa-py"], "us", peer=best["pyserial"]),
    ]


def many_at_once(settings: Settings) -> list[Result]:
    """All instruments answer after a delay, as real ones do."""
    count = 2 if settings == QUICK else 20
    with ExitStack() as stack:
        uris = []
        for i in range(INSTRUMENTS):
            instrument = stack.enter_context(Simulation("esp300"))
            instrument.set_faults(delay=0.02 + 0.03 * i / INSTRUMENTS)
            uris.append(instrument.uri)
        alone, together = asyncio.run(_read_many(uris, count))
    return [
        Result("the slowest of 100 alone", alone * 1e3, "ms"),
        Result("all 100 at the same time", together * 1e3, "ms", GOAL_TOGETHER * alone * 1e3),
        Result("the ratio", together / alone, "", GOAL_TOGETHER),
    ]


async def _read_many(uris: list[str], count: int) -> tuple[float, float]:
    async with aio.Lab("many") as lab:
        for i, uri in enumerate(uris):
            lab.add(f"stage{i}", "esp300", {"uri": uri})
        absent = [why for why in (await lab.open(timeout=60)).values() if why is not None]
        assert not absent, absent
        axes = [lab.device(f"stage{i}/1", aio.Movable) for i in range(len(uris))]
        alone, together = [], []
        for _ in range(count):
            began = time.perf_counter()
            await axes[-1].position()
            alone.append(time.perf_counter() - began)
            began = time.perf_counter()
            await asyncio.gather(*(axis.position() for axis in axes))
            together.append(time.perf_counter() - began)
    return statistics.median(alone), statistics.median(together)


def main() -> None:
    settings = arguments(__doc__)
    alidade.log.set_level("error")
    report(
        "An ESP300 over a pseudo-terminal, one query after the other", one_after_the_other(settings)
    )
    report(f"{INSTRUMENTS} instruments on pseudo-terminals, from asyncio", many_at_once(settings))


if __name__ == "__main__":
    main()
