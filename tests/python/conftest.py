"""What all tests of the Python package share.

They run against the package in `python/` and the library that ALIDADE_LIBRARY names.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support import Process, eventually, run_python

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

# How long an example takes depends on the machine's load.
settings.register_profile("alidade", deadline=None)
settings.load_profile("alidade")

# A job that a shell starts in the background ignores SIGINT, and all that it starts do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What nohup starts ignores SIGHUP.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# For the processes that tests start.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT / "python"), *filter(None, [os.environ.get("PYTHONPATH")])]
)

# pytest-timeout ends a test in Python after two minutes; one that hangs in C is ended by this.
WATCHDOG_S = 180


@pytest.fixture(autouse=True)
def watchdog(request: pytest.FixtureRequest) -> Iterator[None]:
    limit = 1800 if request.node.get_closest_marker("full") else WATCHDOG_S
    faulthandler.dump_traceback_later(limit, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def known_drivers() -> None:
    """The drivers make the values of their options once and keep them."""
    import alidade

    alidade.drivers()


@pytest.fixture(autouse=True)
def nothing_leaks(request: pytest.FixtureRequest, known_drivers: None) -> Iterator[None]:
    """Every test gives back all objects of the library that it took."""
    from alidade._library import lib

    before = lib.ald_handle_count()
    yield
    request.node.funcargs.clear()
    if lib.ald_handle_count() > before:
        gc.collect()
    # The reaper takes its time.
    assert eventually(lambda: lib.ald_handle_count() <= before), (
        f"{lib.ald_handle_count() - before} handles were not given back"
    )


@pytest.fixture
def python() -> Callable[..., Process]:
    """Runs a Python program in a process of its own."""
    return run_python
