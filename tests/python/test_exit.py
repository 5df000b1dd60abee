"""The interpreter ends while work is in flight: it neither hangs nor crashes."""

from __future__ import annotations

import time

import pytest

from support import run_python

BEGIN = """
import gc, os, sys, threading, time
import numpy as np
import alidade
from alidade import *
from alidade import log, values
"""

PROGRAMS = {
    "nothing": "",
    "an operation runs": """
        stage = MockMovable(velocity=0.1)
        op = stage.start_move(50)
        """,
    "a read is waiting": """
        sensor = MockReadable(latency=100)
        ops = [sensor.start_read() for _ in range(20)]
        """,
    "threads wait": """
        sensor, queue, mine = MockReadable(latency=100), Queue(10), CompletableOp()
        def until_the_end(wait):
            try:
                wait()
            except Error:
                pass
        for wait in (sensor.read, queue.next, mine.wait, mine.wait_asked):
            threading.Thread(target=until_the_end, args=(wait,), daemon=True).start()
        time.sleep(0.05)
        """,
    "callbacks are registered": """
        keep = [Callable(lambda x: x), Source.of_function(lambda i, c: None), Buffer.wrap(b"abc")]
        keep[0].call(1)
        sensor = MockReadable()
        token = sensor.subscribe("property.changed", print)
        sensor.set("level", 1.0)
        log.set_sink(lambda *line: None)
        log.write("error", "to nobody")
        """,
    "a callback runs": """
        running = threading.Event()
        def wait(x, cancel):
            running.set()
            while not cancel.triggered:
                time.sleep(0.001)
        op = Callable(wait, with_cancel=True).start_call()
        running.wait()
        """,
    "events keep coming": """
        sensor = MockReadable()
        token = sensor.subscribe("property.changed", lambda record: record.payload)
        def change():
            try:
                for level in range(10**9):
                    sensor.set("level", float(level))
            except (ClosedError, CancelledError):
                pass  # the end
        threading.Thread(target=change, daemon=True).start()
        time.sleep(0.1)
        """,
    "arrays and capsules are alive": """
        a = Buffer(80).array("float64")
        x, y, capsule = a.to_numpy(), np.from_dlpack(a), a.__dlpack__()
        z = values.from_value(values.to_value(np.arange(3)))
        sys.keep = [x[::2], y, capsule, z]
        """,
    "objects are in a cycle": """
        class Holder: pass
        holder = Holder()
        holder.itself, holder.stage = holder, MockMovable()
        holder.function = Callable(lambda x: holder)
        holder.stage.start_move(5)
        gc.disable()
        """,
    "a lab is open": """
        lab = Lab()
        lab.add("computer", "host")
        lab.add("stage", "mock-movable")
        lab.open()
        events = lab.events()
        """,
    "an exception ends it": """
        stage = MockMovable(velocity=0.1)
        op = stage.start_move(50)
        raise SystemExit(0)
        """,
    "its own exit function uses the library": """
        import atexit
        sensor = MockReadable(value=2)
        sensor.read()
        atexit.register(lambda: print("exit", sensor.read()))
        """,
    "a worker waits": """
        source = Source.of_function(lambda i, c: np.zeros(2), None)
        stage = MockMovable(velocity=1000)
        with stage:
            stage.move_abs(1)
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_exit(name: str) -> None:
    import textwrap

    program = BEGIN + textwrap.dedent(PROGRAMS[name]) + "\nprint('END')"
    done = run_python(program)
    assert done.code == 0, done
    assert "END" in done.out or name == "an exception ends it"
    assert done.err == "", done


def test_a_callback_that_does_not_return_does_not_keep_the_process() -> None:
    done = run_python(
        BEGIN
        + """
running = threading.Event()
def forever(x):
    running.set()
    time.sleep(1000)
op = Callable(forever).start_call()
running.wait()
print(time.monotonic())
"""
    )
    assert done.code == 0, done
    assert time.monotonic() - float(done.out) < 15


def test_exit_again_and_again() -> None:
    """Ends at many different moments of the work of other threads."""
    program = (
        BEGIN
        + """
sensor, stage = MockReadable(), MockMovable(velocity=1e6, settle_time=0)
function = Callable(lambda x: [x])
def work(one):
    while True:
        try:
            one()
        except (ClosedError, CancelledError):
            return
for one in (sensor.read, lambda: stage.move_rel(0.1) or stage.home(), lambda: function.call(1)):
    threading.Thread(target=work, args=(one,), daemon=True).start()
time.sleep(int(sys.argv[1]) / 1000)
"""
    )
    for milliseconds in (0, 1, 3, 7, 15):
        done = run_python(program, str(milliseconds))
        assert done.code == 0, done
        assert done.err == "", done


def test_threads_that_were_begun_have_run_at_the_end() -> None:
    """Python frees what a thread begins with: one that runs only then would crash the process."""
    done = run_python(
        """
import atexit, threading, time, _thread
ran = []
atexit.register(lambda: print("at the end", ran))  # comes after the library's own
run, start = threading.Thread.run, _thread.start_new_thread

def note(thread):
    ran.append(thread.name)
    run(thread)

def late(function, arguments):
    return start(lambda: time.sleep(0.3) or function(*arguments), ())

threading.Thread.run = note
import alidade
sensor = alidade.MockReadable()
_thread.start_new_thread = late
token = sensor.subscribe("property.changed", print)
"""
    )
    assert done.code == 0, done
    assert "at the end ['alidade-events']" in done.out
    assert done.err == "", done
