from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from alidade import errors, log
from alidade.log import LogLevel


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    log.set_sink(None)
    log.set_level("warning")


def test_levels() -> None:
    assert log.level() == LogLevel.WARNING
    log.set_level("debug")
    assert log.level() is LogLevel.DEBUG
    log.set_level(LogLevel.OFF)
    assert log.level() == LogLevel.OFF
    with pytest.raises(errors.InvalidError, match="'loud' is unknown; expected one of trace"):
        log.set_level("loud")
    with pytest.raises(ValueError, match="17"):
        log.set_level(17)
    with pytest.raises(errors.InvalidError):
        log.write("off", "nothing is written at this level")


def test_a_sink_gets_the_lines() -> None:
    got: list[tuple[int, LogLevel, str, str]] = []
    log.set_sink(lambda *line: got.append(line))
    log.write("error", "it broke\nhere", domain="stage")
    log.write("info", "below the level")
    assert len(got) == 1
    t_wall_ns, level, domain, message = got[0]
    assert abs(t_wall_ns - time.time_ns()) < 60e9
    assert level is LogLevel.ERROR
    assert domain == "stage"
    assert message == "it broke here"


def test_a_sink_that_raises_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[BaseException] = []
    monkeypatch.setattr("sys.unraisablehook", lambda args: seen.append(args.exc_value))

    def bad(*line: object) -> None:
        raise OSError("disk full")

    log.set_sink(bad)
    log.write("error", "one")
    log.write("error", "two")
    assert [str(error) for error in seen] == ["disk full", "disk full"]


def test_a_sink_may_log_but_not_replace_itself() -> None:
    q = log.lines("warning")
    refused: list[BaseException] = []

    def sink(t_wall_ns: int, level: LogLevel, domain: str, message: str) -> None:
        if message == "outer":
            log.write("error", "inner")
            try:
                log.set_sink(None)
            except errors.StateError as error:
                refused.append(error)

    log.set_sink(sink)
    log.write("error", "outer")
    assert len(refused) == 1
    assert {record.payload["message"] for record in q.drain()} == {"outer", "inner"}
    log.detach(q)


def test_queues_get_the_lines() -> None:
    log.set_sink(lambda *line: None)
    q = log.lines("error")
    log.write("warning", "below the queue's level")
    log.write("error", "x", domain="d")
    record = q.next(5)
    assert record.name == "log.written"
    assert record.payload == {"level": "error", "domain": "d", "message": "x"}
    assert q.stats().waiting == 0
    with pytest.raises(errors.ExistsError):
        log.attach(q)
    log.detach(q)
    with pytest.raises(errors.NotFoundError):
        log.detach(q)
    log.write("error", "nobody listens")
    assert q.stats().waiting == 0
    q.close()
    with pytest.raises(errors.ClosedError):
        log.attach(q)
