"""A state machine over handles, operations, queues and cancels, against a model of what they do."""

from __future__ import annotations

import gc
from collections import deque
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
)

from alidade import (
    Callable,
    Cancel,
    CompletableOp,
    MockMovable,
    Op,
    OpState,
    Queue,
    errors,
    values,
)
from alidade._constants import NotifyFlags, OpFlags
from alidade._library import ffi, lib
from support import eventually

ENDS = (OpState.DONE, OpState.FAILED, OpState.CANCELLED)


class Model:
    """What an operation, a queue, an axis or a cancel must be."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)


class Machine(RuleBasedStateMachine):
    ops = Bundle("ops")
    queues = Bundle("queues")
    stages = Bundle("stages")
    motions = Bundle("motions")
    cancels = Bundle("cancels")
    functions = Bundle("functions")

    def __init__(self) -> None:
        super().__init__()
        gc.collect()
        self.handles = lib.ald_handle_count()
        self.alive: list[Any] = []

    # Operations of the application

    @rule(target=ops, pausable=st.booleans())
    def make_op(self, pausable: bool) -> Any:
        model = Model(
            op=CompletableOp(pausable=pausable),
            state=OpState.PENDING,
            pausable=pausable,
            asked=OpFlags(0),
            result=None,
            listeners=[],
        )
        self.alive.append(model)
        return model

    @rule(m=ops, done=st.floats(0, 10))
    def advance(self, m: Any, done: float) -> None:
        if m.state in ENDS:
            with pytest.raises(errors.StateError):
                m.op.advance(done, 10)
            return
        m.op.advance(done, 10)
        if m.state is OpState.PENDING:
            m.state = OpState.PAUSED if m.asked & OpFlags.ASKED_PAUSE else OpState.RUNNING
        assert m.op.progress().done == done

    @rule(m=ops)
    def pause(self, m: Any) -> None:
        try:
            m.op.pause()
        except errors.UnsupportedError:
            assert not m.pausable
        except errors.StateError:
            assert m.state in ENDS
        else:
            assert m.pausable
            if m.state not in ENDS:
                m.asked |= OpFlags.ASKED_PAUSE
                m.state = m.op.state
                assert m.state in (OpState.PENDING, OpState.PAUSED)

    @rule(m=ops)
    def resume(self, m: Any) -> None:
        try:
            m.op.resume()
        except (errors.UnsupportedError, errors.StateError):
            assert not m.pausable or m.state in ENDS or not m.asked & OpFlags.ASKED_PAUSE
        else:
            if m.state not in ENDS:
                m.asked &= ~OpFlags.ASKED_PAUSE
                m.state = m.op.state
                assert m.state in (OpState.PENDING, OpState.RUNNING)

    @rule(m=ops)
    def cancel_op(self, m: Any) -> None:
        m.op.cancel()
        if m.state not in ENDS:
            m.asked |= OpFlags.ASKED_CANCEL

    @rule(m=ops)
    def look_what_is_asked(self, m: Any) -> None:
        other = m.asked ^ OpFlags.ASKED_CANCEL
        if m.state in ENDS:
            with pytest.raises(errors.StateError):
                m.op.wait_asked(other, timeout=0)
        else:
            assert m.op.wait_asked(other, timeout=0) == m.asked
            with pytest.raises(errors.TimedOutError):
                m.op.wait_asked(m.asked, timeout=0)

    @rule(m=ops, result=st.one_of(st.none(), st.integers(-9, 9), st.floats(allow_nan=False)))
    def finish(self, m: Any, result: Any) -> None:
        if m.state in ENDS:
            with pytest.raises(errors.StateError):
                m.op.finish(result)
            return
        m.op.finish(result)
        m.state, m.result = OpState.DONE, result
        self.told(m, 0, result)

    @rule(m=ops, cancelled=st.booleans())
    def fail(self, m: Any, cancelled: bool) -> None:
        error = errors.CancelledError("x") if cancelled else ZeroDivisionError("x")
        if m.state in ENDS:
            with pytest.raises(errors.StateError):
                m.op.fail(error)
            return
        m.op.fail(error)
        m.state = OpState.CANCELLED if cancelled else OpState.FAILED
        self.told(m, errors.CancelledError.code if cancelled else errors.CallbackError.code, None)

    def told(self, m: Any, status: int, value: Any) -> None:
        for q, tag in m.listeners:
            if not q.closed:
                q.expected.append((tag, status, value))

    @rule(m=ops)
    def wait(self, m: Any) -> None:
        if m.state not in ENDS:
            with pytest.raises(errors.TimedOutError):
                m.op.wait(0)
            with pytest.raises(errors.StateError):
                m.op.result()
        elif m.state is OpState.DONE:
            assert m.op.wait() == m.result
        else:
            kind = errors.CancelledError if m.state is OpState.CANCELLED else Exception
            with pytest.raises(kind):
                m.op.wait()

    @rule(m=ops, q=queues, tag=st.integers(0, 2**64 - 1))
    def notify(self, m: Any, q: Any, tag: int) -> None:
        err = ffi.new("ald_error **")
        status = lib.ald_op_notify(m.op._h, q.queue._h, tag, int(NotifyFlags.ENDED), err)
        lib.ald_error_unref(err[0])
        assert (status == 0) == (not q.closed)
        if status == 0:
            if m.state in ENDS:
                self.told(
                    Model(listeners=[(q, tag)]),
                    {
                        OpState.DONE: 0,
                        OpState.CANCELLED: errors.CancelledError.code,
                        OpState.FAILED: errors.CallbackError.code,
                    }[m.state],
                    m.result,
                )
            else:
                m.listeners.append((q, tag))

    @rule(m=consumes(ops))
    def forget_op(self, m: Any) -> None:
        """An operation of the application that is forgotten ends as cancelled."""
        running = m.state not in ENDS
        m.op = None
        self.alive.remove(m)
        gc.collect()
        if running and m.listeners:
            self.told(m, errors.CancelledError.code, None)
            # The reaper ends it.
            for q, _ in m.listeners:
                assert q.closed or eventually(
                    lambda q=q: q.queue.stats().waiting >= len(q.expected)
                )

    # Queues

    @rule(target=queues, capacity=st.integers(1, 5))
    def make_queue(self, capacity: int) -> Any:
        # What records of ends have no room for is kept beyond the capacity.
        model = Model(
            queue=Queue(capacity, "drop_newest"), capacity=capacity, expected=deque(), closed=False
        )
        self.alive.append(model)
        return model

    @rule(q=queues, value=st.integers(-9, 9), tag=st.integers(0, 9))
    def push(self, q: Any, value: int, tag: int) -> None:
        if q.closed:
            with pytest.raises(errors.ClosedError):
                q.queue.push(value=value, tag=tag)
            return
        q.queue.push({"some": ["payload"]}, value=value, tag=tag)
        if len(q.expected) < q.capacity:
            q.expected.append((tag, 0, value))

    @rule(q=queues)
    def drain(self, q: Any) -> None:
        if q.closed and not q.expected:
            with pytest.raises(errors.ClosedError):
                q.queue.drain()
            return
        got = [(record.tag, record.status, record.value) for record in q.queue.drain()]
        assert got == list(q.expected)
        q.expected.clear()

    @rule(q=queues)
    def take(self, q: Any) -> None:
        if q.expected:
            record = q.queue.next(0)
            assert (record.tag, record.status, record.value) == q.expected.popleft()
            # `next` drains ahead: what it took makes room.
            rest = [(r.tag, r.status, r.value) for r in q.queue._ready]
            assert rest == list(q.expected)[: len(rest)]
            if rest:
                assert [(r.tag, r.status, r.value) for r in q.queue.drain()] == list(q.expected)
                q.expected.clear()
        elif not q.closed:
            with pytest.raises(errors.TimedOutError):
                q.queue.next(0)

    @rule(q=queues)
    def close_queue(self, q: Any) -> None:
        q.queue.close()
        q.closed = True

    @rule(q=queues)
    def queue_in_a_value(self, q: Any) -> None:
        assert values.from_value(values.to_value([q.queue])) == [q.queue]

    # Axes

    @rule(target=stages, latency=st.sampled_from([0.0, 0.001]))
    def make_stage(self, latency: float) -> Any:
        stage = MockMovable(velocity=1e5, settle_time=0, latency=latency)
        model = Model(stage=stage, closed=False, motion=None)
        self.alive.append(model)
        return model

    @rule(s=stages, to=st.floats(-150, 150))
    def move(self, s: Any, to: float) -> None:
        try:
            reached = s.stage.move_abs(to, timeout=10)
        except errors.ClosedError:
            assert s.closed
        except errors.RangeError:
            assert abs(to) > 100
        except errors.BusyError:
            assert s.motion is not None
        else:
            assert reached == to
            assert s.stage.position() == to

    @rule(target=motions, s=stages, to=st.floats(-100, 100))
    def start_move(self, s: Any, to: float) -> Any:
        try:
            op: Op | None = s.stage.start_move(to)
        except errors.ClosedError:
            assert s.closed
            op = None
        except errors.BusyError:
            assert s.motion is not None
            op = None
        else:
            s.motion = op
        return Model(op=op, to=to, stage=s)

    @rule(m=motions, cancel=st.booleans())
    def end_motion(self, m: Any, cancel: bool) -> None:
        if m.op is None:
            return
        if cancel:
            m.op.cancel()
        try:
            assert m.op.wait(10) == m.to
        except (errors.CancelledError, errors.ClosedError):
            assert m.op.state in (OpState.CANCELLED, OpState.FAILED)
        assert m.op.done
        if m.stage.motion is m.op:
            m.stage.motion = None

    @rule(s=stages)
    def stop(self, s: Any) -> None:
        try:
            s.stage.stop()
        except errors.ClosedError:
            assert s.closed
        else:
            s.motion = None
            assert s.stage.get("settled") is True

    @rule(s=stages)
    def close_stage(self, s: Any) -> None:
        s.stage.close()
        s.closed, s.motion = True, None

    # Cancels and functions

    @rule(target=cancels)
    def make_cancel(self) -> Any:
        model = Model(cancel=Cancel(), triggered=False)
        self.alive.append(model)
        return model

    @rule(c=cancels)
    def trigger(self, c: Any) -> None:
        c.cancel.trigger()
        c.triggered = True

    @rule(c=cancels, m=ops)
    def wait_with_a_cancel(self, c: Any, m: Any) -> None:
        status = lib.ald_op_wait(m.op._h, 0, c.cancel._h, ffi.NULL)
        if m.state in ENDS:
            assert status == 0
        elif c.triggered:
            assert status == errors.CancelledError.code
        else:
            assert status == errors.TimedOutError.code
        assert c.cancel.triggered == c.triggered

    @rule(target=functions)
    def make_function(self) -> Any:
        model = Model(function=Callable(lambda x: [x]), closed=False)
        self.alive.append(model)
        return model

    @rule(f=functions, x=st.integers(-9, 9))
    def call_function(self, f: Any, x: int) -> None:
        if f.closed:
            with pytest.raises(errors.ClosedError):
                f.function.call(x)
        else:
            assert f.function.call(x) == [x]

    @rule(f=functions)
    def close_function(self, f: Any) -> None:
        f.function.close()
        f.closed = True

    # What holds always

    @invariant()
    def states_are_as_expected(self) -> None:
        for m in self.alive:
            if hasattr(m, "op"):
                assert m.op.state is m.state

    @precondition(lambda self: self.alive)
    @invariant()
    def everything_can_be_shown(self) -> None:
        repr(self.alive[-1].__dict__)

    def teardown(self) -> None:
        self.alive.clear()
        self.bundles.clear()
        self.names_to_values.clear()


Machine.TestCase.settings = settings(max_examples=25, stateful_step_count=30)
test_machine = Machine.TestCase


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_machine_for_long() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Machine, settings=settings(max_examples=500, stateful_step_count=50))
