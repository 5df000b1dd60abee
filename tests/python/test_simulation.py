"""The simulated bench and simulated instruments, seen by an independent client."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alidade
from alidade import Bench, MockMovable, MockReadable, Simulation, simulations
from support import eventually


class Client:
    """A serial port opened by plain system calls."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def ask(self, command: bytes) -> bytes:
        os.write(self.fd, command)
        return self.line()

    def line(self, timeout: float = 5.0) -> bytes:
        """Up to a line's end, or what there is when timeout ends."""
        got = b""
        while not got.endswith(b"\n") and select.select([self.fd], [], [], timeout)[0]:
            byte = os.read(self.fd, 1)
            if not byte:
                break
            got += byte
        return got


@pytest.fixture
def bench() -> Bench:
    return Bench(seed=1, quantities={"waveplate.zero": 0})


@pytest.fixture
def meter(bench: Bench) -> Iterator[Simulation]:
    with Simulation("mock-meter", bench) as simulation:
        yield simulation


def test_a_bench_tells_what_it_consists_of(bench: Bench) -> None:
    about = bench.describe()
    assert about["seed"] == 1
    assert {"waveplate", "stage/x", "stage/y", "stage/z"} == set(about["axes"])
    for quantity in about["quantities"]:
        assert quantity["doc"]
        assert quantity["unit"]
        assert math.isfinite(bench.get(quantity["name"]))
        if quantity["writable"]:
            bench.set(quantity["name"], quantity["initial"])
            assert bench.get(quantity["name"]) == quantity["initial"]


def test_a_bench_says_what_is_wrong(bench: Bench) -> None:
    with pytest.raises(alidade.NotFoundError, match=r"laser\.power"):
        bench.get("lazer.power")
    with pytest.raises(alidade.UnsupportedError):
        bench.set("power", 1)
    with pytest.raises(alidade.RangeError):
        bench.set("shutter", 2)
    with pytest.raises(alidade.ExistsError):
        Bench(bench.name)
    with pytest.raises(TypeError):
        Bench(quantities={"shutter": "open"})  # type: ignore[dict-item]


@settings(max_examples=30)
@given(
    st.floats(1e-6, 1), st.floats(-180, 180), st.floats(1, 1e6), st.floats(0, 1), st.floats(0, 1)
)
def test_light_follows_malus(
    power: float, polarizer: float, extinction: float, transmission: float, shutter: float
) -> None:
    bench = Bench(
        quantities={
            "laser.power": power,
            "polarizer.angle": polarizer,
            "polarizer.extinction": extinction,
            "polarizer.transmission": transmission,
            "shutter": shutter,
            "waveplate.zero": -10,
            "background": 0,
        }
    )
    cosine = math.cos(math.radians(20 - polarizer))
    passed = (1 - 1 / extinction) * cosine**2 + 1 / extinction
    expected = power * transmission * shutter * passed
    assert bench.get("power") == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_mocks_share_a_bench(bench: Bench) -> None:
    stage = MockMovable(bench=bench, axis="stage/x", velocity=500, acceleration=1e5)
    sensor = MockReadable(bench=bench.name, quantity="power")
    assert (stage.unit, sensor.unit) == ("mm", "W")
    whole = sensor.read()
    assert stage.move_abs(bench.get("beam.centre")) == 10
    assert bench.get("stage/x") == 10
    assert sensor.read() == pytest.approx(whole / 2, rel=1e-6)
    bench.set("stage/x.stuck", 1)
    with pytest.raises(alidade.RangeError, match="instead of 5"):
        stage.move_abs(5)
    assert stage.position() == 10


def test_a_mock_on_a_bench_stops_at_once(bench: Bench) -> None:
    stage = MockMovable(bench=bench, axis="stage/y", velocity=1, acceleration=1e5)
    motion = stage.start_move(20)
    assert eventually(lambda: bench.get("stage/y") > 0.01)
    stage.stop()
    where = bench.get("stage/y")
    assert 0 < where < 20
    assert bench.get("stage/y.velocity") == 0
    assert stage.position() == where
    with pytest.raises(alidade.CancelledError):
        motion.wait()


