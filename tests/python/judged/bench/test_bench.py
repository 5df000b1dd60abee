"""The benchmarks run; what they measure is looked at by people, by `sh tests/bench/run.sh`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import every

BENCH = Path(__file__).parents[3] / "bench"
# What needs more than the package: what it measures was built elsewhere.
OTHERS = {"handles.py", "harness.py", "instruments.py"}


@pytest.mark.parametrize("name", sorted(p.name for p in BENCH.glob("*.py") if p.name not in OTHERS))
def test_a_benchmark_runs(name: str) -> None:
    path = os.pathsep.join([str(BENCH), os.environ["PYTHONPATH"]])
    ended = subprocess.run(
        [sys.executable, str(BENCH / name), "--quick"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=40,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    lines = [line for line in ended.stdout.splitlines() if line.startswith("  ")]
    assert lines
    assert every(re.search(r"\d", line) for line in lines)
