from __future__ import annotations

import threading

import pytest

from alidade import Lab, MockReadable, Queue, Record, errors, log
from support import eventually


def test_events_of_a_device() -> None:
    sensor = MockReadable(value=1)
    with sensor.events("property.changed", "device.closed") as events:
        sensor.set("level", 2.0)
        sensor.set("level", 3.0)
        event = events.next(5)
        assert event.name == "property.changed"
        assert event.payload == {"device": "sensor", "property": "level", "value": 2.0}
        assert event.value == 2.0
        assert event.source == sensor.id
        sensor.close()
        assert events.next(5).name == "property.changed"
        assert events.next(5).name == "device.closed"


def test_all_events() -> None:
    lab = Lab()
    events = lab.events()
    lab.add("a", "mock-readable")
    lab.open()
    assert events.next(5).name == "device.opened"
    assert repr(events) == "<Events 0 of 1024, 0 lost>"
    events.close()
    events.close()
    with pytest.raises(errors.ClosedError):
        events.next(0)
    lab.close()


def test_policy_of_events() -> None:
    sensor = MockReadable()
    with sensor.events(policy="latest", capacity=1) as events:
        for level in range(5):
            sensor.set("level", float(level))
        assert eventually(lambda: events.queue.stats().pushed >= 5)
        assert events.next(1).value == 4.0


def test_unknown_kinds_are_refused() -> None:
    sensor = MockReadable()
    with pytest.raises(KeyError, match=r"did you mean 'property\.changed'"):
        sensor.events("property.chnged")
    sensor.close()
    with pytest.raises(errors.ClosedError):
        sensor.events()


def test_subscribing() -> None:
    sensor = MockReadable()
    got: Queue = Queue(10)
    with sensor.subscribe("property.changed", lambda record: got.push(value=record.value)):
        sensor.set("level", 2.0)
        assert got.next(5).value == 2.0
    sensor.set("level", 3.0)
    assert got.stats().waiting == 0


def test_a_function_that_raises_goes_on_being_called() -> None:
    sensor = MockReadable()
    called = threading.Semaphore(0)

    def bad(record: Record) -> None:
        called.release()
        raise LookupError(f"nothing for {record.value}")

    lines = log.lines("error")
    log.set_sink(lambda *line: None)
    try:
        token = sensor.subscribe("property.changed", bad)
        sensor.set("level", 2.0)
        sensor.set("level", 3.0)
        assert called.acquire(timeout=5)
        assert called.acquire(timeout=5)
        token.close()
    finally:
        log.set_sink(None)
    assert isinstance(token.exception, LookupError)
    first = lines.next(5).payload
    assert first["domain"] == "python"
    assert "bad raised LookupError: nothing for 2.0" in first["message"]
    assert "test_events.py:" in first["message"]
    lines.close()


def test_closing_from_the_function_itself() -> None:
    sensor = MockReadable()
    closed = threading.Event()
    tokens = []

    def once(record: Record) -> None:
        tokens[0].close()
        closed.set()

    tokens.append(sensor.subscribe("property.changed", once))
    sensor.set("level", 2.0)
    assert closed.wait(5)
    tokens[0].close()


def test_close_waits_for_the_function() -> None:
    sensor = MockReadable()
    running, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(record: Record) -> None:
        running.set()
        go_on.wait(5)
        ended.set()

    token = sensor.subscribe("property.changed", slow)
    sensor.set("level", 2.0)
    assert running.wait(5)
    threading.Timer(0.02, go_on.set).start()
    token.close()
    assert ended.is_set()


def test_closing_the_device_from_an_event() -> None:
    sensor = MockReadable()
    closed = threading.Event()

    def close(record: Record) -> None:
        sensor.close()
        closed.set()

    token = sensor.subscribe("property.changed", close)
    sensor.set("level", 2.0)
    assert closed.wait(5)
    token.close()
    with pytest.raises(errors.ClosedError):
        sensor.read()
