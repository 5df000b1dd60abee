from __future__ import annotations

import math
import select
import threading
import time

import numpy as np
import pytest

from alidade import Buffer, Queue, errors, queue
from alidade._constants import Event, Policy, Type
from support import eventually, every


def test_records_come_out_as_they_went_in() -> None:
    with Queue(10) as q:
        q.push({"a": [1, 2.5]}, value=7, tag=2**64 - 1, source=3)
        q.push("text", value=True)
        q.push(value=-0.5)
        q.push()
        first, second, third, fourth = q.drain()
    assert first.payload == {"a": [1, 2.5]}
    assert (first.value, first.tag, first.source, first.seq) == (7, 2**64 - 1, 3, 0)
    assert (first.kind, first.name) == (Event.USER, "user.pushed")
    assert second.value is True
    assert second.payload == "text"
    assert type(third.value) is float
    assert third.value == -0.5
    assert fourth.value is None
    assert fourth.payload is None
    assert fourth.seq == 3
    assert first.t_mono_ns <= fourth.t_mono_ns <= time.monotonic_ns()


def test_handles_as_payload() -> None:
    q = Queue(10)
    inner = Queue(5)
    q.push(inner)
    assert q.next().payload == inner
    q.push(Buffer(3))
    assert q.next().payload.nbytes == 3


@pytest.mark.parametrize(
    ("policy", "left", "lost"),
    [("latest", [4], 4), ("drop_oldest", [2, 3, 4], 2), ("drop_newest", [0, 1, 2], 2)],
)
def test_policies(policy: str, left: list[int], lost: int) -> None:
    q = Queue(3, policy)
    for number in range(5):
        q.push(value=number)
    assert q.stats().lost == lost
    records = q.drain()
    assert [record.value for record in records] == left
    assert q.stats() == (5, lost, 0, 1 if policy == "latest" else 3)
    if policy != "drop_newest":
        assert records[0].lost_before == lost


def test_a_lossless_queue_holds_the_producer_back() -> None:
    q = Queue(2, Policy.LOSSLESS)
    q.push(value=0)
    q.push(value=1, timeout=0)
    with pytest.raises(BlockingIOError):
        q.push(value=2, timeout=0)
    with pytest.raises(TimeoutError):
        q.push(value=2, timeout=0.02)
    producer = threading.Thread(target=lambda: q.push({"held": "back"}, value=2))
    producer.start()
    assert q.next().value == 0
    producer.join()
    q.push(value=3, timeout=5) if q.next().value == 1 else None
    assert [record.value for record in q.drain()] == [2, 3]
    q.push(value=4)
    q.push(value=5)
    closer = threading.Timer(0.01, q.close)
    closer.start()
    with pytest.raises(errors.ClosedError):
        q.push(value=6)
    closer.join()


def test_waiting() -> None:
    q = Queue(10)
    with pytest.raises(TimeoutError, match=r"0\.06 s"):
        q.next(timeout=0.06)
    with pytest.raises(TimeoutError):
        q.next(timeout=0)
    with pytest.raises(errors.InvalidError, match="timeout"):
        q.next(timeout=math.nan)
    threading.Timer(0.01, lambda: q.push(value=1)).start()
    assert q.next(timeout=math.inf).value == 1
    got: list[float | None] = []
    thread = threading.Thread(target=lambda: got.append(q.next().value))  # not the main thread
    thread.start()
    q.push(value=2)
    thread.join()
    assert got == [2]


def test_a_closed_queue_gives_what_is_left() -> None:
    q = Queue(1000)
    for number in range(600):  # more than are drained at once
        q.push(value=number)
    q.close()
    q.close()
    assert [record.value for record in q] == list(range(600))
    with pytest.raises(errors.ClosedError):
        q.next()
    with pytest.raises(errors.ClosedError):
        q.drain()
    with pytest.raises(errors.ClosedError):
        q.push()
    with pytest.raises(errors.ClosedError):
        q.read_array()


def test_closing_ends_a_wait() -> None:
    q = Queue(10)
    ended = threading.Event()

    def consume() -> None:
        assert list(q) == []
        ended.set()

    thread = threading.Thread(target=consume)
    thread.start()
    q.close()
    thread.join()
    assert ended.is_set()


def test_descriptor() -> None:
    q = Queue(10)
    assert select.select([q], [], [], 0)[0] == []
    q.push()
    assert select.select([q], [], [], 0)[0] == [q]
    q.drain()
    assert select.select([q], [], [], 0)[0] == []
    q.close()
    assert select.select([q], [], [], 0)[0] == [q]


def test_records_into_a_numpy_array() -> None:
    q = Queue(10_000)
    for number in range(3000):
        q.push(value=number / 2, tag=number)
    q.push("payloads are thrown away", value=3, kind=Event.USER)
    x = q.read_array(2000)
    y = q.read_array()
    assert x.shape == (2000,)
    assert y.shape == (1001,)
    assert x["real"].tolist() == [number / 2 for number in range(2000)]
    assert x["seq"].tolist() == list(range(2000))
    assert every(x["tag"] == x["seq"])
    assert every(np.diff(x["t_mono_ns"]) >= 0)
    assert set(x["value_type"]) == {Type.DOUBLE}
    assert y["integer"][-1] == 3
    assert "payload" not in x.dtype.names
    assert q.read_array(timeout=0).shape == (0,)
    threading.Timer(0.01, lambda: q.push(value=1)).start()
    assert q.read_array(timeout=5)["integer"].tolist() == [1]


def test_many_producers() -> None:
    q = Queue(100_000)
    threads = [
        threading.Thread(target=lambda n=n: [q.push(value=i, tag=n) for i in range(500)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    got = [q.next(5) for _ in range(2000)]
    for thread in threads:
        thread.join()
    assert [record.seq for record in got] == list(range(2000))
    for n in range(4):
        assert [record.value for record in got if record.tag == n] == list(range(500))


def test_kinds() -> None:
    number = queue.register_kind("sample.inserted")
    assert queue.register_kind("sample.inserted") == number >= Event.FIRST_REGISTERED
    assert queue.kind_number("sample.inserted") == number
    assert queue.kind_number("op.ended") == Event.OP_ENDED
    assert queue.kind_name(number) == "sample.inserted"
    assert queue.kind_name(999_999_999) == ""
    q = Queue(10)
    q.push(kind="sample.inserted")
    assert q.next().name == "sample.inserted"
    with pytest.raises(KeyError, match=r"did you mean 'sample\.inserted'"):
        q.push(kind="sample.insertd")
    with pytest.raises(errors.InvalidError):
        queue.register_kind("No Name")


def test_bad_arguments() -> None:
    for capacity in (0, -1, 2**24 + 1):
        with pytest.raises(errors.RangeError):
            Queue(capacity)
    with pytest.raises(errors.InvalidError, match="drop_oldest"):
        Queue(10, "newest")
    with pytest.raises(TypeError):
        Queue("10")
    q = Queue(10)
    with pytest.raises(TypeError):
        q.push(object())
    with pytest.raises(OverflowError):
        q.push(tag=-1)
    with pytest.raises(OverflowError):
        q.push(value=2**63)
    assert q.stats().pushed == 0
    assert repr(q) == "<Queue 0 of 10, 0 lost>"


def test_payloads_that_nobody_takes_are_given_back() -> None:
    from alidade._library import lib

    before = lib.ald_handle_count()
    q = Queue(2)
    for _ in range(5):
        q.push(Buffer(10))
    assert lib.ald_handle_count() <= before + 3
    del q
    assert eventually(lambda: lib.ald_handle_count() <= before)
