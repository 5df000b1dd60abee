"""One query of a motion controller over a pseudo-terminal, against pyserial and PyVISA-py.

All ask simulated ESP300s of one other process where axis 1 stands ("1TP?"), one query after the
other, and take turns. The measure is a plain write and read of the same bytes by `os`: it has the
instrument's own time, the terminal's and two changes of process. What is more is the library's.
From the median of each turn the least is taken: a busy machine makes single turns slow.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import alidade
from alidade._library import ffi, lib
from harness import Result, Settings, arguments, report
from instruments import Instruments

QUESTION, END = b"1TP?\r", b"\r\n"
GOAL_US = 40.0

Query = Callable[[], object]


@contextmanager
def raw(path: str) -> Iterator[Query]:
    """A write, and reads until the line has ended."""
    line = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line)

    def query() -> bytes:
        os.write(line, QUESTION)
        answer = os.read(line, 64)
        while not answer.endswith(END):
            answer += os.read(line, 64)
        return answer

    yield query
    os.close(line)


@contextmanager
def by_pyserial(path: str) -> Iterator[Query]:
    import serial

    with serial.Serial(path, 19200, timeout=1) as line:

        def query() -> bytes:
            line.write(QUESTION)
            return line.read_until(END)

        yield query


@contextmanager
def by_pyvisa(path: str) -> Iterator[Query]:
    import pyvisa

    resources = pyvisa.ResourceManager("@py")
    line = resources.open_resource(
        f"ASRL{path}::INSTR", write_termination="\r", read_termination="\r\n"
    )
    try:
        yield lambda: line.query("1TP?")
    finally:
        line.close()
        resources.close()


@contextmanager
def axis_at(path: str) -> Iterator[alidade.Movable]:
    with alidade.Device("stage", "esp300", {"uri": f"serial:{path}"}) as controller:
        axis = controller.child("1")
        assert isinstance(axis, alidade.Movable)
        yield axis


@contextmanager
def by_python(path: str) -> Iterator[Query]:
    with axis_at(path) as axis:
        yield axis.position


@contextmanager
def by_c(path: str) -> Iterator[Query]:
    """The function of the C interface, as a C program calls it; it blocks the calling thread."""
    with axis_at(path) as axis:
        where, handle, null = ffi.new("double *"), axis._h, ffi.NULL
        position = lib.ald_movable_position

        def query() -> None:
            assert position(handle, -2, null, where, null) == 0

        yield query


def turn(query: Query, count: int) -> float:
    """Microseconds that a query takes: the median of some."""
    taken = []
    for _ in range(count):
        began = time.perf_counter_ns()
        query()
        taken.append(time.perf_counter_ns() - began)
    return statistics.median(taken) / 1e3


def measure(settings: Settings) -> dict[str, float]:
    """Microseconds of each way to ask."""
    ways = {"raw": raw, "C": by_c, "Python": by_python}
    for name, module, way in ("pyserial", "serial", by_pyserial), (
        "PyVISA-py", "pyvisa_py", by_pyvisa,
    ):  # fmt: skip
        if importlib.util.find_spec(module):
            ways[name] = way
        else:
            print(f"no {name} here: its number is left out")
    turns: dict[str, list[float]] = {name: [] for name in ways}
    with ExitStack() as stack:
        instruments = stack.enter_context(Instruments("esp300", len(ways), axes=1))
        asked = {
            name: stack.enter_context(way(path))
            for (name, way), path in zip(ways.items(), instruments.paths)
        }
        for _ in range(3 * settings.repeats):
            for name, query in asked.items():
                turns[name].append(turn(query, max(5, int(5000 * settings.seconds))))
    return {name: min(medians) for name, medians in turns.items()}


def main() -> None:
    settings = arguments(__doc__)
    took = measure(settings)
    peers = [name for name in ("pyserial", "PyVISA-py") if name in took]
    results = [Result("a plain write and read", took["raw"], "us")]
    for name, how in ("C", "ald_movable_position"), ("Python", "Movable.position"):
        results.append(Result(how, took[name], "us", peer=took.get("pyserial")))
        results.append(
            Result("  beyond the plain write and read", took[name] - took["raw"], "us", GOAL_US)
        )
        if "PyVISA-py" in took:
            results.append(Result("  against PyVISA-py", took[name] / took["PyVISA-py"], "x"))
    results += [Result(name, took[name], "us") for name in peers]
    report("One query of an ESP300 over a pseudo-terminal, median", results)


if __name__ == "__main__":
    main()
