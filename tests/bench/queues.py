"""Records from a queue into a NumPy record array, against a deque of tuples that becomes one."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

import numpy as np

import alidade
from alidade._library import ffi, lib
from harness import Result, Settings, arguments, report

BATCH = 20_000


def fill(queue: alidade.Queue, count: int) -> None:
    """Pushes records without making a Python object of each."""
    record = ffi.new("ald_record *")
    lib.ald_record_init(record, ffi.sizeof("ald_record"))
    push, handle, null = lib.ald_queue_push, queue._h, ffi.NULL
    for i in range(count):
        record.real = i
        assert push(handle, record, 0, null, null) == 0


def rate(prepare: Callable[[], None], take: Callable[[], object], settings: Settings) -> float:
    """Records a second: the median of some batches, each prepared outside of the time."""
    seconds = []
    for _ in range(3 * settings.repeats):
        prepare()
        began = time.perf_counter()
        take()
        seconds.append(time.perf_counter() - began)
    return BATCH / statistics.median(seconds)


def ours(settings: Settings) -> float:
    with alidade.Queue(BATCH, "drop_newest") as queue:

        def take() -> None:
            records = queue.read_array(BATCH, timeout=1)
            assert len(records) == BATCH
            assert records["real"][-1] == BATCH - 1

        return rate(lambda: fill(queue, BATCH), take, settings)


def peer(settings: Settings) -> float:
    kind = np.dtype([("kind", "i4"), ("seq", "u8"), ("t_mono_ns", "i8"), ("value", "f8")])
    queue: deque[tuple[int, int, int, float]] = deque()

    def prepare() -> None:
        queue.extend((1, i, i, float(i)) for i in range(BATCH))

    def take() -> None:
        found = np.array([queue.popleft() for _ in range(BATCH)], kind)
        assert found["value"][-1] == BATCH - 1

    return rate(prepare, take, settings)


def main() -> None:
    settings = arguments(__doc__)
    records, tuples = ours(settings), peer(settings)
    report(
        "Records of a queue into a NumPy record array",
        [
            Result("ours", records / 1e6, "million/s", goal=1, more_is_better=True),
            Result("a deque of tuples (4 fields)", tuples / 1e6, "million/s"),
            Result("ours against the deque", records / tuples, "x"),
        ],
    )


if __name__ == "__main__":
    main()
