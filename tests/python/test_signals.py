"""`alidade.end_on_signals`: SIGTERM and SIGHUP end an application as Ctrl-C does."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import alidade
from alidade import signals
from support import eventually, run_python

CODES = {signal.SIGHUP: 129, signal.SIGTERM: 143}
ALL = pytest.mark.parametrize("number", CODES, ids=lambda n: n.name)

BEGIN = """
import asyncio, os, signal, sys, time
import alidade
from alidade import aio
"""

# A motion that takes minutes; what is printed at the end tells that the axis stands.
SYNC = """
alidade.end_on_signals()
with alidade.MockMovable(velocity=0.1) as stage:
    try:
        print("ready", flush=True)
        stage.move_abs(50.0)
    finally:
        print(stage.get("settled"), 0 < stage.position() < 50, flush=True)
"""

# The same with asyncio; the motion is another task than the main one.
TASKS = """
async def moves(stage):
    try:
        await stage.move_abs(50.0)
    finally:
        print(await stage.get("settled"), 0 < await stage.position() < 50, flush=True)

async def main():
    async with aio.MockMovable(velocity=0.1) as stage:
        moving = asyncio.create_task(moves(stage))
        await asyncio.sleep(0.05)
        print("ready", flush=True)
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.wait([moving])

with aio.end_on_signals():
    asyncio.run(main())
"""

# A loop that a synchronous call blocks, as in a notebook.
BLOCKED = """
async def main():
    with alidade.MockMovable(velocity=0.1) as stage:
        try:
            print("ready", flush=True)
            stage.move_abs(50.0)
        finally:
            print(stage.get("settled"), 0 < stage.position() < 50, flush=True)

alidade.end_on_signals()
asyncio.run(main())
"""

PROGRAMS = {"sync": SYNC, "tasks": TASKS, "a blocked loop": BLOCKED}


def started(program: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + textwrap.dedent(program)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()
    time.sleep(0.1)
    return process


@ALL
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_axis_stands(name: str, number: int) -> None:
    with started(PROGRAMS[name]) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("True True\n", "", CODES[number])


def test_a_second_signal_waits_for_its_turn() -> None:
    """Within the grace period it changes nothing, after that it ends what is under way."""
    program = """
    alidade.end_on_signals(grace=2.0)
    stage = alidade.MockMovable(velocity=0.1)
    begun = 0.0
    try:
        try:
            print("ready", flush=True)
            stage.move_abs(50.0)
        finally:
            begun = time.monotonic()
            print("ending", flush=True)
            time.sleep(1000)
    finally:
        print(time.monotonic() - begun)
    """
    with started(program) as process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "ending\n"
        while not select.select([process.stdout], [], [], 0.05)[0]:
            process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=30)
    assert float(out) > 1.5, "it began when the signal came"
    assert (err, process.returncode) == ("", 129)


def test_what_is_ignored_stays_so() -> None:
    done = run_python(
        """
        import os, signal, alidade
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with alidade.end_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            print("goes on")
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        """
    )
    assert (done.out, done.err, done.code) == ("goes on\n", "", 0)


def test_the_library_does_nothing_by_itself() -> None:
    """Neither Python's handlers nor those of the process change."""
    done = run_python(
        """
        import signal
        def now():
            words = [line.split() + [""] for line in open("/proc/self/status")]
            return [signal.getsignal(n) for n in sorted(signal.valid_signals())], [
                int(mask, 16) & ~(3 << 31)  # 32 and 33 are the C library's own
                for name, mask, *_ in words
                if name in ("SigBlk:", "SigIgn:", "SigCgt:")
            ]
        before = now()
        import alidade
        with alidade.MockMovable() as stage, alidade.Simulation("esp300") as esp:
            stage.move_abs(1.0)
            alidade.Device("it", "esp300", {"uri": esp.uri}).close()
        assert now() == before, (now(), before)
        """
    )
    assert done.code == 0, done


def test_what_was_before_comes_back() -> None:
    mine = []
    before = signal.signal(signal.SIGUSR1, lambda *_: mine.append(1))
    try:
        with signals.end_on_signals(signal.SIGUSR1) as token:
            with pytest.raises(signals.Ended, match="SIGUSR1") as ended:
                signal.raise_signal(signal.SIGUSR1)
            assert ended.value.code == 128 + signal.SIGUSR1
            assert ended.value.signal == signal.SIGUSR1
        signal.raise_signal(signal.SIGUSR1)
        assert mine == [1]
        # Whoever takes the signal over meanwhile keeps it.
        token = signals.end_on_signals(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        token.close()
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_sigint_stays_a_keyboard_interrupt() -> None:
    with signals.end_on_signals(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_bad_calls_are_told() -> None:
    with pytest.raises(alidade.InvalidError, match="grace is -1"):
        alidade.end_on_signals(grace=-1)
    told: list[BaseException] = []

    def elsewhere() -> None:
        try:
            alidade.end_on_signals()
        except alidade.StateError as error:
            told.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert eventually(lambda: told)
    assert "main" in str(told[0])
