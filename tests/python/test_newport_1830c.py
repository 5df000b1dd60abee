"""The driver newport-1830c against its simulated instrument, with the faults of real lines."""

from __future__ import annotations

import asyncio
import time

import pytest

import alidade
from alidade import Bench, Device, Simulation, aio
from instruments import BAD_ANSWER, NO_NUMBERS, answer, metered, no_number, read_until_it_is_gone
from support import eventually

pytestmark = pytest.mark.timeout(90)

OVERRANGE = 1
UNSETTLED = 2


def steady(power: float = 1e-3, **quantities: float) -> Bench:
    """A bench with all the light of the laser at the power meter."""
    return Bench(
        quantities={
            "laser.power": power,
            "waveplate.zero": 0.0,
            "polarizer.transmission": 1.0,
            "background": 0.0,
            **quantities,
        }
    )


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


def test_the_filter_lags_and_says_so() -> None:
    bench = steady()
    with metered(bench=bench, rate=50.0, noise=0.0) as (_, meter):
        meter.set("filter", "slow")
        assert eventually(lambda: meter.read() > 0 and meter.last().quality == 0)
        before = meter.read()
        bench.set("laser.power", 0.5e-3)
        seen = []
        while True:
            seen.append((meter.read(), meter.last().quality))
            if seen[-1][0] < 0.51e-3 and seen[-1][1] == 0:
                break
        between = [x for x, quality in seen if 0.52e-3 < x < 0.98 * before]
        assert len(between) >= 2, "the mean goes over gradually"
        unsettled = [quality & UNSETTLED for x, quality in seen if 0.52e-3 < x < 0.98 * before]
        assert all(unsettled)
        assert seen[-1][0] == pytest.approx(0.5e-3, rel=0.01)


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
            assert all(x == pytest.approx(values[0], rel=0.1) for x in values)

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