def test_mocks_name_benches_axes_and_quantities_that_are_not_there(bench: Bench) -> None:
    with pytest.raises(alidade.NotFoundError, match="no bench"):
        MockMovable(bench="nowhere", axis="stage/x")
    with pytest.raises(alidade.NotFoundError, match="no axis"):
        MockMovable(bench=bench, axis="stage/q")
    with pytest.raises(alidade.NotFoundError, match="no quantity"):
        MockReadable(bench=bench, quantity="powr")


def test_instruments_are_listed() -> None:
    meter = next(about for about in simulations() if about["name"] == "mock-meter")
    assert meter["driver"] == "mock-readable"
    assert {option["name"] for option in meter["options"]} == {"quantity", "noise"}
    with pytest.raises(alidade.NotFoundError, match="mock-meter"):
        Simulation("mock-metre")
    with pytest.raises(alidade.NotFoundError):
        Simulation("mock-meter", quantitty="power")


def test_any_program_can_open_it(meter: Simulation, bench: Bench) -> None:
    for _ in range(3):  # clients come and go
        with Client(meter.path) as client:
            assert client.ask(b"*IDN?\n") == b"alidade,mock-meter,0,1\n"
            assert float(client.ask(b"READ?\n")) == pytest.approx(bench.get("power"))
            assert not termios.tcgetattr(client.fd)[3] & (termios.ECHO | termios.ICANON)


def test_faults(meter: Simulation) -> None:
    with Client(meter.path) as client:
        meter.set_faults(truncate=7, chunk=2, chunk_pause=0.001)
        os.write(client.fd, b"*IDN?\n")
        assert client.line(0.2) == b"alidade"
        meter.set_faults(truncate=-1, chunk=0, silence=True)
        os.write(client.fd, b"*IDN?\n")
        assert client.line(0.1) == b""
        meter.set_faults(silence=False, echo=True)
        assert client.ask(b"*IDN?\n") == b"*IDN?\n"
        assert client.line() == b"alidade,mock-meter,0,1\n"
        meter.say(b"hello\n")
        assert client.line() == b"hello\n"
    with pytest.raises(alidade.RangeError):
        meter.set_faults(garble=2)
    with pytest.raises(TypeError):
        meter.set_faults(delay="long")  # type: ignore[arg-type]


def test_unplug_and_plug(meter: Simulation) -> None:
    with Client(meter.path) as client:
        meter.unplug()
        with pytest.raises(OSError):  # noqa: PT011 (EIO)
            os.write(client.fd, b"*IDN?\n")
    with pytest.raises(alidade.DisconnectedError):
        meter.say(b"x")
    meter.plug()
    with Client(meter.path) as client:
        assert client.ask(b"*IDN?\n") == b"alidade,mock-meter,0,1\n"
    meter.close()
    with pytest.raises(alidade.ClosedError):
        meter.plug()


def test_the_command_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "alidade", "simulate", "mock-meter", "mock-meter"]
    command += ["--option", "quantity=waveplate.zero", "--quantity", "waveplate.zero=12.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        places = [running.stdout.readline().split() for _ in range(2)]
        path = places[0][1].removeprefix("serial:")
        made = os.stat(path).st_ctime_ns
        try:
            for name, uri in places:
                assert name == "mock-meter"
                with Client(uri.removeprefix("serial:")) as client:
                    assert float(client.ask(b"READ?\n")) == 12.5
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
    # Another test may have got its number since.
    assert not os.path.exists(path) or os.stat(path).st_ctime_ns != made


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mock-metre"], "mock-metre"),
        (["--option", "colour=red"], "colour"),
        (["--option", "noise=loud"], "loud"),
        (["--fault", "dely=1"], "dely"),
        (["--quantity", "laser.power"], "NAME=VALUE"),
    ],
)
def test_the_command_says_what_is_wrong(words: list[str], told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "alidade", "simulate", *words],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_command_lists_instruments() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "alidade", "simulate", "--list"],
        capture_output=True, text=True, timeout=20, check=True,
    ).stdout  # fmt: skip
    assert "mock-meter" in listed
    assert "quantity" in listed
