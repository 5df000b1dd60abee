"""A library of devices alone: `-Drooms=base,frame,device,driver -Dserialport=false`.

ALIDADE_LIBRARY names it. The instruments are those that tests have written from manuals.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import judge_1830c
from elliptec_by_manual import Bus, Motor

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

import alidade  # noqa: E402
from alidade import Device, Lab, Movable, Readable, Scan  # noqa: E402
from alidade._library import ffi, lib, path  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def of_devices_alone() -> None:
    assert os.path.samefile(path, os.environ["ALIDADE_LIBRARY"])


def test_its_features() -> None:
    features = set(ffi.string(lib.ald_feature_names()).decode().split())
    assert {"base", "frame", "device", "driver"} <= features
    assert features.isdisjoint({"kernels", "sim", "serialport"})
    assert lib.ald_has_feature(b"device") == 1
    assert lib.ald_has_feature(b"sim") == 0


def test_what_is_left_out_is_not_in_the_file() -> None:
    def told(*words: str) -> str:
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    assert "serialport" not in told("readelf", "--dynamic", path)
    offered = re.findall(r" T (ald_\w+)", told("nm", "-D", "--defined-only", path))
    assert "ald_device_open" in offered
    # What counts references and gives records their defaults is one file for all rooms.
    assert [
        name
        for name in offered
        if re.match("ald_(fit|bench|simulation)_(?!ref$|unref$|init$)", name)
    ] == []
    assert not hasattr(ctypes.CDLL(path), "ald_fit_curve")


@pytest.mark.parametrize(
    ("module", "name", "room"),
    [
        ("alidade.fit", "curve", "kernels"),
        ("alidade.aio.fit", "curve", "kernels"),
        ("alidade.simulation", "Bench", "sim"),
        ("alidade", "Simulation", "sim"),
        ("alidade", "MockMovable", "sim"),
        ("alidade.aio", "MockCamera", "sim"),
    ],
)
def test_importing_what_is_left_out_names_the_option(module: str, name: str, room: str) -> None:
    with pytest.raises(ImportError, match=rf"built without the room '{room}'.*-Drooms=") as raised:
        getattr(importlib.import_module(module), name)
    assert path in str(raised.value)


def test_all_else_is_imported() -> None:
    mocks = {f"Mock{kind}" for kind in ("Camera", "Movable", "Readable", "Settable", "Shutter")}
    left_out = {"Bench", *mocks, "Simulation", "simulations"}
    for package in ("alidade", "alidade.aio"):
        module = importlib.import_module(package)
        missing = set()
        for name in module.__all__:
            try:
                getattr(module, name)
            except ImportError:
                missing.add(name)
        assert missing == left_out


def test_a_meter_reads() -> None:
    with (
        judge_1830c.Meter(2e-6) as judge,
        Readable("it", "newport-1830c", {"uri": judge.uri}) as meter,
    ):
        assert meter.read() == pytest.approx(2e-6, rel=1e-3)


def test_motors_move_and_a_scan_records() -> None:
    lab = Lab()
    with Bus([Motor("0", 14)]) as bus, judge_1830c.Meter(1e-6) as judge:
        lab.add("bus", "elliptec", {"uri": bus.uri, "addresses": ["0"]})
        lab.add("meter", "newport-1830c", {"uri": judge.uri})
        lab.open()
        axis, meter = lab.device("bus/0", Movable), lab.device("meter", Readable)
        assert axis.move_abs(45.0) == pytest.approx(45.0, abs=0.01)
        scan = Scan(axis, [0.0, 10.0], [meter])
        scan.record()
        assert scan.column(scan.names[1]) == pytest.approx([1e-6, 1e-6], rel=1e-3)
        with pytest.raises(ImportError, match="without the room 'kernels'"):
            scan.fit("line")
        lab.close()


def test_the_computer_is_a_device() -> None:
    with Device("computer", "host") as computer:
        assert "cpu" in computer.describe()["children"]
    assert {driver["name"] for driver in alidade.drivers()} == {
        "elliptec", "esp300", "host", "newport-1830c",
    }  # fmt: skip


def test_a_bench_is_refused_with_the_option() -> None:
    text = "the library was built without the room 'sim'.*-Drooms="
    with pytest.raises(alidade.UnsupportedError, match=f"simulated bench.*{text}"):
        Lab.from_text("[bench]\nseed = 1\n")
    with pytest.raises(alidade.UnsupportedError, match=text):
        Device("stage", "esp300", {"uri": "sim:esp300"}).open()
    with pytest.raises(alidade.NotFoundError, match="no driver 'mock-movable'; known are elliptec"):
        Device("stage", "mock-movable")


def test_ports_are_not_listed_without_libserialport() -> None:
    with pytest.raises(alidade.UnsupportedError, match=r"-Dserialport=false.*give the path"):
        alidade.ports()
    assert any(found["driver"] == "host" for found in alidade.discover())


@pytest.mark.parametrize(
    ("words", "room"), [(["demo"], "kernels"), (["simulate", "--list"], "sim")]
)
def test_commands_say_what_they_lack(words: list[str], room: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "alidade", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert f"built without the room '{room}'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_julia_says_what_it_lacks() -> None:
    program = """
        using Alidade
        for call in (() -> Bench(), () -> Simulation("esp300"), () -> simulations(),
                     () -> fit_curve("line", 1:3, 1:3), () -> fit_models())
            try
                call()
                println("no error")
            catch e
                println(sprint(showerror, e))
            end
        end
        println(length(drivers()))
    """
    ended = subprocess.run(
        [os.environ.get("JULIA", "julia"), "--startup-file=no", "-e", program],
        env={**os.environ, "JULIA_LOAD_PATH": f"{ROOT / 'examples' / 'julia'}:"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    *told, known = ended.stdout.splitlines()
    assert [line.count("built without the room 'sim'") for line in told[:3]] == [1, 1, 1]
    assert [line.count("built without the room 'kernels'") for line in told[3:]] == [1, 1]
    assert known == "4"


def test_what_cannot_be_left_out_is_said(tmp_path: Path) -> None:
    ended = subprocess.run(
        [Path(sys.executable).parent / "meson", "setup", tmp_path / "build", ROOT,
         "-Drooms=base,frame"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "-Drooms=... must name device: only kernels and sim can be left out" in ended.stdout
