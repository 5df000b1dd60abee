from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest

from alidade import CsvFile, MockMovable, MockReadable, Scan, Series
from support import eventually

WAIT_S = 20
Recorded = tuple[Scan | Series, Callable[[Path], None]]


def scan(opened: ExitStack) -> Recorded:
    stage = opened.enter_context(MockMovable(velocity=1e6, settle_time=0.0))
    sensor = opened.enter_context(MockReadable(value=2.0))
    scan = Scan(stage, [0.0, 1.0, 2.0], [sensor])
    return scan, lambda path: scan.record(csv_file=path)


def series(opened: ExitStack) -> Recorded:
    series = Series([opened.enter_context(MockReadable(value=2.0))])
    return series, lambda path: series.record(0.0, count=3, csv_file=path)


class SlowDisk:
    """Delays the first row, as a full cache or a share does, and interrupts who waits for it."""

    def __init__(self) -> None:
        self._write, self._close = CsvFile.write, CsvFile.close
        self._released = threading.Event()
        self._closed = threading.Event()
        self._is_slow = True

    def write(self, file: CsvFile, t_mono_ns: int, numbers: Iterable[float]) -> None:
        if self._is_slow:
            self._is_slow = False
            main = threading.main_thread().ident
            assert main is not None
            # The first ends the wait for the row, the second the one for the file's end.
            signal.pthread_kill(main, signal.SIGINT)
            threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()
            assert self._released.wait(WAIT_S)
        self._write(file, t_mono_ns, numbers)

    def close(self, file: CsvFile) -> None:
        self._close(file)
        self._closed.set()

    def go_on(self) -> None:
        """Lets the row and all that waits behind it be written."""
        self._released.set()

    def await_closed(self) -> None:
        assert self._closed.wait(WAIT_S)


@pytest.mark.parametrize("of", [scan, series])
def test_a_row_that_is_written_late_gets_into_no_later_recording(
    of: Callable[[ExitStack], Recorded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk()
    monkeypatch.setattr(CsvFile, "write", lambda *arguments: disk.write(*arguments))
    monkeypatch.setattr(CsvFile, "close", lambda *arguments: disk.close(*arguments))
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    with ExitStack() as opened:
        table, record = of(opened)
        with pytest.raises(KeyboardInterrupt):
            record(first)
        assert len(table) == 1
        threading.Timer(0.05, disk.go_on).start()
        record(second)
        disk.await_closed()
        assert len(table) == 3

        def rows(path: Path) -> list[str]:
            return [line.split(",", 1)[1] for line in path.read_text().splitlines()[1:]]

        assert eventually(lambda: len(rows(first)) == 1)
        assert len(rows(second)) == 3
        assert rows(first)[0] == rows(second)[0]
