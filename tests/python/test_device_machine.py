"""A state machine over labs of axes: open, close, move, cancel, stop, go, be safe, all mixed."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alidade import DeviceState, Lab, Movable, Op, errors

AXES = ("x", "y")
LIMIT = 100.0
axes = st.sampled_from(AXES)
places = st.integers(-100, 100).map(float)


class Axis:
    """What an axis must be."""

    def __init__(self) -> None:
        self.opened = False
        self.closed = False
        self.motion: Op | None = None
        self.target = 0.0
        # Where it stands; None where a motion was cut off.
        self.at: float | None = 0.0


class Devices(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab("machine")
        self.model = {name: Axis() for name in AXES}
        self.axis: dict[str, Movable] = {}
        for name in AXES:
            options = {"settle_time": 0.0, "velocity": 1e4}
            made = self.lab.add(name, "mock-movable", options)
            assert isinstance(made, Movable)
            self.axis[name] = made
        self.positions: dict[str, dict[str, float]] = {}

    def usable(self, name: str) -> bool:
        return self.model[name].opened and not self.model[name].closed

    def refused(self, name: str) -> type[errors.Error]:
        return errors.ClosedError if self.model[name].closed else errors.StateError

    def settle(self, name: str) -> None:
        """Waits for the end of a motion that is let go on."""
        m = self.model[name]
        if m.motion is not None:
            assert m.motion.wait(10) == m.target
            m.motion, m.at = None, m.target

    def cut_off(self, name: str) -> None:
        """A motion was asked to end: it has come to its target, or it was cancelled."""
        m = self.model[name]
        if m.motion is None:
            return
        try:
            assert m.motion.wait(10) == m.target
            m.at = m.target
        except (errors.CancelledError, errors.ClosedError):
            m.at = None
        m.motion = None

    @rule(name=axes)
    def open(self, name: str) -> None:
        m = self.model[name]
        if m.closed:
            with pytest.raises(errors.ClosedError):
                self.axis[name].open()
        else:
            self.axis[name].open()
            m.opened = True

    @rule()
    def open_all(self) -> None:
        told = self.lab.open()
        for name, m in self.model.items():
            problem = told[name]
            assert (problem is not None) == m.closed
            m.opened = m.opened or not m.closed

    @precondition(lambda self: sum(m.closed for m in self.model.values()) == 0)
    @rule(name=axes, luck=st.integers(0, 9))
    def close(self, name: str, luck: int) -> None:
        if luck > 1:  # seldom: nothing much happens afterwards
            return
        self.axis[name].close()
        self.model[name].closed = True
        self.cut_off(name)

    @rule(name=axes, to=places)
    def move(self, name: str, to: float) -> None:
        m = self.model[name]
        if not self.usable(name):
            with pytest.raises(self.refused(name)):
                self.axis[name].move_abs(to)
            return
        self.settle(name)
        assert self.axis[name].move_abs(to, timeout=10) == to
        m.at = to

    @rule(name=axes, to=places)
    def start_move(self, name: str, to: float) -> None:
        m = self.model[name]
        if not self.usable(name):
            with pytest.raises(self.refused(name)):
                self.axis[name].start_move(to)
            return
        try:
            op = self.axis[name].start_move(to)
        except errors.BusyError:
            assert m.motion is not None
            return
        if m.motion is not None:  # it had ended meanwhile
            self.settle(name)
        m.motion, m.target = op, to

    @rule(name=axes, beyond=st.sampled_from([-LIMIT - 0.1, LIMIT + 0.1]))
    def refuse_what_is_outside(self, name: str, beyond: float) -> None:
        with pytest.raises(errors.RangeError):
            self.axis[name].start_move(beyond)

    @rule(name=axes)
    def cancel(self, name: str) -> None:
        m = self.model[name]
        if m.motion is not None:
            m.motion.cancel()
            self.cut_off(name)
            assert not self.usable(name) or self.axis[name].get("settled") is True

    @rule(name=axes)
    def stop(self, name: str) -> None:
        if not self.usable(name):
            with pytest.raises(self.refused(name)):
                self.axis[name].stop()
            return
        self.axis[name].stop()
        self.cut_off(name)
        assert self.axis[name].get("settled") is True

    @rule()
    def emergency_stop(self) -> None:
        self.lab.emergency_stop()
        for name in AXES:
            self.cut_off(name)
            if self.usable(name):
                with pytest.raises(errors.StateError, match="emergency stop holds"):
                    self.axis[name].move_abs(1.0)
        self.lab.reset_stop()

    @rule()
    def be_safe(self) -> None:
        self.lab.safe_state()
        for name in AXES:
            self.cut_off(name)
            assert not self.usable(name) or self.axis[name].get("settled") is True

    @rule(name=st.sampled_from("ab"), x=places, y=places)
    def name_a_position(self, name: str, x: float, y: float) -> None:
        self.positions[name] = {"x": x, "y": y}
        self.lab.set_position(name, self.positions[name])

    @rule(name=st.sampled_from("ab"))
    def remember(self, name: str) -> None:
        open_ones = [axis for axis in AXES if self.usable(axis)]
        if not open_ones:
            with pytest.raises(errors.StateError):
                self.lab.remember(name)
            return
        for axis in open_ones:
            self.settle(axis)
        told = self.lab.remember(name)
        assert set(told) == set(open_ones)
        for axis in open_ones:
            assert self.model[axis].at in (None, told[axis])
            self.model[axis].at = told[axis]
        self.positions[name] = told

    @rule(name=st.sampled_from("ab"))
    def go(self, name: str) -> None:
        wanted = self.positions.get(name)
        if wanted is None:
            with pytest.raises(errors.NotFoundError):
                self.lab.go_to(name)
            return
        if not all(self.usable(axis) for axis in wanted):
            with pytest.raises((errors.ClosedError, errors.StateError)):
                self.lab.go_to(name)
            return
        for axis in wanted:
            self.settle(axis)
        assert self.lab.go_to(name, timeout=10) == wanted
        for axis, at in wanted.items():
            self.model[axis].at = at

    @invariant()
    def the_states_are_as_expected(self) -> None:
        for name, m in self.model.items():
            state = DeviceState.CLOSED if m.closed else DeviceState.OPEN
            assert self.axis[name].state is (state if m.opened or m.closed else DeviceState.NEW)

    @invariant()
    def axes_stand_where_they_were_left(self) -> None:
        for name, m in self.model.items():
            if self.usable(name) and m.motion is None and m.at is not None:
                assert self.axis[name].position() == m.at

    @invariant()
    def positions_are_known(self) -> None:
        assert self.lab.positions == self.positions

    def teardown(self) -> None:
        self.lab.close()
        for m in self.model.values():
            m.motion = None
        self.axis.clear()
        self.bundles.clear()
        del self.lab


Devices.TestCase.settings = settings(max_examples=25, stateful_step_count=30)
test_devices = Devices.TestCase


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_devices_for_long() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Devices, settings=settings(max_examples=400, stateful_step_count=60))
