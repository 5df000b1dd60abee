"""A program that interrupts one kind of call at random microseconds, and looks what is left.

    python interrupted.py KIND ROUNDS SEED

A timer raises KeyboardInterrupt wherever the main thread is then, as Ctrl-C does. Whatever it
splits: the call ends well or with KeyboardInterrupt, no thread dies, nothing is printed, the same
objects can be used again, and all objects of the library are given back.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import alidade
from alidade import aio, log, values
from alidade._library import lib
from support import eventually

Call = Callable[[], Any]
KINDS: dict[str, Callable[[], Any]] = {}

# A call that would wait for ever is interrupted within so many seconds.
LONG_S = 0.002
HANG_S = 60.0


def kind(make: Callable[[], Any]) -> Callable[[], Any]:
    """Names a kind of call: a generator that gives the call, and one to be made afterwards."""
    KINDS[make.__name__] = make
    return make


@kind
def read() -> Iterator[tuple[Call, Call]]:
    with alidade.MockReadable(value=2.5) as sensor:
        yield sensor.read, lambda: equal(sensor.read(), 2.5)


@kind
def read_for_long() -> Iterator[tuple[Call, Call]]:
    with alidade.MockReadable(latency=1000.0) as slow, alidade.MockReadable() as sensor:
        yield lambda: slow.read(timeout=1000.0), sensor.read


@kind
def set_and_get() -> Iterator[tuple[Call, Call]]:
    with alidade.MockReadable() as sensor:
        yield (
            lambda: (sensor.set("level", 1.5), sensor.get("level"), sensor.snapshot()),
            lambda: equal(sensor.set("level", 1.0), 1.0),
        )


@kind
def move() -> Iterator[tuple[Call, Call]]:
    with alidade.MockMovable(velocity=1e6, settle_time=0.0) as stage:
        places = iter(range(10**9))
        yield (
            lambda: stage.move_abs(float(next(places) % 50)),
            lambda: equal(stage.move_abs(7.0), 7.0),
        )


@kind
def move_for_long() -> Iterator[tuple[Call, Call]]:
    with alidade.MockMovable(velocity=0.01) as stage:
        yield lambda: stage.move_abs(50.0), lambda: equal(stage.get("settled"), True)


@kind
def start_and_wait() -> Iterator[tuple[Call, Call]]:
    with (
        alidade.MockMovable(velocity=1e6, settle_time=0.0) as stage,
        alidade.MockReadable() as sensor,
    ):

        def call() -> None:
            op = sensor.start_read()
            op.progress()
            op.wait()
            op = stage.start_move(stage.position() + 0.1)
            for _ in op.updates():
                pass
            stage.stop()

        yield call, stage.stop


@kind
def push_into_full_queue() -> Iterator[tuple[Call, Call]]:
    full, free = alidade.Queue(1, "lossless"), alidade.Queue()
    full.push(value=1)

    def after() -> None:
        free.push({"a": [1]}, value=2)
        equal(free.next().payload, {"a": [1]})

    yield lambda: full.push({"a": 1}, value=2), after


@kind
def wait_for_records() -> Iterator[tuple[Call, Call]]:
    """What was put in comes out once and in order, whatever takes it."""
    queue = alidade.Queue(10_000, "lossless")
    pushed, taken = 0, -1

    def fill() -> None:
        nonlocal pushed
        for _ in range(5):
            queue.push({"number": pushed, "more": [1, 2.0, "x"]})
            pushed += 1

    def take() -> None:
        nonlocal taken
        while True:
            record = queue.next(0)
            assert record.payload["number"] > taken
            taken = record.payload["number"]

    def call() -> None:
        try:
            take()
        except alidade.TimedOutError:
            pass

    def after() -> None:
        call()
        assert queue.stats().waiting == 0
        fill()

    fill()
    yield call, after
    queue.drain()


@kind
def records_as_array() -> Iterator[tuple[Call, Call]]:
    queue = alidade.Queue(10_000)

    def fill() -> None:
        queue.read_array(timeout=0)
        for _ in range(5):
            queue.push({"a": [1, 2, 3]})

    fill()
    yield lambda: queue.read_array(timeout=0), fill


@kind
def iterate_for_long() -> Iterator[tuple[Call, Call]]:
    queue = alidade.Queue()
    yield lambda: list(queue), lambda: equal(queue.drain(), [])


@kind
def events() -> Iterator[tuple[Call, Call]]:
    with alidade.MockReadable() as sensor:
        sensor.read()

        def call() -> None:
            with sensor.events("property.changed") as found:
                sensor.set("level", random.random())
                found.next()

        yield call, call


@kind
def subscribe() -> Iterator[tuple[Call, Call]]:
    with alidade.MockReadable() as sensor:
        sensor.read()
        seen: list[Any] = []
        tokens: list[Any] = []

        def call() -> None:
            # As a step of its own, so that the token is in our hands when there is one.
            tokens.append(sensor.subscribe("property.changed", seen.append))

        def after() -> None:
            while tokens:
                tokens.pop().close()
            seen.clear()
            sensor.set("level", random.random())
            assert not seen, "a function is called that nobody subscribed"
            assert eventually(
                lambda: not [t for t in threading.enumerate() if t.name == "alidade-events"]
            )

        yield call, after


@kind
def sources() -> Iterator[tuple[Call, Call]]:
    """Each item of a source comes once, and none is lost."""
    numbers = alidade.Source.of_function(lambda index, cancel: np.full(3, index))
    array = alidade.Source.of_array(np.zeros((100, 4)))
    seen: list[alidade.Frame] = []

    def call() -> None:
        array.at(3)
        while True:
            seen.append(numbers.next())

    def after() -> None:
        array.at(99)
        seen.append(numbers.next())
        first = seen[0].index
        equal([frame.index for frame in seen], list(range(first, first + len(seen))))
        del seen[:-1]

    after()
    yield call, after


@kind
def slow_source() -> Iterator[tuple[Call, Call]]:
    def slow(index: int, cancel: alidade.Cancel) -> None:
        while not cancel.triggered:
            time.sleep(0.0001)

    source, quick = alidade.Source.of_function(slow), alidade.Source.of_array(np.zeros((2, 2)))
    yield source.next, lambda: quick.at(1)


@kind
def callables() -> Iterator[tuple[Call, Call]]:
    double = alidade.Callable(lambda x: 2 * x)

    def call() -> None:
        with alidade.Callable(lambda x: [x]) as listed:
            listed.call(1)
        double.call(21)

    yield call, lambda: equal(double.call(21), 42)
    double.close()


@kind
def own_operations() -> Iterator[tuple[Call, Call]]:
    waiting = alidade.CompletableOp()

    def call() -> None:
        op = alidade.CompletableOp()
        op.advance(1, 2)
        op.finish({"a": 1})
        op.wait()
        failing = alidade.CompletableOp()
        failing.fail(ValueError("mine"))
        try:
            failing.wait()
        except ValueError:
            pass
        waiting.wait_asked(timeout=1000.0)

    yield call, lambda: waiting.advance(1)
    waiting.finish()


@kind
def frames() -> Iterator[tuple[Call, Call]]:
    """Each frame comes once, and none is lost."""
    with alidade.MockCamera(width=8, height=8, trigger_mode="software") as camera:
        camera.set_exposure(1e-5)
        stream = camera.stream(policy="lossless", capacity=64)
        camera.arm()
        seen: list[alidade.Frame] = []

        def call() -> None:
            camera.trigger()
            while True:
                # One step: between two, a frame that was given would be lost here.
                seen.append(stream.next(0.001))
                seen[-1].to_numpy().sum()

        def quietly() -> None:
            try:
                call()
            except (alidade.TimedOutError, alidade.BusyError):
                pass

        def after() -> None:
            del seen[:-1]
            while len(seen) < 2:
                quietly()
            numbers = [frame.seq for frame in seen]
            equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
            equal(stream.stats().lost, 0)

        quietly()
        yield quietly, after
        stream.close()


@kind
def next_frame_for_long() -> Iterator[tuple[Call, Call]]:
    with alidade.MockCamera(width=8, height=8, trigger_mode="software") as camera:
        camera.arm()

        def after() -> None:
            camera.trigger()
            camera.next_frame(10)

        yield camera.next_frame, after


@kind
def conversions() -> Iterator[tuple[Call, Call]]:
    nested = {"a": [1, 2.5, "x", b"y", None, {"b": [True]}], "c": np.arange(5)}
    plain = {"a": [1, 2.5, "x", b"y", None, {"b": [True]}]}

    def call() -> None:
        values.from_value(values.to_value(nested))
        values.from_json(values.to_json(plain))
        alidade.Settings.parse("a = 1\n[b]\nc = [1, 2]")["b"]
        alidade.convert(1.0, "mm", "um")
        try:
            alidade.convert(1.0, "mm", "s")
        except alidade.InvalidError:
            pass

    yield call, lambda: equal(values.from_value(values.to_value(plain)), plain)


@kind
def arrays() -> Iterator[tuple[Call, Call]]:
    def call() -> None:
        alidade.as_array(np.zeros((3, 4))).to_numpy()
        alidade.from_dlpack(np.zeros(3))
        alidade.Buffer(80).array("float64").to_numpy()[2:].sum()
        alidade.Buffer.wrap(bytearray(10))

    yield call, call


@kind
def objects() -> Iterator[tuple[Call, Call]]:
    def call() -> None:
        alidade.Cancel().trigger()
        clock = alidade.Clock("mine")
        clock.observe(1, 2, 3)
        lab = alidade.Lab()
        lab.add("stage", "mock-movable", {"velocity": 3.0})
        lab["stage"].describe()
        [device.path for device in lab.devices]
        lab.close()

    yield call, call


@kind
def open_and_close() -> Iterator[tuple[Call, Call]]:
    def call() -> None:
        with alidade.MockMovable() as stage:
            stage.position()

    yield call, call


@kind
def labs() -> Iterator[tuple[Call, Call]]:
    text = "[devices.a]\ndriver = 'mock-readable'\n[devices.b]\ndriver = 'mock-movable'\n"
    with alidade.Lab.from_text(text) as lab:
        yield lab.snapshot, lambda: lab.emergency_stop() if False else lab.snapshot()


@kind
def series() -> Iterator[tuple[Call, Call]]:
    with (
        alidade.MockReadable() as sensor,
        alidade.MockMovable() as stage,
        TemporaryDirectory() as folder,
    ):
        table = alidade.Series([sensor, (stage, "position")])
        path = Path(folder, "series.csv")

        def call() -> None:
            path.unlink(missing_ok=True)
            table.record(0.0, count=3, csv_file=path)

        def after() -> None:
            rows = path.read_text().splitlines()[1:] if path.exists() else []
            for row in rows:
                assert row.count(",") == 3, rows
            assert len(rows) in (0, len(table)), (rows, table.values)
            path.unlink(missing_ok=True)
            table.read_row()
            equal(table.values.shape, (len(table), 2))

        yield call, after


@kind
def scans() -> Iterator[tuple[Call, Call]]:
    """The files are whole up to the last point of the table."""
    with (
        alidade.MockReadable(value=2.0) as sensor,
        alidade.MockMovable(velocity=1e6, settle_time=0.0) as stage,
        TemporaryDirectory() as folder,
    ):
        scan = alidade.Scan(stage, [0.0, 0.1, 0.2], [sensor])
        path = Path(folder, "scan.csv")

        def call() -> None:
            path.unlink(missing_ok=True)
            scan.record(csv_file=path)

        def after() -> None:
            equal(stage.get("settled"), True)
            equal(scan.values.shape, (len(scan), 2))
            rows = path.read_text().splitlines()[1:] if path.exists() else []
            for row in rows:
                assert row.count(",") == 3, rows
                assert row.endswith(",2.0"), rows
            # None where it came before the scan had begun anew.
            assert len(rows) in (0, len(scan)), (rows, scan.values)

        yield call, after


@kind
def logging() -> Iterator[tuple[Call, Call]]:
    seen: list[str] = []

    def call() -> None:
        log.write("error", "one")
        with log.lines() as lines:
            log.write("error", "two")
            equal(lines.next().payload["message"], "two")

    def after() -> None:
        log.set_sink(lambda *line: seen.append(line[3]))
        call()

    after()
    yield call, after
    log.set_sink(None)


@kind
def fits() -> Iterator[tuple[Call, Call]]:
    from alidade import fit

    x = np.linspace(0, 3, 20)
    y = 2.0 * x + 1

    def call() -> None:
        fit.curve("line", x, y)
        fit.function(lambda x, a, b: a * x + b, x, y, start={"a": 1.0, "b": 0.5})

    yield call, call


@kind
def simulations() -> Iterator[tuple[Call, Call]]:
    def call() -> None:
        bench = alidade.Bench(seed=3)
        with alidade.Simulation("mock-meter", bench) as instrument:
            instrument.uri  # noqa: B018 - asked for
        alidade.simulations()

    yield call, call


@kind
def awaited() -> Iterator[tuple[Call, Call]]:
    sensor, stage = aio.MockReadable(latency=1000.0), aio.MockMovable(velocity=0.01)
    quick = aio.MockReadable(value=1.5)
    queue = aio.Queue(1, "lossless")

    async def call() -> None:
        arm()
        await quick.read()
        await asyncio.gather(
            sensor.read(timeout=1000.0),
            stage.move_abs(50.0, timeout=1000.0),
            queue.next(),
            *(quick.read() for _ in range(10)),
        )

    async def after() -> None:
        equal(await quick.read(), 1.5)
        await queue.push(value=2)
        equal((await queue.next()).value, 2)
        equal(await stage.get("settled"), True)

    yield lambda: asyncio.run(call()), lambda: asyncio.run(after())

    async def end() -> None:
        for device in (sensor, stage, quick):
            await device.close()

    asyncio.run(end())


@kind
def awaited_executor() -> Iterator[tuple[Call, Call]]:
    full = aio.Queue(1, "lossless")

    async def call() -> None:
        arm()
        await asyncio.gather(*(full.push(value=2) for _ in range(5)))

    async def after() -> None:
        full.drain()
        await full.push(value=1)

    asyncio.run(after())
    yield lambda: asyncio.run(call()), lambda: asyncio.run(after())


def equal(found: object, expected: object) -> None:
    assert found == expected, (found, expected)


armed_s = 0.0
rung = False


def arm() -> None:
    """Sets the timer. An event loop is made before that: it is not ours to be interrupted."""
    signal.setitimer(signal.ITIMER_REAL, armed_s)


def ring(*_: object) -> None:
    """What the timer does. By way of SIGINT, because asyncio has a handler of its own for that."""
    global rung
    rung = True
    signal.raise_signal(signal.SIGINT)


def interrupted(call: Call, delay: float, is_awaited: bool) -> bool:
    """Makes a call, and interrupts it after a time; whether that hit it."""
    global armed_s, rung
    armed_s, rung = delay, False
    try:
        try:
            if not is_awaited:
                arm()
            call()
            if rung:  # within a callback, after which it is raised once more
                time.sleep(1)
        finally:
            # The system may have given the signal to another thread: it is on its way to us then.
            if signal.setitimer(signal.ITIMER_REAL, 0)[0] == 0:
                eventually(lambda: rung, 0.1)
    except KeyboardInterrupt:
        return True
    return False


def spread(call: Call, is_awaited: bool) -> float:
    """Up to when a call is to be interrupted: a bit longer than it takes, if it ever ends."""
    took = []
    for _ in range(3):
        begun = time.monotonic()
        interrupted(call, 50 * LONG_S, is_awaited)
        took.append(time.monotonic() - begun)
    return min(1.3 * min(took), LONG_S)


@contextmanager
def watched(died: list[str]) -> Iterator[None]:
    """Notes what dies unseen."""
    threading.excepthook = lambda args: died.append(f"{args.thread}: {args.exc_value!r}")
    sys.unraisablehook = lambda args: died.append(f"{args.object}: {args.exc_value!r}")
    yield
    assert not died, died


def main(name: str, rounds: int, seed: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, ring)
    random.seed(seed)
    alidade.drivers()
    alidade.simulations()
    died: list[str] = []
    with watched(died):
        for _ in range(2):  # once for what is made at the first use and stays
            before = lib.ald_handle_count()
            hits = play(name, rounds)
            rounds = max(rounds, 1)
            if not died:
                break
        assert hits > rounds // 10, f"only {hits} of {rounds} were interrupted"
        gc.collect()
        assert eventually(lambda: lib.ald_handle_count() <= before), (
            f"{lib.ald_handle_count() - before} objects were not given back"
        )
    print(f"{hits} of {rounds} interrupted")


def play(name: str, rounds: int) -> int:
    made = KINDS[name]()
    call, after = next(made)
    is_awaited = name.startswith("awaited")
    limit = spread(call, is_awaited)
    hits = 0
    for _ in range(rounds):
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        hits += interrupted(call, max(1e-6, random.uniform(0, limit)), is_awaited)
        after()
    faulthandler.dump_traceback_later(HANG_S, exit=True)
    next(made, None)
    faulthandler.cancel_dump_traceback_later()
    return hits


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
