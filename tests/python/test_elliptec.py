"""The driver elliptec against its simulated instruments, with the faults of real lines."""

from __future__ import annotations

import asyncio
import time

import pytest

import alidade
from alidade import Bench, Device, Simulation, aio
from instruments import BAD_ANSWER, answer, driven
from support import eventually

pytestmark = pytest.mark.timeout(90)

PULSE = 360 / 143360


def test_motors_are_found_and_tell_who_they_are() -> None:
    with driven("elliptec", addresses="0,2,A", serial_number=11400517) as (_, bus):
        assert bus.describe()["children"] == ["0", "2", "A"]
        known = bus.child("2").describe()
        assert (known["vendor"], known["model"]) == ("Thorlabs", "ELL14")
        assert (known["serial_number"], known["firmware"]) == ("11400518", "17")
        assert bus.child("A").unit == "deg"
        assert bus.child("A").get("model") == "ELL14 11400519"


def test_motors_can_be_named() -> None:
    options = {"addresses": ["2", "0"], "names": ["plate", "analyser"]}
    with driven("elliptec", options, addresses="0,2,3") as (_, bus):
        assert bus.describe()["children"] == ["plate", "analyser"]
        assert bus.child("plate").get("model") == "ELL14 11400518"  # that of address 2


def test_a_motor_that_is_missing_is_named() -> None:
    with Simulation("elliptec", addresses="0") as instrument:
        device = Device("bus", "elliptec", {"uri": instrument.uri, "addresses": ["0", "5"]})
        with pytest.raises(alidade.NotFoundError, match="address 5"):
            device.open()
        device = Device("bus", "elliptec", {"uri": instrument.uri, "addresses": ["G"]})
        with pytest.raises(alidade.InvalidError, match="'G' is no address"):
            device.open()


def test_an_empty_bus_is_an_error() -> None:
    with Simulation("elliptec", addresses="0") as instrument:
        instrument.set_faults(silence=True)
        with pytest.raises(alidade.NotFoundError, match="no motor answers"):
            Device("bus", "elliptec", {"uri": instrument.uri}).open()


def test_it_turns_the_plate_of_the_bench() -> None:
    bench = Bench()
    with driven("elliptec", {"addresses": ["0"]}, bench=bench) as (_, bus):
        plate = bus.child("0")
        assert plate.move_abs(45.0) == 45.0
        assert bench.get("waveplate") == 45.0
        assert plate.move_rel(-22.5) == 22.5
        assert plate.move_abs(10.001) == pytest.approx(10.001, abs=PULSE)
        assert plate.move_abs(-30.0) == pytest.approx(-30.0, abs=PULSE)
        assert plate.home() == pytest.approx(0.0) or plate.position() == 0.0


def test_moves_at_once_leave_the_motor_its_pause() -> None:
    with driven("elliptec", {"addresses": ["0"]}) as (_, bus):
        plate = bus.child("0")
        # The simulated motor goes to 0 if it is asked too soon, as the real ones do.
        assert [plate.move_abs(x) for x in (10.0, 20.0, 30.0)] == pytest.approx(
            [10.0, 20.0, 30.0], abs=PULSE
        )


def test_several_motors_move_at_once() -> None:
    with driven("elliptec", addresses="0,1,2,3") as (_, bus):
        for distance in (30.0, 90.0):
            motors = [bus.child(name) for name in "0123"]
            motions = [m.start_move(distance * (i + 1)) for i, m in enumerate(motors)]
            assert [m.wait() for m in motions] == pytest.approx(
                [distance * (i + 1) for i in range(4)], abs=PULSE
            )
            assert [m.position() for m in motors] == pytest.approx(
                [distance * (i + 1) for i in range(4)], abs=PULSE
            )


def test_the_others_answer_while_one_moves() -> None:
    with driven("elliptec", addresses="0,1") as (_, bus):
        slow, other = bus.child("0"), bus.child("1")
        slow.set("velocity", 20.0)
        motion = slow.start_move(60.0)
        seen = []
        until = time.monotonic() + 0.3  # it has begun by then
        while time.monotonic() < until:
            seen.append(slow.position())
        assert other.position() == 0.0
        assert motion.wait() == pytest.approx(60.0, abs=PULSE)
        assert seen == sorted(seen)
        assert seen[-1] > seen[0]


def test_settings_are_read_back() -> None:
    with driven("elliptec") as (_, bus):
        motor = bus.child("0")
        assert motor.set("velocity", 60.0) == 60.0
        assert motor.set("jog_step", 12.5) == pytest.approx(12.5, abs=PULSE)
        assert motor.get("settled") is True
        motor.act("save")
        motor.act("search_frequency")
        with pytest.raises(alidade.RangeError):
            motor.set("velocity", 0.0)


def test_a_stage_has_limits_in_millimetres() -> None:
    with driven("elliptec", model=17) as (_, bus):
        stage = bus.child("0")
        assert stage.unit == "mm"
        assert stage.limits == (0.0, 28.0)
        assert stage.move_abs(7.5) == 7.5
        with pytest.raises(alidade.RangeError, match="28"):
            stage.move_abs(28.5)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (2, alidade.TimedOutError, "mechanical time-out"),
        (4, alidade.RangeError, "out of range"),
        (8, alidade.StateError, "thermal"),
        (10, alidade.StateError, "sensor"),
        (13, alidade.StateError, "over-current"),
    ],
)
def test_a_motion_that_fails_says_why(status: int, error: type[Exception], words: str) -> None:
    with driven("elliptec", fails=status) as (_, bus):
        motor = bus.child("0")
        with pytest.raises(error, match=f"'0' answered 'move' with status 0.*{words}"):
            motor.move_abs(10.0)


