"""bluesky's RunEngine: what it says to a device as it is, and how one is made that it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import run_python

EXAMPLE = Path(__file__).parents[4] / "examples" / "python" / "bluesky_devices.py"

# In a process of its own: the engine keeps what it has run, and a thread.
RAW = """
import sys
from bluesky import RunEngine
from bluesky.plan_stubs import mv
from bluesky.plans import scan
from bluesky.protocols import Movable
import alidade
stage, meter = alidade.MockMovable(), alidade.MockReadable("meter")
assert isinstance(stage, Movable), "it passes by its structure"
try:
    RunEngine({})(mv(stage, 1.0) if sys.argv[1] == "mv" else scan([meter], stage, 0, 1, 2))
except Exception as refused:
    print(refused)
assert stage.position() == 0
"""


@pytest.mark.parametrize("plan", ["mv", "scan"])
def test_a_device_as_it_is_names_what_to_use(plan: str) -> None:
    done = run_python(RAW, plan)
    assert done.code == 0, done
    assert "examples/python/bluesky_devices.py" in done.out


def test_the_example_runs_a_plan() -> None:
    ended = subprocess.run(
        [sys.executable, str(EXAMPLE)], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        f"{{'meter': 2.5, 'stage': {position}}}" for position in (0.0, 1.0, 2.0)
    ]
