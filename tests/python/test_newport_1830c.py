"""The driver newport-1830c against its simulated instrument, with the faults of real lines."""

from __future__ import annotations

import asyncio
import os
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import alidade
import judge_1830c
from alidade import Bench, Device, Lab, Movable, Readable, Scan, Simulation, aio
from instruments import (
    BAD_ANSWER,
    NO_NUMBERS,
    answer,
    metered,
    no_number,
    read_until_it_is_gone,
    steady,
)
from support import eventually, every

pytestmark = pytest.mark.timeout(90)

OVERRANGE = 1
UNSETTLED = 2


@contextmanager
def judged(watts: float) -> Iterator[tuple[judge_1830c.Meter, Readable]]:
    """A meter that was written from its manual, and the open device."""
    with (
        judge_1830c.Meter(watts) as judge,
        Readable("it", "newport-1830c", {"uri": judge.uri}) as meter,
    ):
        yield judge, meter


class Raw:
    """A client of the simulated meter that knows nothing but bytes."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def send(self, *commands: str) -> None:
        for command in commands:
            os.write(self.fd, command.encode() + b"\n")

    def ask(self, question: str) -> str:
        self.send(question)
        came = b""
        while not came.endswith(b"\n"):
            came += os.read(self.fd, 64)
        return came.decode().strip()


def test_units_as_the_manual_numbers_them() -> None:
    with judged(2e-6) as (judge, meter):
        meter.act("store_reference")
        judge.watts = 1e-6
        assert meter.read() == pytest.approx(1e-6, rel=1e-3)
        for name, command in (("dBm", "U3"), ("dB", "U2"), ("REL", "U4"), ("W", "U1")):
            assert meter.set("units", name) == name
            assert command in judge.heard[-3:]
            if name in ("dB", "REL"):  # -3.01 dB are not 5.0e-4 W
                with pytest.raises(alidade.StateError, match="'units' to W"):
                    meter.read()
            else:
                assert meter.read() == pytest.approx(1e-6, rel=1e-3)


def test_the_simulated_meter_numbers_its_units_so_too() -> None:
    bench = steady(2e-6)
    with (
        Simulation("newport-1830c", bench, noise=0.0, noise_floor=0.0) as instrument,
        Raw(instrument.path) as client,
    ):
        client.send("F3", "U1")
        assert eventually(lambda: float(client.ask("D?")) == pytest.approx(2e-6, rel=1e-3))
        client.send("S")
        bench.set("laser.power", 1e-6)
        assert eventually(lambda: float(client.ask("D?")) == pytest.approx(1e-6, rel=1e-3))
        for command, shown in (("U2", -3.010), ("U3", -30.0), ("U4", 0.5), ("U1", 1e-6)):
            client.send(command)
            assert client.ask("U?") == command[1]
            assert float(client.ask("D?")) == pytest.approx(shown, rel=1e-3)


@pytest.mark.parametrize("older", [1, 2, 3])
def test_errors_that_are_older_are_no_errors_of_an_action(older: int) -> None:
    with judged(1e-6) as (judge, meter):
        judge.status = older
        meter.act("store_reference")
        assert "S" in judge.heard
        judge.status = older
        meter.act("clear_status")
        assert judge.status == 0


def test_an_older_error_of_the_simulated_meter_is_none_of_an_action() -> None:
    with Simulation("newport-1830c", steady()) as instrument:
        with Raw(instrument.path) as client:
            client.send("CS", "X1")  # it knows neither
            assert int(client.ask("Q?")) & 3 == 2
            client.send("L1", "L0", "K2", "C")
            assert int(client.ask("Q?")) & 3 == 0
            client.send("X1")
        with Readable("it", "newport-1830c", {"uri": instrument.uri}) as meter:
            meter.act("store_reference")
            meter.act("clear_status")


def test_what_a_meter_refuses_now_is_an_error() -> None:
    with judged(1e-6) as (judge, meter):
        judge.refused = {"S", "C", "O"}
        for action in ("store_reference", "clear_status", "calibrate"):
            judge.status = judge.COMMAND_ERROR if action == "clear_status" else 0
            with pytest.raises(alidade.StateError, match=f"refused '{action}'.*status is"):
                meter.act(action)


def test_keys_and_their_light() -> None:
    with judged(1e-6) as (judge, meter):
        assert meter.get("locked") is False
        for light, command in (("off", "K0"), ("medium", "K1"), ("high", "K2")):
            assert meter.set("backlight", light) == meter.get("backlight") == light
            assert command in judge.heard
        for locked, command in ((True, "L1"), (False, "L0")):
            assert meter.set("locked", locked) is meter.get("locked") is locked
            assert command in judge.heard
        with pytest.raises(alidade.InvalidError, match="medium"):
            meter.set("backlight", "dim")
        judge.refused = {"K0"}
        with pytest.raises(alidade.RangeError, match="did not take 'K0'"):
            meter.set("backlight", "off")
        assert meter.read() == pytest.approx(1e-6, rel=1e-3)


def test_a_calibration_is_waited_for() -> None:
    with judged(1e-6) as (judge, meter):
        meter.act("calibrate")
        begun = judge.heard.index("O")
        assert judge.heard[begun:].count("Q?") == judge.calibrates
        assert meter.read() == pytest.approx(1e-6, rel=1e-3)
        judge.calibrates = 10**9
        with pytest.raises(alidade.TimedOutError):
            meter.act("calibrate", timeout=0.2)


def test_the_simulated_meter_has_keys_and_calibrates_itself_too() -> None:
    with metered(steady(1e-6), noise=0.0) as (_, meter):
        assert (meter.get("backlight"), meter.get("locked")) == ("medium", False)
        assert meter.set("backlight", "off") == "off"
        assert meter.set("locked", True) is True
        meter.act("calibrate")
        assert int(str(meter.get("status"))) & 32 == 0
        assert meter.read() == pytest.approx(1e-6, rel=1e-2)


def test_each_reading_is_of_a_new_sample() -> None:
    with judged(1e-6) as (judge, meter):
        judge.every = 5
        judge.sample = lambda watts, number: watts * (1 + 0.1 * (number % 7))
        values = []
        for _ in range(6):
            before = judge.samples
            values.append(meter.read())
            assert judge.samples > before
            assert meter.last().quality == 0
        assert every(a != b for a, b in zip(values, values[1:]))


def test_a_sample_of_before_the_question_is_none() -> None:
    with judged(1e-6) as (judge, meter):
        meter.read()
        judge.watts = 3e-6  # the meter has a good reading of the old light
        assert meter.read() == pytest.approx(3e-6, rel=1e-3)


def test_a_meter_that_holds_its_reading_is_read_at_once() -> None:
    with judged(1e-6) as (judge, meter):
        meter.read()
        meter.set("running", False)
        judge.watts = 3e-6
        assert meter.read() == pytest.approx(1e-6, rel=1e-3)
        assert meter.last().quality == 0


def test_a_reading_beyond_the_range_is_flagged_and_an_old_flag_is_not() -> None:
    with judged(1e-6) as (judge, meter):
        judge.over_range = True
        meter.read()
        assert meter.last().quality == OVERRANGE
        judge.over_range, judge.status = False, judge.OVER_RANGE  # the bit stays until C
        meter.read()
        assert meter.last().quality == 0


def test_a_meter_without_new_samples_says_so() -> None:
    with judged(1e-6) as (judge, meter):
        judge.every = 1 << 30
        # The time may be up while it asks, too.
        late = r"(no new sample|did not answer to 'Q\?.*) before the timeout"
        with pytest.raises(alidade.TimedOutError, match=late):
            meter.read(timeout=0.3)
        meter.read()
        assert meter.last().quality == UNSETTLED


def test_averages_are_of_different_samples() -> None:
    with Lab("averages") as lab:
        lab.add("axis", "mock-movable")
        lab.add("meter", "newport-1830c", {"uri": "sim:newport-1830c?noise=0.05"})
        lab.open()
        axis, meter = lab.device("axis", Movable), lab.device("meter", Readable)
        meter.set("filter", "fast")
        scan = Scan(axis, [0.0, 1.0, 2.0], [meter], averages=3)
        scan.record()
        assert every(error > 0 for error in scan.column("meter error"))


def test_it_reads_the_power_of_the_bench() -> None:
    bench = steady()
    with metered(bench=bench, noise=0.0, noise_floor=0.0) as (_, meter):
        assert meter.unit == "W"
        assert meter.read() == pytest.approx(bench.get("power"), rel=1e-4)
        last = meter.last()
        assert last.quality == 0
        assert 0 <= last.uncertainty_ns < 500_000_000
        known = meter.describe()
        assert (known["vendor"], known["model"]) == ("Newport", "1830-C")
        assert "wavelength" in known["capabilities"]


def test_settings_are_read_back() -> None:
    with metered() as (_, meter):
        assert meter.get("wavelength") == 633.0
        assert meter.set("wavelength", 800.0) == 800.0
        assert meter.set("filter", "slow") == "slow"
        assert meter.set("range", 5) == 5
        assert meter.get("range") == 5
        for name in ("attenuator", "zeroed", "running"):
            assert meter.set(name, True) is True
            assert meter.set(name, False) is False
        with pytest.raises(alidade.RangeError, match="1800"):
            meter.set("wavelength", 2000.0)
        with pytest.raises(alidade.InvalidError, match="fast"):
            meter.set("filter", "none")


def test_power_is_in_watts_whatever_is_shown() -> None:
    with metered(bench=steady(), noise=0.0, noise_floor=0.0) as (_, meter):
        watts = meter.read()
        meter.set("units", "dBm")
        assert meter.read() == pytest.approx(watts, rel=2e-4)
        meter.set("units", "dB")
        with pytest.raises(alidade.StateError, match="'units' to W"):
            meter.read()
        meter.act("store_reference")
        meter.set("units", "W")
        assert meter.read() == watts


def test_zero_takes_the_dark_off() -> None:
    bench = steady(background=1e-5)
    with metered(bench=bench, noise=0.0, noise_floor=0.0) as (_, meter):
        meter.set("filter", "fast")
        bench.set("shutter", 0.0)
        time.sleep(0.1)
        assert meter.read() == pytest.approx(1e-5, rel=1e-3)
        meter.set("zeroed", True)
        assert abs(meter.read()) < 1e-8
        bench.set("shutter", 1.0)
        time.sleep(0.1)
        assert meter.read() == pytest.approx(1e-3, rel=1e-3)


def test_a_fixed_range_can_be_too_small() -> None:
    with metered(bench=steady()) as (_, meter):
        meter.set("range", 4)
        meter.read()
        assert meter.last().quality & OVERRANGE
        meter.set("range", 0)
        assert eventually(lambda: meter.read() > 0 and meter.last().quality == 0)


@pytest.mark.parametrize(("filter_", "samples"), [("slow", 16), ("medium", 4), ("fast", 1)])
def test_a_filter_holds_no_light_of_before_the_question(filter_: str, samples: int) -> None:
    bench = steady()
    with metered(bench=bench, rate=50.0, noise=0.0) as (_, meter):
        meter.set("filter", filter_)
        for power in (0.5e-3, 1e-3, 2e-3):
            bench.set("laser.power", power)
            assert meter.read() == pytest.approx(power, rel=1e-3)
            assert meter.last().quality == 0
            assert meter.last().uncertainty_ns >= (samples - 1) * 0.01e9


def test_the_meter_does_not_say_that_its_filter_lags() -> None:
    bench = steady()
    with (
        Simulation("newport-1830c", bench, rate=50.0, noise=0.0) as instrument,
        Raw(instrument.path) as client,
    ):
        client.send("F1")
        bench.set("laser.power", 0.5e-3)
        seen = [float(client.ask("D?"))]
        while seen[-1] > 0.5005e-3:
            assert int(client.ask("Q?")) & 32 == 0
            seen.append(float(client.ask("D?")))
        between = {x for x in seen if 0.52e-3 < x < 0.98e-3}
        assert len(between) >= 2, "the mean goes over gradually"


def test_looking_for_its_range_is_waited_for() -> None:
    bench = steady()
    with metered(bench=bench, rate=50.0, noise=0.0, noise_floor=0.0) as (_, meter):
        meter.set("filter", "fast")
        for power in (1e-3, 1e-7, 5e-6):
            bench.set("laser.power", power)
            assert meter.read() == pytest.approx(power, rel=1e-2)
            assert meter.last().quality == 0


def test_averaging_takes_noise_away_as_it_should() -> None:
    with metered(bench=steady(), rate=1000.0, noise=0.01) as (_, meter):

        def spread(filter_: str) -> float:
            meter.set("filter", filter_)
            time.sleep(0.05)
            values = []
            for _ in range(150):
                values.append(meter.read())
                time.sleep(0.002)
            mean = sum(values) / len(values)
            return float((sum((x - mean) ** 2 for x in values) / len(values)) ** 0.5)

        fast, slow = spread("fast"), spread("slow")
        assert fast == pytest.approx(1e-5, rel=0.35)
        assert 2.2 < fast / slow < 7  # 4 for independent readings


def test_the_same_seed_gives_the_same_noise() -> None:
    def readings(seed: int) -> set[float]:
        bench = Bench(seed=seed)
        with metered(bench=bench, rate=1.0, noise=0.05) as (_, meter):
            meter.set("filter", "fast")
            return {meter.read()}

    assert readings(7) == readings(7)
    assert readings(7) != readings(8)


def test_from_asyncio() -> None:
    async def main(uri: str) -> None:
        async with aio.Readable("meter", "newport-1830c", {"uri": uri}) as meter:
            values = await asyncio.gather(*(meter.read() for _ in range(20)))
            assert every(x == pytest.approx(values[0], rel=0.1) for x in values)

    with Simulation("newport-1830c", steady()) as instrument:
        asyncio.run(main(instrument.uri))


def test_a_late_reply_is_never_the_answer_to_the_next_question() -> None:
    with metered() as (instrument, meter):
        for _ in range(3):
            instrument.set_faults(delay=0.2)
            with pytest.raises(alidade.TimedOutError):
                meter.get("filter", timeout=0.1)
            instrument.set_faults(delay=0.0)
            assert meter.get("wavelength") == 633.0
            assert meter.get("range") in range(1, 9)


def test_silence_is_a_timeout_and_passes() -> None:
    with metered() as (instrument, meter):
        instrument.set_faults(silence=True)
        with pytest.raises(alidade.TimedOutError):
            meter.read(timeout=0.2)
        instrument.set_faults(silence=False)
        assert meter.get("wavelength") == 633.0


@pytest.mark.parametrize("reply", [r.replace(b"\r\n", b"\n") for r in NO_NUMBERS])
def test_what_is_no_number_is_never_zero(reply: bytes) -> None:
    with metered() as (instrument, meter):
        no_number(instrument, meter, "wavelength", reply)
        assert meter.get("wavelength") == 633.0


@pytest.mark.parametrize("reply", [b"9", b"-1", b"3.0", b"+"])
def test_numbers_that_make_no_sense_are_errors(reply: bytes) -> None:
    with metered() as (instrument, meter):
        assert meter.get("range") > 0
        with pytest.raises(alidade.ProtocolError, match="expected an integer from 0 to 8"):
            answer(instrument, meter, "range", reply + b"\n")


def test_replies_in_pieces_are_whole() -> None:
    with metered() as (instrument, meter):
        instrument.set_faults(chunk=1, chunk_pause=0.001)
        assert meter.get("wavelength") == 633.0
        assert meter.read() > 0


def test_an_echo_is_an_error() -> None:
    with metered() as (instrument, meter):
        instrument.set_faults(echo=True)
        with pytest.raises(BAD_ANSWER):
            meter.get("wavelength", timeout=0.3)
        instrument.set_faults(echo=False)
        assert meter.get("wavelength") == 633.0


@pytest.mark.parametrize("byte", range(5))
def test_unplugged_at_each_byte_of_a_reply(byte: int) -> None:
    with metered() as (instrument, meter):
        instrument.set_faults(unplug_after=byte)
        with pytest.raises(alidade.DisconnectedError):
            read_until_it_is_gone(meter, "wavelength")
        assert eventually(lambda: meter.state.name == "DISCONNECTED")


def test_nobody_there_is_an_error_that_names_the_line() -> None:
    with Simulation("newport-1830c") as instrument:
        instrument.set_faults(silence=True)
        device = Device("meter", "newport-1830c", {"uri": instrument.uri})
        with pytest.raises(alidade.TimedOutError, match="pts"):
            device.open(timeout=1.0)
