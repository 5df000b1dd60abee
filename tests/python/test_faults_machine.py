"""A state machine over real drivers at instruments that do wrong: nothing hangs, nothing lies."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from alidade import DeviceState, FrameStream, MockCamera, Op, errors
from faulty_instruments import MOVABLE, Kind, Setup
from support import kept_waiting

# Seconds after which a call that was given half a second hangs.
HANGS = 10.0
# What may come of a line that does wrong, or is not there.
OF_THE_LINE = (
    errors.TimedOutError,
    errors.ProtocolError,
    errors.DisconnectedError,
    errors.StateError,
    errors.StateLostError,
    errors.BusyError,
    errors.RangeError,
    errors.UnsupportedError,
    errors.NotFoundError,
    errors.InputOutputError,
)
WRONGS: list[dict[str, Any]] = [
    {"silence": True},
    {"echo": True},
    {"delay": 0.03},
    {"drop": 0.3, "seed": 1},
    {"garble": 1.0},
    {"truncate": 2},
    {"chunk": 1, "chunk_pause": 0.001},
    {"unplug_after": 7},
]
RIGHT: dict[str, Any] = {
    "silence": False,
    "echo": False,
    "delay": 0.0,
    "drop": 0.0,
    "garble": 0.0,
    "truncate": -1,
    "chunk": 0,
    "chunk_pause": 0.0,
    "unplug_after": -1,
}


class Instruments(RuleBasedStateMachine):
    setup: Setup

    @initialize(kind=st.sampled_from(MOVABLE))
    def switch_on(self, kind: Kind) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.setup = Setup(kind, Path(self.folder.name))
        self.plugged = True
        self.wrong = False
        self.motion: Op | None = None
        self.disturbed = False  # the line, since the motion began
        self.camera = MockCamera(
            pattern="gradient", width=32, height=24, trigger_mode="internal", frame_rate=1000.0
        )
        self.streams: list[tuple[FrameStream, int]] = []
        self.bounded(self.setup.device.open)
        self.truth = self.setup.part.get(kind.one)

    def bounded(self, call: Callable[[], Any]) -> Any:
        """Nothing hangs, whatever the line does."""
        waited, began = kept_waiting(), time.monotonic()
        try:
            return call()
        finally:
            assert time.monotonic() - began - (kept_waiting() - waited) < HANGS

    def attempt(self, call: Callable[[], Any], *also: type[Exception]) -> Any:
        """What a call gives; None where it failed for a reason that there is."""
        usable = self.plugged and not self.wrong and self.is_open()
        try:
            return self.bounded(call)
        except also:
            return None
        except OF_THE_LINE:
            assert not usable or not (self.plugged and self.is_open())
            return None

    def is_open(self) -> bool:
        return self.setup.device.state is DeviceState.OPEN

    def end_motion(self) -> None:
        if self.motion is not None:
            op, self.motion = self.motion, None
            lost = OF_THE_LINE if self.disturbed else ()
            self.attempt(lambda: op.wait(HANGS), errors.CancelledError, errors.ClosedError, *lost)
            assert op.done

    # The line

    @rule(what=st.sampled_from(WRONGS))
    def goes_wrong(self, what: dict[str, Any]) -> None:
        self.setup.instrument.set_faults(**what)
        self.wrong = self.disturbed = True

    @rule()
    def goes_right(self) -> None:
        self.setup.instrument.set_faults(**RIGHT)
        # It may have been cut meanwhile.
        self.setup.plug()
        self.plugged, self.wrong = True, False

    @rule()
    def unplug(self) -> None:
        self.setup.instrument.unplug()
        self.plugged, self.disturbed = False, True
        was_open = self.setup.device.state is not DeviceState.CLOSED
        if was_open and self.is_open():
            assert self.setup.gone()

    @rule()
    def plug(self) -> None:
        self.setup.plug()
        self.plugged = True

    # The device

    @rule()
    def open(self) -> None:
        self.attempt(lambda: self.setup.device.open(timeout=1.0))
        if self.plugged and not self.wrong:
            assert self.is_open()

    @rule()
    def close(self) -> None:
        self.bounded(self.setup.device.close)
        self.end_motion()
        with pytest.raises(errors.ClosedError):
            self.setup.device.open()
        self.setup.renew()
        self.open()

    @precondition(lambda self: self.is_open())
    @rule()
    def ask(self) -> None:
        # A motor that moves may be too busy to answer.
        busy = () if self.motion is None else (errors.BusyError,)
        value = self.attempt(lambda: self.setup.part.get(self.setup.kind.one, timeout=0.5), *busy)
        # Its own answer, or none.
        assert value in (None, self.truth)

    @precondition(lambda self: self.is_open() and self.motion is None)
    @rule(to=st.floats(0.0, 1.0))
    def move(self, to: float) -> None:
        reached = self.attempt(
            lambda: self.setup.stage.move_abs(to, timeout=3.0), errors.CancelledError
        )
        if reached is not None:
            assert reached == pytest.approx(to, abs=0.01)
            assert self.setup.truth() == pytest.approx(to, abs=0.01)

    @precondition(lambda self: self.is_open() and self.motion is None)
    @rule(to=st.floats(5.0, 9.0))
    def start_move(self, to: float) -> None:
        self.disturbed = self.wrong or not self.plugged
        self.motion = self.attempt(lambda: self.setup.stage.start_move(to, timeout=5.0))

    @precondition(lambda self: self.motion is not None)
    @rule()
    def cancel(self) -> None:
        assert self.motion is not None
        self.motion.cancel()
        self.end_motion()
        if self.plugged and not self.wrong and self.is_open():
            assert self.setup.stands()
            assert self.setup.stage.position() == pytest.approx(self.setup.truth(), abs=0.01)

    @precondition(lambda self: self.is_open())
    @rule()
    def stop(self) -> None:
        self.attempt(lambda: self.setup.stage.stop(timeout=1.0), errors.CancelledError)
        self.end_motion()
        if self.plugged and not self.wrong and self.is_open():
            assert self.setup.stands()

    # The camera

    @rule(armed=st.booleans())
    def arm(self, armed: bool) -> None:
        self.bounded(self.camera.arm if armed else self.camera.disarm)

    @precondition(lambda self: len(self.streams) < 3)
    @rule(policy=st.sampled_from(["latest", "drop_oldest", "lossless"]))
    def open_stream(self, policy: str) -> None:
        self.streams.append((self.camera.stream(policy=policy, capacity=4), -1))

    @precondition(lambda self: self.streams)
    @rule()
    def take_frames(self) -> None:
        for number, (stream, last) in enumerate(self.streams):
            try:
                frame = self.bounded(lambda stream=stream: stream.next(0.02))
            except errors.TimedOutError:
                continue
            assert frame.seq > last
            assert last < 0 or frame.lost_before == frame.seq - last - 1
            self.streams[number] = (stream, frame.seq)

    @precondition(lambda self: self.streams)
    @rule()
    def close_stream(self) -> None:
        self.streams.pop(0)[0].close()

    def teardown(self) -> None:
        if not hasattr(self, "setup"):
            return
        for stream, _ in self.streams:
            stream.close()
        self.bounded(self.camera.close)
        self.bounded(self.setup.close)
        self.end_motion()
        self.folder.cleanup()
        del self.setup, self.camera
        self.streams.clear()


# What depends on time is not made simpler by trying again.
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
Instruments.TestCase.settings = settings(max_examples=8, stateful_step_count=25, phases=FOUND)
test_instruments = pytest.mark.timeout(170)(Instruments.TestCase)


@pytest.mark.full
@pytest.mark.timeout(1700)
def test_instruments_for_long() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Instruments,
        settings=settings(max_examples=100, stateful_step_count=50, phases=FOUND),
    )
