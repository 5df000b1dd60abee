"""Ctrl-C at any microsecond: nothing hangs, no thread dies, nothing is lost, all goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interrupted import KINDS

PROGRAM = Path(__file__).with_name("interrupted.py")

# These wait until they are interrupted, which takes up to 50 ms.
LONG = {
    "awaited",
    "awaited_executor",
    "iterate_for_long",
    "move_for_long",
    "next_frame_for_long",
    "own_operations",
    "push_into_full_queue",
    "read_for_long",
    "slow_source",
}


def interrupt(name: str, rounds: int, seed: int) -> None:
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), name, str(rounds), str(seed)],
        capture_output=True, text=True, timeout=1500,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == "", "something was printed that nobody can catch"


@pytest.mark.parametrize("name", KINDS)
def test_at_random(name: str) -> None:
    interrupt(name, 15 if name in LONG else 200, 1)


@pytest.mark.full
@pytest.mark.timeout(1700)
@pytest.mark.parametrize("name", KINDS)
def test_thousands_of_times(name: str) -> None:
    for seed in range(4):
        interrupt(name, 1000 if name in LONG else 10_000, seed)
