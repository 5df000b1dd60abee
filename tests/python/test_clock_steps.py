"""The system's clock is stepped, and the computer suspended, while something is recorded.

Functions of C in front of those of the system tell the time to the process, shifted as a test asks.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support import run_python

CLOCKS = r"""
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long step, asleep;

void shift(long long step_ns, long long asleep_ns) { step += step_ns; asleep += asleep_ns; }

int clock_gettime(clockid_t clock, struct timespec *to) {
    syscall(SYS_clock_gettime, clock, to);
    long long ns = to->tv_sec * 1000000000LL + to->tv_nsec;
    if (clock == CLOCK_REALTIME) ns += step + asleep;
    if (clock == CLOCK_BOOTTIME) ns += asleep;
    to->tv_sec = ns / 1000000000, to->tv_nsec = ns % 1000000000;
    return 0;
}
"""

PROGRAM = """
    import csv, ctypes, json, sys, time
    from alidade import MockMovable, MockReadable, Scan, Series, log

    shift = ctypes.CDLL(sys.argv[1]).shift
    shift.argtypes = [ctypes.c_longlong, ctypes.c_longlong]
    said = []
    log.set_sink(lambda t, level, domain, text: said.append(text) if domain == "clock" else None)
    stage, sensor = MockMovable(velocity=1e6, settle_time=0.0), MockReadable(value=2.5)

    def disturb(row):
        if row == 2:
            shift(round(3600e9), 0)
        if row == 4:
            shift(0, round(50e9))
        if row == 5:
            shift(round(-2e9), round(7e9))
        if row == 6:
            shift(round(1e7), 0)  # as NTP does all the time

    def about(x, expected):
        return abs(x - expected) < 0.2

    series = Series([sensor])
    scan = Scan(stage, range(9), [sensor])
    for recording, record in (
        (series, lambda: series.record(
            0, count=9, csv_file="a.csv", progress=lambda done, of: disturb(done - 1))),
        (scan, lambda: scan.record(csv_file="a.csv", progress=lambda p: disturb(p.row))),
    ):
        said.clear()
        record()
        found = recording.clock_steps
        assert [step.row for step in found] == [3, 5, 6], found
        assert about(found[0].step, 3600) and found[0].suspended == 0, found
        assert found[1].step == 0 and about(found[1].suspended, 50), found
        assert about(found[2].step, -2) and about(found[2].suspended, 7), found
        assert len(said) == 3 and "stepped by +3600" in said[0] and "before row 3" in said[0], said
        assert "suspended for 50" in said[1] and "stepped" not in said[1], said
        assert "stepped by -2" in said[2] and "suspended for 7" in said[2], said

        # The times of the recording are in order, on the clock with which it began.
        wall = recording.t_wall_ns
        assert all(0 <= later - t < 2e9 for t, later in zip(wall, wall[1:])), wall
        told = json.load(open("a.json"))
        assert [s["row"] for s in told["clock"]["steps"]] == [3, 5, 6], told
        assert about(told["clock"]["steps"][0]["step [s]"], 3600), told
        assert about(told["clock"]["steps"][1]["suspended [s]"], 50), told
        assert about(told["clock"]["gone from the system's [s]"], 3655.01), told
        rows = list(csv.reader(open("a.csv")))[1:]
        assert rows[0][0] == told["first"] and rows[-1][0] == told["last"], told

        # The next one is on the new clock, and the table of this one stays as it was.
        before = recording.t_wall_ns.tolist()
        other = Series([sensor])
        other.record(0, count=2)
        assert abs(other.t_wall_ns[0] - time.time_ns()) < 5e9
        assert not other.clock_steps
        assert recording.t_wall_ns.tolist() == before
        recording.write_csv("b.csv")
        written = [[row[0] for row in csv.reader(open(name))] for name in ("a.csv", "b.csv")]
        assert written[0] == written[1], written

    # One that begins while another goes on steps none of the other's times.
    inner = Series([sensor])

    def begin_another(done, of):
        if done == 1:
            shift(round(100e9), 0)
            inner.record(0, count=1)

    series.record(0, count=3, progress=begin_another)
    wall = series.t_wall_ns
    assert all(0 <= later - t < 5e9 for t, later in zip(wall, wall[1:])), wall
    assert 99e9 < inner.t_wall_ns[0] - wall[0] < 160e9
    print("END")
"""


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clocks")
    (folder / "clocks.c").write_text(CLOCKS)
    made = folder / "clocks.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", made, folder / "clocks.c"], check=True, timeout=60
    )
    return made


def test_steps_and_suspensions_of_recordings(
    clocks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = os.environ.get("LD_PRELOAD")
    preloaded = ":".join(filter(None, [before, str(clocks)]))
    done = run_python(PROGRAM, str(clocks), LD_PRELOAD=preloaded, PYTHONPATH=_absolute())
    assert done.out == "END\n", done


def _absolute() -> str:
    return os.pathsep.join(map(os.path.abspath, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
