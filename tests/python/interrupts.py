"""Blocking calls to interrupt: each a piece of code that waits for long, with its preparation.

Before it waits, the code calls `ready()`; the interrupt then has to end it with
KeyboardInterrupt.
"""

from __future__ import annotations

# How long an interrupted call may take to raise: a promise of the interface.
LIMIT_S = 0.2

_STAGE = "import alidade; stage = alidade.MockMovable(velocity=0.01)"
_SENSOR = "import alidade; sensor = alidade.MockReadable(latency=1000.0)"


def _awaited(prepare: str, awaitable: str) -> tuple[str, str]:
    """The same with asyncio, whose loop runs when it is ready."""
    main = f"async def main():\n    ready()\n    await {awaitable}"
    return f"import asyncio; from alidade import aio\n{prepare}\n{main}", "asyncio.run(main())"


# Preparation, what waits.
_CALLS: dict[str, tuple[str, str]] = {
    "move": (_STAGE, "stage.move_abs(50.0)"),
    "move that takes as long as it wants": (
        _STAGE + "; import math",
        "stage.move_abs(50.0, timeout=math.inf)",
    ),
    "read": (_SENSOR, "sensor.read(timeout=1000.0)"),
    "get": (_SENSOR, "sensor.get('value', timeout=1000.0)"),
    "snapshot": (_SENSOR, "sensor.snapshot(timeout=1000.0)"),
    "snapshot of a lab": (
        "import alidade; lab = alidade.Lab()\n"
        "lab.add('slow', 'mock-readable', {'latency': 1000.0}); lab.open()",
        "lab.snapshot(timeout=1000.0)",
    ),
    "wait for an operation": (
        _STAGE + "; op = stage.start_move(50.0)",
        "op.wait()",
    ),
    "watch an operation": (
        _STAGE + "; op = stage.start_move(50.0)",
        "for progress in op.updates(): pass",
    ),
    "wait until settled": (
        _STAGE + "; op = stage.start_move(50.0, timeout=1000.0)",
        "stage.wait_settled(timeout=1000.0)",
    ),
    "wait for a record": ("import alidade; queue = alidade.Queue()", "queue.next()"),
    "wait for a record for a while": (
        "import alidade; queue = alidade.Queue()",
        "queue.next(1000.0)",
    ),
    "iterate over a queue": (
        "import alidade; queue = alidade.Queue()",
        "for record in queue: pass",
    ),
    "iterate over events": (
        "import alidade; sensor = alidade.MockReadable(); sensor.read()\n"
        "events = sensor.events('device.closed')",
        "for event in events: pass",
    ),
    "push into a full queue": (
        "import alidade; queue = alidade.Queue(1, 'lossless'); queue.push(value=1)",
        "queue.push(value=2)",
    ),
    "next item from a slow function": (
        "import alidade, time\n"
        "def read(index, cancel):\n"
        "    while not cancel.triggered: time.sleep(0.005)\n"
        "source = alidade.Source.of_function(read)",
        "source.next()",
    ),
    "slow callable": (
        "import alidade, time\n"
        "def run(argument, cancel):\n"
        "    while not cancel.triggered: time.sleep(0.005)\n"
        "slow = alidade.Callable(run, with_cancel=True)",
        "slow.call()",
    ),
    "record a series": (
        _SENSOR + "\nseries = alidade.Series([sensor])",
        "series.record(0.0, count=10)",
    ),
    "wait between rows": (
        "import alidade; series = alidade.Series([alidade.MockReadable()])",
        "series.record(1000.0, count=10)",
    ),
    "awaited move": _awaited("stage = aio.MockMovable(velocity=0.01)", "stage.move_abs(50.0)"),
    "awaited read": _awaited(
        "sensor = aio.MockReadable(latency=1000.0)", "sensor.read(timeout=1000.0)"
    ),
    "awaited record": _awaited("queue = aio.Queue()", "queue.next()"),
    "a thousand awaited reads": _awaited(
        "sensor = aio.MockReadable(latency=1000.0)",
        "asyncio.gather(*(sensor.read(timeout=1000.0) for _ in range(1000)))",
    ),
    "awaited slow callable": _awaited(
        "import time\n"
        "def run(argument, cancel):\n"
        "    while not cancel.triggered: time.sleep(0.005)\n"
        "slow = aio.Callable(run, with_cancel=True)",
        "slow.call()",
    ),
    "awaited push into a full queue": _awaited(
        "queue = aio.Queue(1, 'lossless'); asyncio.run(queue.push(value=1))",
        "queue.push(value=2)",
    ),
}

CALLS = {
    name: (prepare, wait if "asyncio" in wait else f"ready()\n{wait}")
    for name, (prepare, wait) in _CALLS.items()
}
