"""Signals end commands: the axis stands, files are whole, the lab is safe, the exit code tells."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tifffile import imread

from alidade import Device, Movable
from command import COMMAND, table
from support import eventually, every
from terminals import Terminal

CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
ALL = pytest.mark.parametrize("number", CODES, ids=lambda n: n.name)

# Slow, so that it takes minutes to go anywhere.
VELOCITY = 0.2
GOAL = 20.0
LAB = """\
[devices.esp]
driver = "esp300"
uri = "{uri}"
safe_state = [{{ child = "1", set = "acceleration", to = 7.0 }}]

[devices.camera]
driver = "mock-camera"
width = 32
height = 16
trigger_mode = "software"

[scan]
axis = "esp/1"
positions = [0.01, 0.02, 0.03, 0.04, 20.0]
read = ["esp/1:velocity"]
camera = "camera"
"""


@contextmanager
def simulated(*words: str) -> Iterator[str]:
    """An ESP300 in a process of its own; where it is found."""
    process = subprocess.Popen(
        [*COMMAND, "simulate", "esp300", "--option", "enabled=true", *words],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        assert process.wait(30) == 143
        process.stdout.close()


@contextmanager
def asked(uri: str) -> Iterator[Movable]:
    """Its first axis, by a connection of our own."""
    with Device("asked", "esp300", {"uri": uri}) as device:
        axis = device.child("1")
        assert isinstance(axis, Movable)
        yield axis


@pytest.fixture
def uri() -> Iterator[str]:
    with simulated() as uri:
        with asked(uri) as axis:
            axis.set("velocity", VELOCITY)
        yield uri


@pytest.fixture
def lab(tmp_path: Path, uri: str) -> Path:
    path = tmp_path / "bench.toml"
    path.write_text(LAB.format(uri=uri))
    return path


def told_position(line: int) -> bytes:
    os.write(line, b"1TP?\r")
    told = b""
    while not told.endswith(b"\n"):
        told += os.read(line, 64)
    return told


def stands(uri: str) -> float:
    """Where the axis stands; it must not move any more. Asked raw, as our driver would stop it."""
    line = os.open(uri.partition(":")[2], os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(line)
        at = told_position(line)
        time.sleep(0.2)
        assert told_position(line) == at
    finally:
        os.close(line)
    return float(at)


def test_an_axis_that_nobody_stopped_is_seen_to_move(uri: str) -> None:
    """Judges the judge: the simulated axis outlives who sent it off."""
    line = os.open(uri.partition(":")[2], os.O_RDWR | os.O_NOCTTY)
    os.write(line, b"1PA20\r")
    time.sleep(0.3)
    os.close(line)
    with pytest.raises(AssertionError):
        stands(uri)


@ALL
def test_jog(uri: str, lab: Path, number: int) -> None:
    with Terminal([*COMMAND, "jog", str(lab), "esp/1", "--to", f"{GOAL} mm"]) as terminal:
        terminal.until(lambda seen: seen.count("esp/1 0.") > 2)
        assert terminal.end(number) == CODES[number], terminal.seen
    assert 0 < stands(uri) < GOAL


@ALL
def test_scan(uri: str, lab: Path, number: int, tmp_path: Path) -> None:
    with Terminal([*COMMAND, "run", str(lab)], cwd=tmp_path) as terminal:
        terminal.until_file(tmp_path / "bench.csv", 5)  # on the way to 20 mm
        time.sleep(0.3)
        assert terminal.end(number) == CODES[number], terminal.seen
    assert 0.04 < stands(uri) < GOAL
    _, rows = table(tmp_path / "bench.csv")
    assert [len(row) for row in rows] == [4] * 4
    assert imread(tmp_path / "bench.tiff").shape == (4, 16, 32)
    assert (tmp_path / "bench.png").stat().st_size > 0
    with asked(uri) as axis:
        assert axis.get("acceleration") == 7.0, "the safe state"


@ALL
def test_series(number: int, tmp_path: Path) -> None:
    words = ["demo", "computer", "--seconds", "inf", "--interval", "0.05"]
    with Terminal([*COMMAND, *words], cwd=tmp_path) as terminal:
        terminal.until_file(tmp_path / "alidade-demo/computer.csv", 4)
        assert terminal.end(number) == CODES[number], terminal.seen
    header, rows = table(tmp_path / "alidade-demo/computer.csv")
    assert len(rows) >= 3
    assert every(len(row) == len(header) for row in rows)
    assert (tmp_path / "alidade-demo/computer.png").stat().st_size > 0


@ALL
def test_read(number: int) -> None:
    words = ["read", "--driver", "mock-readable", "mock-readable", "--every", "0.02"]
    with Terminal([*COMMAND, *words]) as terminal:
        terminal.until(lambda seen: seen.count("\n") > 3)
        assert terminal.end(number) == CODES[number], terminal.seen


# Each waits for long, for an instrument that says nothing or for a frame that does not come.
WAITS = {
    "snap": ["snap", "--driver", "mock-camera", "mock-camera", "--exposure", "60", "-o", "a.tiff"],
    "devices": ["devices", "silent.toml"],
    "discover": ["discover", "--probe", "esp300", "{silent}"],
    "run": ["run", "silent.toml"],
    "simulate": ["simulate", "mock-meter"],
}


@ALL
@pytest.mark.parametrize("name", WAITS)
def test_what_waits(name: str, number: int, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    silent = f"serial:{os.ttyname(theirs)}"
    (tmp_path / "silent.toml").write_text(
        f'[devices.a]\ndriver = "esp300"\nuri = "{silent}"\n[series]\nread = ["a/1"]\n'
    )
    words = [word.format(silent=silent) for word in WAITS[name]]
    try:
        with Terminal([*COMMAND, *words], cwd=tmp_path) as terminal:
            if name == "simulate":
                terminal.until(lambda seen: "mock-meter " in seen)
            elif name == "snap":
                time.sleep(1.5)
            else:
                assert eventually(lambda: os.read(ours, 1), 30), "nothing was asked"
            assert terminal.end(number) == CODES[number], terminal.seen
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_signal_that_was_ignored_stays_so(uri: str, lab: Path) -> None:
    """As under nohup: the command goes on when its terminal is closed, and writes to nobody."""
    with asked(uri) as axis:
        axis.set("velocity", 5.0)
    words = ["jog", str(lab), "esp/1", "--to", "5"]
    with Terminal(["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *COMMAND, *words]) as terminal:
        terminal.until(lambda seen: "esp/1 " in seen)
        terminal.close()
        code = terminal.process.wait(60)
    # What it had to say could not be written, which is no reason to stop half way.
    assert code == 1
    assert stands(uri) == 5.0


@pytest.mark.parametrize("second", CODES, ids=lambda n: n.name)
def test_a_second_signal_does_not_skip_the_stop(
    uri: str, lab: Path, tmp_path: Path, second: int
) -> None:
    with Terminal([*COMMAND, "run", str(lab)], cwd=tmp_path) as terminal:
        terminal.until_file(tmp_path / "bench.csv", 5)
        terminal.process.send_signal(signal.SIGTERM)
        while terminal.process.poll() is None:
            terminal.process.send_signal(second)
            time.sleep(0.001)
        assert terminal.process.returncode in (143, -second), terminal.seen
    stands(uri)
    with asked(uri) as axis:
        assert axis.get("acceleration") == 7.0, "the safe state"
    assert imread(tmp_path / "bench.tiff").shape == (4, 16, 32)


STREAMS = {
    "output closed": ">&-",
    "errors closed": "2>&-",
    "all closed": "<&- >&- 2>&-",
    "output full": ">/dev/full",
    "errors full": "2>/dev/full",
    "nobody reads": "2>&1 | true",
}


@pytest.mark.parametrize("streams", STREAMS.values(), ids=STREAMS)
def test_streams_that_cannot_be_written(uri: str, lab: Path, tmp_path: Path, streams: str) -> None:
    """The measurement is made all the same."""
    lab.write_text(LAB.format(uri=uri).replace(", 20.0]", "]"))
    ended = subprocess.run(
        ["/bin/bash", "-c", f'"$@" {streams}; exit ${{PIPESTATUS[0]}}', "sh", *COMMAND, "run", lab],
        cwd=tmp_path, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == (1 if streams.startswith((">/dev/full", "2>&1")) else 0), ended
    assert "Traceback" not in ended.stderr
    assert len(table(tmp_path / "bench.csv")[1]) == 4
    assert imread(tmp_path / "bench.tiff").shape == (4, 16, 32)
    assert (tmp_path / "bench.png").stat().st_size > 0
    assert stands(uri) == pytest.approx(0.04)


def test_a_reader_that_goes_away_ends_what_only_writes() -> None:
    words = f"{' '.join(COMMAND)} read --driver mock-readable mock-readable --every 0.01 | head -1"
    ended = subprocess.run(
        ["/bin/bash", "-c", f"{words}; exit ${{PIPESTATUS[0]}}"],
        timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout.count("\n") == 1
    assert ended.stderr == ""
