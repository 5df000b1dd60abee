"""The driver esp300 against its simulated instrument, with the faults of real lines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import alidade
from alidade import Bench, Device, Simulation, aio
from instruments import (
    BAD_ANSWER,
    NO_NUMBERS,
    answer,
    driven,
    no_number,
    read_until_it_is_gone,
    unread,
)
from support import eventually, every

pytestmark = pytest.mark.timeout(90)


def test_it_tells_who_it_is() -> None:
    with driven("esp300", version="ESP300 Version 3.08 09/09/02", axes=2) as (_, stage):
        known = stage.describe()
        assert (known["vendor"], known["model"]) == ("Newport", "ESP300")
        assert known["firmware"] == "3.08 09/09/02"
        assert known["children"] == ["1", "2"]
        x = stage.child("1")
        assert x.unit == "mm"
        assert x.limits == (-25.0, 25.0)
        assert x.get("stage") == "SIM-STAGE, SN0001"
        assert x.get("enabled") is True


def test_axes_have_names_of_ones_choice() -> None:
    with driven("esp300", {"axis_names": ["x", "y"]}) as (_, stage):
        assert stage.describe()["children"] == ["x", "y", "3"]


def test_it_moves_the_bench() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (_, stage):
        x, y = stage.child("1"), stage.child("2")
        assert x.move_abs(1.25) == 1.25
        assert x.move_rel(-0.5) == 0.75
        assert y.move_abs(-0.5) == -0.5
        assert (bench.get("stage/x"), bench.get("stage/y")) == (0.75, -0.5)
        assert x.position() == 0.75
        assert x.get("settled") is True


@pytest.mark.parametrize(
    ("number", "unit", "other", "size"),
    [
        (0, "1", "1", 1), (1, "1", "1", 1), (2, "mm", "um", 1000), (3, "um", "nm", 1000),
        (4, "[in_i]", "mm", 25.4), (5, "[mil_i]", "um", 25.4), (6, "10*-6.[in_i]", "nm", 25.4),
        (7, "deg", "'", 60), (8, "gon", "deg", 0.9), (9, "rad", "mrad", 1000),
        (10, "mrad", "urad", 1000), (11, "urad", "nrad", 1000),
    ],
)  # fmt: skip
def test_an_axis_has_each_unit_of_the_controller(
    number: int, unit: str, other: str, size: float
) -> None:
    with driven("esp300", units=number) as (_, stage):
        x = stage.child("1")
        assert x.unit == unit
        assert x.move_abs(0.5, unit=unit) == 0.5
        assert x.move_abs(0.25 * size, unit=other) == 0.25
        assert x.schema("velocity").unit == f"{unit}/s"
        assert x.set("velocity", 3.0) == 3.0


def test_settings_are_read_back() -> None:
    with driven("esp300") as (_, stage):
        x = stage.child("1")
        assert x.set("velocity", 12.5) == 12.5
        assert x.set("acceleration", 100.0) == 100.0
        assert (x.get("velocity"), x.get("acceleration")) == (12.5, 100.0)
        with pytest.raises(alidade.RangeError, match="50"):
            x.set("velocity", 51.0)


def test_a_move_tells_how_far_it_is() -> None:
    with driven("esp300") as (_, stage):
        motion = stage.child("1").start_move(3.0)
        seen = [p for p in motion.updates() if p.phase == "moving"]
        assert motion.wait() == 3.0
        assert seen
        assert every(p.total == 3.0 and 0 <= p.done <= 3.0 and p.unit == "mm" for p in seen)


def test_limits_of_the_controller_are_those_of_the_axis() -> None:
    with driven("esp300", min=-2.0, max=3.0) as (_, stage):
        x = stage.child("1")
        assert x.limits == (-2.0, 3.0)
        with pytest.raises(alidade.RangeError, match="mm"):
            x.move_abs(3.5)
        assert x.position() == 0.0


@pytest.mark.parametrize("silence", [0.0, 2.0])
def test_a_limit_switch_is_an_error_and_position_is_unknown(silence: float) -> None:
    bench = Bench(quantities={"stage/x.max": 1.0})
    with driven("esp300", bench=bench, limit_silence=silence) as (_, stage):
        x = stage.child("1")
        with pytest.raises(alidade.RangeError, match=r"axis '1' .*104 \(POSITIVE HARDWARE LIMIT"):
            x.move_abs(2.0)
        assert x.get("position_known") is False
        assert x.position() == 1.0
        x.home()
        assert x.get("position_known") is True
        assert x.position() == 0.0


def test_a_motor_that_is_off_is_named_with_what_to_do() -> None:
    with driven("esp300", {"enable": False}) as (_, stage):
        x = stage.child("1")
        assert x.get("enabled") is False
        with pytest.raises(alidade.StateError, match=r"113 .MOTOR NOT ENABLED.*'enabled' to true"):
            x.move_abs(1.0)
        assert x.set("enabled", True) is True
        assert x.move_abs(1.0) == 1.0


def test_a_stalled_stage_is_stopped_when_the_time_is_up() -> None:
    with driven("esp300", stall=True) as (_, stage):
        x = stage.child("1")
        with pytest.raises(alidade.TimedOutError, match=r"not reached 5 mm .* stopped at 0 mm"):
            x.move_abs(5.0, timeout=0.4)
        assert x.get("settled") is True


def test_a_stage_held_fast_on_the_bench_stalls() -> None:
    bench = Bench(quantities={"stage/x.stuck": 1.0})
    with driven("esp300", bench=bench) as (_, stage), pytest.raises(alidade.TimedOutError):
        stage.child("1").move_abs(5.0, timeout=0.3)


def test_only_one_motion_at_a_time() -> None:
    with driven("esp300") as (_, stage):
        x = stage.child("1")
        motion = x.start_move(10.0)
        with pytest.raises(alidade.BusyError):
            x.move_abs(1.0)
        assert x.position() < 10.0  # it answers while it moves
        x.stop()
        with pytest.raises(alidade.CancelledError, match="stopped at"):
            motion.wait()
        assert x.get("settled") is True


def test_several_axes_move_at_once() -> None:
    with driven("esp300") as (_, stage):
        motions = [stage.child(name).start_move(1.5) for name in "123"]
        assert [m.wait() for m in motions] == [1.5, 1.5, 1.5]


def test_stopping_an_axis_that_stands_is_no_error() -> None:
    with driven("esp300") as (_, stage):
        x = stage.child("1")
        x.stop()
        assert x.move_abs(0.5) == 0.5


def test_closing_stops_the_stage() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (_, stage):
        motion = stage.child("1").start_move(20.0)
        time.sleep(0.2)
        stage.close()
        with pytest.raises(alidade.Error):
            motion.wait()
    here = bench.get("stage/x")
    assert 0 < here < 20
    assert bench.get("stage/x.velocity") == 0
    time.sleep(0.05)
    assert bench.get("stage/x") == here


def test_a_second_task_stops_it_and_a_cancelled_task_too() -> None:
    async def main(uri: str) -> None:
        async with aio.Device("stage", "esp300", {"uri": uri}) as stage:
            x = stage.child("1")
            moving = asyncio.ensure_future(x.move_abs(20.0))
            await asyncio.sleep(0.2)
            await x.stop()
            with pytest.raises(alidade.CancelledError):
                await moving
            assert 0 < await x.position() < 20.0

            moving = asyncio.ensure_future(x.move_abs(-20.0))
            await asyncio.sleep(0.2)
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            assert await x.get("settled")
            assert await x.move_abs(0.0) == 0.0

    with Simulation("esp300") as instrument:
        asyncio.run(main(instrument.uri))


# --- a controller that begins anew ---


def test_a_banner_that_was_not_asked_for_is_a_reset() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        motion = x.start_move(20.0)
        time.sleep(0.1)
        instrument.set_faults(silence=True)
        time.sleep(0.1)
        instrument.say(b"ESP300 Version 3.04 07/27/01\r\n")
        with pytest.raises(alidade.StateLostError, match="reset"):
            motion.wait()
        instrument.set_faults(silence=False)
        assert x.get("position_known") is False


def test_a_reset_without_a_banner_shows_in_motor_and_position() -> None:
    with Simulation("esp300") as instrument:
        # Somebody else at the same line, from before it was locked.
        other = os.open(instrument.path, os.O_RDWR | os.O_NOCTTY)
        try:
            with Device("stage", "esp300", {"uri": instrument.uri}) as stage:
                x = stage.child("1")
                motion = x.start_move(20.0)
                time.sleep(0.2)
                os.write(other, b"RS\r")
                with pytest.raises(alidade.StateLostError, match="reset during the move"):
                    motion.wait()
                assert x.get("position_known") is False
                with pytest.raises(alidade.StateError, match="MOTOR NOT ENABLED"):
                    x.move_abs(1.0)
        finally:
            os.close(other)


# --- faults of the line ---


def test_silence_is_a_timeout_and_passes() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        instrument.set_faults(silence=True)
        with pytest.raises(alidade.TimedOutError, match="1TP"):
            x.get("position", timeout=0.2)
        instrument.set_faults(silence=False)
        assert x.get("velocity") == 5.0


def test_a_stop_does_not_wait_for_those_that_wait() -> None:
    bench = Bench()
    with driven("esp300", bench=bench) as (instrument, stage):
        x, y = stage.child("1"), stage.child("2")
        y.move_abs(1.25)
        motion = x.start_move(20.0)
        time.sleep(0.1)
        instrument.set_faults(silence=True)
        waiting = [y.start_get("position", timeout=5.0) for _ in range(10)]
        time.sleep(0.1)
        assert bench.get("stage/x.velocity") > 0
        stopping = x.start_act("stop")
        assert eventually(lambda: bench.get("stage/x.velocity") == 0, 1.0)
        instrument.set_faults(silence=False)
        stopping.wait(10.0)
        with pytest.raises(alidade.CancelledError):
            motion.wait(10.0)
        for reading in waiting:
            with contextlib.suppress(alidade.CancelledError):  # the one that was interrupted
                assert reading.wait(10.0) == 1.25
        assert y.get("velocity") == 5.0


def test_noise_between_questions_is_no_answer() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        for noise in (b"7\r\n", b"\x00\xff\x80\r\n", b"1.5", b"\r\n\r\n", b"x" * 3000):
            instrument.say(noise)
            assert eventually(lambda size=len(noise): unread(instrument) >= size)
            assert x.get("velocity") == 5.0


def test_a_late_reply_is_never_the_answer_to_the_next_question() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        x.move_abs(1.25)
        for _ in range(3):
            instrument.set_faults(delay=0.4)
            with pytest.raises(alidade.TimedOutError):
                x.get("position", timeout=0.15)
            instrument.set_faults(delay=0.0)
            assert x.get("velocity") == 5.0
            assert x.get("position") == 1.25


@pytest.mark.parametrize("seed", range(5))
def test_garbled_replies_are_errors_or_right(seed: int) -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        x.move_abs(1.25)
        instrument.set_faults(garble=1.0, seed=seed)
        with pytest.raises((*BAD_ANSWER, alidade.StateLostError)):
            x.get("position", timeout=0.3)
        instrument.set_faults(garble=0.0)
        assert x.get("position") == 1.25


@pytest.mark.parametrize("kept", range(5))
def test_truncated_replies_are_errors(kept: int) -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        x.move_abs(1.25)
        instrument.set_faults(truncate=kept)
        with pytest.raises(BAD_ANSWER):
            x.get("position", timeout=0.2)
        instrument.set_faults(truncate=-1)
        assert x.get("position") == 1.25


def test_an_echo_is_shown_with_the_command() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        instrument.set_faults(echo=True)
        with pytest.raises(BAD_ANSWER, match="1TP"):
            x.get("position", timeout=0.3)
        instrument.set_faults(echo=False)
        assert x.get("position") == 0.0


def test_replies_in_pieces_are_whole() -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        instrument.set_faults(chunk=1, chunk_pause=0.001)
        assert x.move_abs(0.25) == 0.25
        assert x.get("stage") == "SIM-STAGE, SN0001"


@pytest.mark.parametrize("byte", range(8))
def test_unplugged_at_each_byte_of_a_reply(byte: int) -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        instrument.set_faults(unplug_after=byte)
        with pytest.raises(alidade.DisconnectedError):
            read_until_it_is_gone(x, "position")
        assert eventually(lambda: stage.state.name == "DISCONNECTED")
        with pytest.raises(alidade.DisconnectedError):
            x.get("position")


def test_unplugged_during_a_move() -> None:
    with driven("esp300") as (instrument, stage):
        motion = stage.child("1").start_move(20.0)
        time.sleep(0.1)
        instrument.unplug()
        with pytest.raises(alidade.DisconnectedError):
            motion.wait(5.0)


def test_nobody_there_is_an_error_that_names_the_line() -> None:
    with Simulation("esp300") as instrument:
        instrument.set_faults(silence=True)
        device = Device("stage", "esp300", {"uri": instrument.uri})
        with pytest.raises(alidade.TimedOutError, match="pts"):
            device.open(timeout=0.5)
        instrument.set_faults(silence=False)
        device.open()
        assert device.child("1").position() == 0.0
        device.close()


def test_another_instrument_is_not_taken_for_it() -> None:
    with Simulation("newport-1830c") as instrument:
        device = Device("stage", "esp300", {"uri": instrument.uri})
        with pytest.raises((*BAD_ANSWER, alidade.NotFoundError)):
            device.open(timeout=0.8)


@pytest.mark.parametrize("reply", NO_NUMBERS)
def test_what_is_no_number_is_never_zero(reply: bytes) -> None:
    with driven("esp300") as (instrument, stage):
        x = stage.child("1")
        x.move_abs(1.25)
        no_number(instrument, x, "position", reply)
        assert x.get("position") == 1.25


NUMBER = re.compile(r"[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*")


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
@example(text="-0.5")
@example(text=" +1.25e-1 ")
@example(text="+-1")
@example(text="infinity")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reply_is_a_number_or_an_error(text: str) -> None:
    with driven("esp300", axes=1) as (instrument, stage):
        x = stage.child("1")
        if NUMBER.fullmatch(text):
            assert answer(instrument, x, "velocity", text.encode() + b"\r\n") == float(text)
        else:
            no_number(instrument, x, "velocity", text.encode() + b"\r\n")
