"""tl_elliptec and pylablib at the simulated bus of Elliptec motors: motors' data, long services,
continuous motion, groups and travel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import tl_elliptec
from pylablib.devices.Thorlabs.elliptec import ElliptecMotor, ThorlabsError
from tl_elliptec import ElliptecBus, StatusCode, create_device

from alidade import Simulation
from support import eventually

pytestmark = pytest.mark.timeout(120)

PULSE = 360 / 143360


@contextmanager
def at(models: str, **options: object) -> Iterator[ElliptecBus]:
    addresses = ",".join("0123456789ABCDEF"[: models.count(",") + 1])
    with (
        Simulation("elliptec", addresses=addresses, models=models, **options) as instrument,
        ElliptecBus(instrument.path) as bus,
    ):
        yield bus


def status(bus: ElliptecBus) -> int:
    """The client's own question waits until a motor is not busy."""
    bus.send("0", "gs")
    return bus.read_reply(timeout=5).as_status_code()


@contextmanager
def at_pylablib(models: str, **options: object) -> Iterator[ElliptecMotor]:
    addresses = list(range(models.count(",") + 1))
    with Simulation(
        "elliptec", addresses=",".join(map(str, addresses)), models=models, **options
    ) as instrument:
        motor = ElliptecMotor((instrument.path, 9600), addrs=addresses, default_addr=0)
        try:
            yield motor
        finally:
            motor.close()


# --- tl_elliptec ---


def test_tl_elliptec_tunes_motors() -> None:
    with at("14") as bus:
        rotator = create_device(bus, "0")
        assert isinstance(rotator, tl_elliptec.ELL14)
        for motor in (1, 2):
            assert rotator.get_motor_info(motor).forward_period == 0xBD
            rotator.set_forward_frequency(motor, 80000.0)
            rotator.set_backward_frequency(motor, 105000.0)
            told = rotator.get_motor_info(motor)
            assert told.forward_frequency_hz == pytest.approx(80000.0, rel=0.01)
            assert told.backward_frequency_hz == pytest.approx(105000.0, rel=0.01)
            # 8FFF; where it is asked for the factory's itself it sends three digits of the four.
            rotator.set_forward_period(motor, 0xFFF)
            assert rotator.get_motor_info(motor).forward_period == 0xBD
        rotator.skip_frequency_search()


@pytest.mark.parametrize("service", ["optimize_motors", "clean_mechanics"])
def test_tl_elliptec_waits_for_long_services_and_aborts_them(service: str) -> None:
    with at("17", service_time=0.3) as bus:
        assert getattr(create_device(bus, "0"), service)(timeout=20) == StatusCode.OK
    with at("17", service_time=600) as bus:
        bus.send("0", "om" if service == "optimize_motors" else "cm")
        assert bus.read_reply(timeout=5).as_status_code() == StatusCode.BUSY
        bus.send_urgent("0", "st")
        assert bus.read_reply(timeout=5).as_status_code() == StatusCode.OK


def test_tl_elliptec_lets_an_ell14_run_on_and_stops_it() -> None:
    with at("14") as bus:
        rotator = create_device(bus, "0")
        rotator.set_velocity(50)
        rotator.set_jog_step_size_pulses(0)
        bus.send("0", "fw")
        assert eventually(lambda: rotator.get_position() > 400)
        assert status(bus) == StatusCode.BUSY
        rotator.stop()
        assert bus.read_reply(timeout=5).as_status_code() == StatusCode.OK
        assert eventually(lambda: status(bus) == StatusCode.OK)
        stood = rotator.get_position_pulses()
        assert rotator.get_position_pulses() == stood


def test_tl_elliptec_moves_a_group() -> None:
    with at("9,9") as bus:
        # From the new address, as page 44 has it; the client's own method waits for the old one.
        bus.request("1", "ga", "0", reply_address="0")
        bus.send("0", "fw")
        assert [bus.read_reply(timeout=5).address for _ in "01"] == ["0", "1"]
        assert create_device(bus, "1").get_position_pulses() == 31


def test_tl_elliptec_hears_nothing_of_an_isolated_motor() -> None:
    with at("14,17", minute=3600) as bus:
        assert bus.scan(addresses="01") == ["0", "1"]
        bus.send("0", "is", "01")
        assert bus.scan(addresses="01") == ["1"]


def test_tl_elliptec_is_told_of_a_target_beyond_the_travel() -> None:
    with at("20") as bus:
        stage = create_device(bus, "0")
        with pytest.raises(tl_elliptec.ElliptecStatusError) as told:
            stage.move_absolute(60.5)
        assert told.value.status == 12
        assert stage.get_status() == 12
        assert stage.get_status() == StatusCode.OK


# --- pylablib ---


def test_pylablib_knows_the_bus() -> None:
    with at_pylablib("14,17") as motor:
        assert motor.get_connected_addrs() == [0, 1]
        told = motor.get_device_info(addr=0)
        assert (told.model_no, told.serial_no, told.travel, told.pulse) == (
            14,
            "11400517",
            360,
            143360,
        )
        assert motor.move_to(45.0, addr=0)
        assert motor.get_position(addr=0) == pytest.approx(45.0, abs=PULSE)
        assert motor.move_by(-15.0, addr=0)
        assert motor.get_position(addr=0) == pytest.approx(30.0, abs=2 * PULSE)
        assert motor.home(addr=0)
        assert motor.set_velocity(60, addr=0) == 60
        assert motor.change_addr(5, addr=1) == "ok"
        assert motor.get_status(addr=5) == "ok"


def test_pylablib_tells_of_motors_and_searches() -> None:
    with at_pylablib("14", search_time=0.2) as motor:
        told = motor.get_motor_info(motor=1)
        assert told.loop
        assert told.current == pytest.approx(0.57, abs=0.01)
        assert (told.fw_freq, told.bk_freq) == (14740000 / 0xBD, 14740000 / 0x8B)
        for which in (1, 2):
            assert motor.search_frequency(motor=which) == motor.get_frequency(motor=which)
        assert motor.query("f1", "804E", reply_comm="GS").data == b"00"
        assert motor.get_frequency(motor=1) == (14740000 / 0x4E, 14740000 / 0x8B)
        # It sends the period without the digit 8 that page 15 asks for.
        with pytest.raises(ThorlabsError, match="value_out_of_range"):
            motor.set_frequency(fw_freq=80000.0, motor=1)


def test_pylablib_is_told_of_a_target_beyond_the_travel() -> None:
    with at_pylablib("17") as motor:
        motor.set_scale("step")
        with pytest.raises(ThorlabsError, match="out_of_range"):
            motor.move_to(0x7001)
        assert motor.get_status() == "ok"