def test_buttons_change_the_position_without_being_asked() -> None:
    with driven("elliptec", addresses="0,1") as (instrument, bus):
        motor = bus.child("1")
        assert motor.position() == 0.0
        instrument.say(b"1BS00\r\n1BO00004600\r\n")
        assert bus.child("0").position() == 0.0  # and they are no answer to another question
        assert eventually(lambda: motor.cached("position")[0] > 0)
        assert motor.cached("position")[0] == pytest.approx(0x4600 * PULSE)
        instrument.say(b"1BO00000000\r\n")  # while nobody asks anything
        assert eventually(lambda: motor.cached("position")[0] == 0.0)


def test_a_second_task_stops_it_and_a_cancelled_task_too() -> None:
    bench = Bench()

    async def main(uri: str) -> None:
        async with aio.Device("bus", "elliptec", {"uri": uri}) as bus:
            plate = bus.child("0")
            await plate.set("velocity", 20.0)
            moving = asyncio.ensure_future(plate.move_abs(300.0))
            while bench.get("waveplate") < 60:
                await asyncio.sleep(0.001)
            await plate.stop()
            with pytest.raises(alidade.CancelledError, match="stopped at"):
                await moving
            here = await plate.position()
            assert 0 < here < 300.0
            moving = asyncio.ensure_future(plate.move_abs(0.0))
            while bench.get("waveplate") > here - 1:
                await asyncio.sleep(0.001)
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            assert await plate.get("settled")
            assert 0 < await plate.position() < here

    with Simulation("elliptec", bench) as instrument:
        asyncio.run(main(instrument.uri))


def test_closing_stops_the_motor() -> None:
    bench = Bench()
    with driven("elliptec", {"addresses": ["0"]}, bench=bench) as (_, bus):
        bus.child("0").set("velocity", 10.0)
        motion = bus.child("0").start_move(300.0)
        time.sleep(0.2)
        bus.close()
        with pytest.raises(alidade.Error):
            motion.wait()
    assert 0 < bench.get("waveplate") < 300
    assert bench.get("waveplate.velocity") == 0


# --- faults of the line ---


def test_a_lost_arrival_is_found_out() -> None:
    with driven("elliptec", {"addresses": ["0"]}) as (instrument, bus):
        plate = bus.child("0")
        plate.set("velocity", 50.0)
        motion = plate.start_move(60.0)
        time.sleep(0.1)
        instrument.set_faults(silence=True)
        time.sleep(0.5)  # it arrives, and nobody hears it
        instrument.set_faults(silence=False)
        assert motion.wait(20.0) == pytest.approx(60.0, abs=PULSE)


def test_a_late_reply_is_never_the_answer_to_the_next_question() -> None:
    with driven("elliptec", addresses="0,1") as (instrument, bus):
        first, second = bus.child("0"), bus.child("1")
        first.move_abs(30.0)
        for _ in range(3):
            instrument.set_faults(delay=0.4)
            with pytest.raises(alidade.TimedOutError):
                first.get("position", timeout=0.15)
            instrument.set_faults(delay=0.0)
            assert second.get("position") == 0.0
            assert first.get("jog_step") == pytest.approx(45.0, abs=PULSE)


@pytest.mark.parametrize(
    "reply",
    [
        b"0PO0000\r\n",
        b"0PO0000000G\r\n",
        b"0PO000000000\r\n",
        b"PO00000000\r\n",
        b"0POnan\r\n",
        b"\r\n",
    ],
)
def test_what_is_no_position_is_never_zero(reply: bytes) -> None:
    with driven("elliptec") as (instrument, bus):
        motor = bus.child("0")
        motor.move_abs(30.0)
        with pytest.raises(BAD_ANSWER):
            answer(instrument, motor, "position", reply)
        assert motor.position() == pytest.approx(30.0, abs=PULSE)


def test_the_answer_of_another_motor_is_not_taken() -> None:
    with driven("elliptec", addresses="0,1") as (instrument, bus):
        assert bus.child("0").position() == 0.0
        reply = b"1PO00000118\r\n0PO00001180\r\n"
        assert answer(instrument, bus.child("0"), "position", reply) == 0x1180 * PULSE


def test_replies_in_pieces_are_whole() -> None:
    with driven("elliptec") as (instrument, bus):
        instrument.set_faults(chunk=1, chunk_pause=0.001)
        assert bus.child("0").move_abs(30.0) == pytest.approx(30.0, abs=PULSE)


def test_unplugged_during_a_move() -> None:
    with driven("elliptec") as (instrument, bus):
        motor = bus.child("0")
        motor.set("velocity", 10.0)
        motion = motor.start_move(300.0)
        time.sleep(0.1)
        instrument.unplug()
        with pytest.raises(alidade.DisconnectedError):
            motion.wait(5.0)
        assert eventually(lambda: bus.state.name == "DISCONNECTED")
