from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from alidade import errors, log
from alidade.log import LogLevel
from support import eventually, run_python


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


class Kept(logging.Handler):
    """Keeps what it is given, and what it was given it on."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.threads: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.threads.add(threading.current_thread().name)
        self.records.append(record)

    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, logger = Kept(), logging.getLogger("alidade")
    logger.addHandler(handler)
    logger.setLevel(1)
    yield handler
    log.set_sink(None)
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_logging_gets_the_lines(kept: Kept) -> None:
    log.to_logging("trace")
    begun = time.time()
    for level in ("trace", "debug", "info", "warning", "error"):
        log.write(level, f"{level} 50 % done", domain="serial.line 1")
    log.write("error", "of nobody", domain="")
    assert eventually(lambda: len(kept.records) == 6)
    assert [record.levelno for record in kept.records] == [5, 10, 20, 30, 40, 40]
    assert kept.records[0].levelname == "TRACE"
    first = kept.records[0]
    assert first.name == "alidade.serial_line_1"
    assert kept.records[-1].name == "alidade"
    assert first.getMessage() == "trace 50 % done"
    assert abs(first.created - begun) < 60
    assert int(first.msecs) == int(first.created * 1000) % 1000
    assert kept.threads == {"alidade log"}
    log.set_sink(None)
    assert eventually(lambda: all(t.name != "alidade log" for t in threading.enumerate()))


def test_the_level_is_that_of_the_logger(kept: Kept) -> None:
    for level, expected in ((logging.INFO, "info"), (35, "error"), (99, "off"), (1, "trace")):
        logging.getLogger("alidade").setLevel(level)
        log.to_logging()
        assert log.level().name == expected.upper()
    logging.getLogger("alidade.quiet").setLevel(logging.CRITICAL)
    log.write("error", "unheard", domain="quiet")
    log.write("error", "heard", domain="loud")
    assert eventually(lambda: kept.messages() == ["heard"])


def test_a_handler_may_call_the_library_and_takes_its_time(kept: Kept) -> None:
    """No line of the library waits for it, so that nothing locks up, nor comes out of order."""
    go_on = threading.Event()

    class Slow(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert go_on.wait(60)
            if record.getMessage() == "0.0":
                log.write("error", "from a handler", domain="handler")

    slow = Slow()
    logging.getLogger("alidade").addHandler(slow)
    try:
        log.to_logging("info")

        def write(thread: int) -> None:
            for i in range(200):
                log.write("info", f"{thread}.{i}", domain="many")

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        go_on.set()
        assert eventually(lambda: len(kept.records) == 801)
    finally:
        go_on.set()
        logging.getLogger("alidade").removeHandler(slow)
    messages = kept.messages()
    assert "from a handler" in messages
    for n in range(4):
        assert [m for m in messages if m.startswith(f"{n}.")] == [f"{n}.{i}" for i in range(200)]


def test_lines_are_counted_where_handlers_take_too_long(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alidade._log_bridge._WAITING_MAX", 10)
    log.to_logging("info")
    with kept.lock or threading.Lock():
        for i in range(50):
            log.write("info", str(i))
    assert eventually(lambda: any("lines were lost" in m for m in kept.messages()))
    lost = next(m for m in kept.messages() if "lines were lost" in m)
    assert eventually(lambda: len(kept.records) == 51 - int(lost.split()[0]))


def test_logging_at_the_ends_of_programs() -> None:
    """What is left is handed on at the end, a forked child ends at once, nothing is printed."""
    done = run_python(
        """
        import asyncio, logging, os, sys
        import alidade
        from alidade import log

        logging.basicConfig(stream=sys.stdout, format="%(name)s %(message)s", level="INFO")
        log.to_logging()
        if os.fork() == 0:
            logging.getLogger().handlers.clear()
            sys.exit(0)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0

        async def main():
            await alidade.aio.Lab().close()
            for i in range(2000):
                log.write("info", f"line {i}", domain="d")

        asyncio.run(main())
        """
    )
    assert done.err == ""
    assert done.out.splitlines() == [f"alidade.d line {i}" for i in range(2000)]
