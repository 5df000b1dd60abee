"""What goes wrong on a line, for each driver: the right error in time, and never a wrong value."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import pytest

from alidade import Device, DeviceState, aio, errors
from faulty_instruments import (
    ESP300,
    KINDS,
    METER,
    ROTATOR,
    UNUSABLE,
    Kind,
    Setup,
    cpu_share,
    descriptors,
    opened,
    relayed,
    resident,
    switched_on,
)
from instruments import unread
from support import eventually, every, quickest, run_python, took

pytestmark = pytest.mark.timeout(110)

each_driver = pytest.mark.parametrize("kind", KINDS, ids=str)


def in_time(setup: Setup, seconds: float) -> float:
    """How much later than its deadline a question without an answer ends."""

    def ask() -> None:
        with pytest.raises(errors.TimedOutError):
            setup.part.get(setup.kind.one, timeout=seconds)

    began = time.monotonic()
    own = took(ask)
    # Never early; the clock of the test is read a little outside.
    assert time.monotonic() - began > seconds - 0.001
    return own - seconds


@each_driver
def test_silence_ends_with_the_deadline(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        setup.instrument.set_faults(silence=True)
        assert quickest(0.02, lambda: in_time(setup, 0.2), 5) < 0.02
        setup.instrument.set_faults(silence=False)
        assert setup.part.get(kind.one) == truth


@each_driver
def test_a_late_answer_is_not_taken_for_the_next_one(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        one, other = setup.part.get(kind.one), setup.part.get(kind.other)
        assert one != other
        # Those in between come before the next question, with it, and after it.
        for delay in (0.06, 0.08, 0.1, 0.15, 0.3):
            late = False
            while not late:  # on a busy machine an answer may be there before it is given up
                setup.instrument.set_faults(delay=delay)
                try:
                    assert setup.part.get(kind.one, timeout=0.05) == one
                except errors.TimedOutError:
                    late = True
                setup.instrument.set_faults(delay=0)
                assert setup.part.get(kind.other) == other
                assert setup.part.get(kind.one) == one


@each_driver
def test_answers_are_cut_off(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        whole = 0
        for size in range(16):
            setup.instrument.set_faults(truncate=size)
            try:
                assert setup.part.get(kind.one, timeout=0.03) == truth
                whole += 1
            except UNUSABLE:
                # A busy machine may be late with a whole answer; a longer part says no less.
                assert not whole or setup.part.get(kind.one, timeout=5) == truth
            setup.instrument.set_faults(truncate=-1)
            assert setup.part.get(kind.one) == truth
        assert 0 < whole < 16


@each_driver
def test_no_byte_is_right(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        for seed in range(5):
            setup.instrument.set_faults(garble=1.0, seed=seed)
            with pytest.raises(UNUSABLE):
                setup.part.get(kind.one, timeout=0.1)
            setup.instrument.set_faults(garble=0.0)
            assert setup.part.get(kind.one) == truth


@each_driver
def test_answers_get_lost(kind: Kind, tmp_path: Path) -> None:
    """Where every other answer is missing, what comes is right."""
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one), setup.part.get(kind.other)
        setup.instrument.set_faults(drop=0.5, seed=3)
        right = 0
        for i in range(8):
            name = (kind.one, kind.other)[i % 2]
            try:
                assert setup.part.get(name, timeout=1.0) == truth[i % 2]
                right += 1
            except errors.TimedOutError:
                pass
        assert right > 0
        setup.instrument.set_faults(drop=0)
        assert setup.part.get(kind.one) == truth[0]


@each_driver
def test_it_talks_of_its_own_accord(kind: Kind, tmp_path: Path) -> None:
    """What came before a question is no answer to it."""
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        for noise in (b"7\n", b"0GS09\r\n", b"\x00\xff\x80", b"1.5\r\n" * 800, b"\r\n\r\n\n"):
            setup.instrument.say(noise)
            if kind is ROTATOR:  # which takes what comes
                time.sleep(0.05)
            else:
                assert eventually(lambda size=len(noise): unread(setup.instrument) >= size)
            try:
                assert setup.part.get(kind.one) == truth
            except (errors.ProtocolError, errors.BusyError):
                # Motors do talk by themselves, so that one listens to all that comes.
                assert kind is ROTATOR
            assert setup.part.get(kind.one) == truth


def test_a_status_that_nobody_asked_for(tmp_path: Path) -> None:
    """It may be taken for a refusal; the answer behind it is not one to the next question."""
    with opened(ROTATOR, tmp_path) as setup:
        truth = setup.part.get("velocity")
        for _ in range(20):  # on a busy machine it may come too late, and is no answer then
            setup.instrument.say(b"0GS09\r\n")
            time.sleep(0.05)
            try:
                assert setup.part.get("velocity") == truth
            except errors.BusyError:
                break
        else:
            pytest.fail("it was never taken for a refusal")
        assert setup.part.set("velocity", 50.0) == 50.0


@each_driver
def test_a_line_that_is_too_long(kind: Kind, tmp_path: Path) -> None:
    """It is met once: nobody waits for its end, and what comes after it counts."""
    with relayed(kind, tmp_path) as (setup, relay):
        truth = setup.part.get(kind.one)
        relay.answers[kind.question] = b"5" * 2000
        with pytest.raises(UNUSABLE):
            setup.part.get(kind.one, timeout=0.5)
        relay.answers.clear()
        assert setup.part.get(kind.one) == truth


def ask(setup: Setup, truth: object) -> None:
    """A question whose answer is right, or none."""
    with contextlib.suppress(*UNUSABLE, errors.BusyError):
        assert setup.part.get(setup.kind.one, timeout=0.3) == truth


@each_driver
def test_a_line_that_never_falls_silent(kind: Kind, tmp_path: Path) -> None:
    """Timeouts are kept, and it can be closed."""
    with relayed(kind, tmp_path) as (setup, relay):
        truth = setup.part.get(kind.one)
        with relay.babbling():
            for _ in range(3):
                assert took(lambda: ask(setup, truth)) < 5
        with contextlib.suppress(errors.ProtocolError):  # what it said last
            assert setup.part.get(kind.one) == truth
        assert setup.part.get(kind.one) == truth
        with relay.babbling():
            assert took(setup.device.close) < 5


@each_driver
def test_unplugged_at_every_byte_of_an_answer(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        whole = False
        for size in range(24):
            setup.instrument.set_faults(unplug_after=size)
            try:
                assert setup.part.get(kind.one) == truth
                whole = True
                setup.instrument.unplug()
            except errors.DisconnectedError:
                assert not whole
            assert setup.gone(), size
            with pytest.raises(errors.DisconnectedError):
                setup.part.get(kind.one)
            setup.instrument.set_faults(unplug_after=-1)
            setup.plug()
            setup.device.open()
            if whole:
                break
            assert setup.part.get(kind.one) == truth
        assert whole


def time_to_miss(setup: Setup) -> float:
    """How long a question waits after the line was cut."""
    setup.instrument.set_faults(silence=True)
    op = setup.part.start_get(setup.kind.one, timeout=20)

    def unplug() -> None:
        setup.instrument.unplug()
        with pytest.raises(errors.DisconnectedError):
            op.wait(10)

    seconds = took(unplug)
    assert setup.gone()
    setup.instrument.set_faults(silence=False)
    setup.plug()
    setup.device.open()
    return seconds


@each_driver
def test_unplugged_while_it_is_asked(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        assert quickest(0.1, lambda: time_to_miss(setup)) < 0.1
        setup.instrument.unplug()
        assert setup.gone()
        assert quickest(0.05, cpu_share) < 0.05


@each_driver
def test_unplugged_while_nobody_asks(kind: Kind, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:

        def miss() -> None:
            setup.instrument.unplug()
            assert setup.gone()

        def again() -> float:
            seconds = took(miss)
            setup.plug()
            setup.device.open()
            return seconds

        assert quickest(0.1, again) < 0.1
        miss()
        assert quickest(0.05, cpu_share) < 0.05
        assert "disconnected" in repr(setup.device)


@each_driver
def test_no_line(kind: Kind, tmp_path: Path) -> None:
    with switched_on(kind, tmp_path) as setup:
        setup.link.unlink()
        with pytest.raises(errors.NotFoundError) as caught:
            setup.device.open()
        assert str(setup.link) in str(caught.value)
        setup.point_to(setup.instrument.path)  # it is plugged in
        setup.device.open()
        assert setup.part.get(kind.one) is not None


@each_driver
def test_nobody_at_the_other_end(kind: Kind, tmp_path: Path) -> None:
    with switched_on(kind, tmp_path) as setup:
        setup.instrument.set_faults(silence=True)
        with pytest.raises((errors.TimedOutError, errors.NotFoundError)) as caught:
            setup.device.open(timeout=0.5)
        assert "check" in str(caught.value)
        assert setup.device.state is not DeviceState.OPEN
        setup.instrument.set_faults(silence=False)
        setup.device.open()


OPENS = """
import os, sys
import alidade
device = alidade.Device("other", sys.argv[1], {"uri": sys.argv[2]})
if os.getuid() == 0 and sys.argv[3] == "ordinary":
    os.setgid(65534)
    os.setuid(65534)
try:
    device.open(timeout=5)
except alidade.errors.BusyError as e:
    print("busy", e)
"""


@pytest.mark.parametrize("user", ["ordinary", "same"])
@each_driver
def test_another_process_has_the_line(kind: Kind, user: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        if os.getuid() == 0:
            os.chmod(setup.instrument.path, 0o666)
        uri = f"serial:{setup.instrument.path}"
        done = run_python(OPENS, kind.driver, uri, user)
        assert done.out.startswith("busy"), done
        assert setup.instrument.path in done.out
        with pytest.raises(errors.BusyError):
            Device("again", kind.driver, {"uri": uri}).open()
        assert setup.part.get(kind.one) == truth


def fill(path: str) -> int:
    """Sends until the line takes no more."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    total, sent = 0, 1
    while sent:
        sent = 0
        for size in (1024, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    sent += os.write(fd, b"x" * size)
        total += sent
        time.sleep(0.05)  # the system passes some on, and takes more
    os.close(fd)
    return total


@pytest.mark.skipif(os.getuid() != 0, reason="only root opens a line that is in use")
@each_driver
def test_the_line_takes_no_more(kind: Kind, tmp_path: Path) -> None:
    """Flow control holds what is sent: the error says how much was taken."""
    with relayed(kind, tmp_path) as (setup, relay):
        truth = setup.part.get(kind.one)
        with relay.holding():
            assert fill(relay.path) > 4096
            assert quickest(0.1, lambda: in_time(setup, 0.2)) < 0.1
            with pytest.raises(errors.TimedOutError) as caught:
                setup.part.get(kind.one, timeout=0.1)
            assert "took 0 of" in str(caught.value)
        assert setup.part.get(kind.one) == truth


@pytest.mark.parametrize(("kind", "cycles"), [(ESP300, 1000), (METER, 20), (ROTATOR, 100)], ids=str)
def test_plugged_again_and_again(kind: Kind, cycles: int, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)

        def cycle() -> None:
            setup.instrument.unplug()
            assert setup.gone()
            setup.plug()
            setup.device.open()
            assert setup.part.get(kind.one) == truth

        for _ in range(10):
            cycle()
        files, memory = descriptors(), resident()
        for _ in range(cycles):
            cycle()
        assert descriptors() == files
        # What a sanitizer keeps of freed memory is no growth of ours.
        assert resident() - memory < 2**20 or "asan" in os.environ.get("LD_PRELOAD", "")


@each_driver
def test_plugged_in_elsewhere(kind: Kind, tmp_path: Path) -> None:
    """It comes back as another node, and is the same device; nothing moves by itself."""
    with opened(kind, tmp_path) as setup:
        truth = setup.part.get(kind.one)
        before = setup.instrument.path
        setup.instrument.unplug()
        taken, far = os.openpty()  # whoever comes meanwhile takes the node
        try:
            assert setup.gone()
            setup.plug()
            assert setup.instrument.path != before
            setup.device.open()
            assert setup.part.get(kind.one) == truth
            assert not setup.kind.axis or setup.stands()
        finally:
            os.close(taken)
            os.close(far)


@each_driver
def test_unplugged_while_tasks_wait(kind: Kind, tmp_path: Path) -> None:
    """Each gets its error, those whose question was not sent yet too."""

    async def main(setup: Setup) -> list[BaseException]:
        device = aio.Device("device", kind.driver, setup.options)
        await device.open()
        setup.instrument.set_faults(silence=True)
        part = device.child(kind.part) if kind.part else device
        tasks = [asyncio.ensure_future(part.get(kind.one, timeout=30)) for _ in range(10)]
        await asyncio.sleep(0.05)
        setup.instrument.unplug()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await device.close()
        return ended

    with switched_on(kind, tmp_path) as setup:
        ended = asyncio.run(main(setup))
        assert every(isinstance(e, errors.DisconnectedError) for e in ended), ended
