"""`alidade discover`, `jog`, `read` and `snap`: single instruments from a shell."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tifffile import imread

from alidade.cli._amounts import amount
from command import COMMAND, MOCKS, on_a_terminal, refused, run
from support import every

SLOW = MOCKS.replace("position = 12.5", "position = 12.5\nvelocity = 10.0")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "bench.toml"
    path.write_text(MOCKS + '[devices.gone]\ndriver = "host"\nroot = "/nowhere"\n')
    return path


# jog


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("+0.5mm",), "13 mm"),
        (("-500 um",), "12 mm"),
        (("-.5",), "12 mm"),
        (("1e-3m",), "13.5 mm"),
        (("--to", "-2.5"), "-2.5 mm"),
        (("--to", "1cm"), "10 mm"),
        (("--home",), "0 mm"),
    ],
)
def test_jog_goes_where_it_is_told(lab: Path, words: tuple[str, ...], place: str) -> None:
    ended = run("jog", lab, "stage", *words)
    assert ended.returncode == 0, ended
    assert ended.stdout == f"stage is at {place}\n"
    assert ended.stderr == "", "the absent device is none of its business"


def test_jog_by_a_driver() -> None:
    ended = run("jog", "--driver", "mock-movable", "--option", "unit=deg", "--option",
                "max=400.0", "mock-movable", "+200")  # fmt: skip
    assert ended.returncode == 0, ended
    assert ended.stdout == "mock-movable is at 200 deg\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stag", "+1"), ["'stag'", "did you mean 'stage'"]),
        (("sensor", "+1"), ["'sensor' is not movable"]),
        (("stage", "+1V"), ["cannot convert"]),
        (("stage", "far"), ['"far" is no quantity', "+0.5mm"]),
        (("stage", "--to", "1000"), ["1000 mm", "100 mm"]),
        (("gone", "+1"), ["/nowhere"]),
    ],
)
def test_jog_tells_what_cannot_be(lab: Path, words: tuple[str, ...], said: list[str]) -> None:
    refused(run("jog", lab, *words), *said)


@pytest.mark.parametrize(
    "words",
    [("jog",), ("jog", "a.toml", "stage"), ("jog", "a.toml", "stage", "+1", "--home"),
     ("jog", "a.toml", "stage", "--uri", "x", "+1"), ("jog", "a.toml", "stage", "1", "2"),
     ("read",), ("read", "a.toml"), ("read", "--driver", "host"), ("snap", "a.toml"),
     ("snap", "a.toml", "camera", "another"), ("read", "a.toml", "x", "--count", "0"),
     ("discover", "--probe", "esp300")],
)  # fmt: skip
def test_wrong_calls_are_told_from_failures(words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert ended.returncode == 2, ended
    assert "usage: alidade" in ended.stderr


def test_ctrl_c_stops_the_axis(lab: Path) -> None:
    lab.write_text(SLOW)
    process = subprocess.Popen(
        [*COMMAND, "jog", str(lab), "stage", "--to", "90"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(2.0)  # it takes 8 s
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert told.startswith("stage stopped at ")
    assert 12.5 < float(told.split()[3]) < 89


def test_a_terminal_shows_where_it_is(lab: Path, tmp_path: Path) -> None:
    lab.write_text(SLOW)
    seen = on_a_terminal("jog", lab, "stage", "+8", cwd=tmp_path)
    places = [float(part.split()[1]) for part in seen.split("\r") if part.startswith("stage ")]
    assert len(places) >= 3
    assert places == sorted(places)
    assert 12.5 <= places[0] < places[-1] <= 20.5


@pytest.mark.parametrize("text", ["", "mm", "+", "1 2", "1mm mm", "nan", "inf"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        amount(text)


def test_amounts() -> None:
    assert amount("+0.5mm") == (0.5, "mm")
    assert amount("-3") == (-3.0, None)
    assert amount(" 12 deg ") == (12.0, "deg")
    assert amount("5eV") == (5.0, "eV")
    assert amount("5e3V") == (5000.0, "V")


# read


def test_read_gives_numbers_with_units_and_times(lab: Path) -> None:
    ended = run("read", lab, "stage:position", "sens*")
    assert ended.returncode == 0, ended
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert [row[1:] for row in rows] == [["stage:position", "12.5", "mm"], ["sensor", "2.5", "V"]]
    assert every(row[0].endswith("Z") and "T" in row[0] for row in rows)


def test_read_again_and_again_as_json(lab: Path) -> None:
    began = time.monotonic()
    ended = run("read", lab, "sensor", "--every", "0.2", "--count", "4", "--json")
    assert time.monotonic() - began >= 0.6
    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [(row["path"], row["value"], row["unit"]) for row in rows] == [("sensor", 2.5, "V")] * 4
    assert [row["time"] for row in rows] == sorted({row["time"] for row in rows})


def test_read_until_ctrl_c(lab: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "read", str(lab), "sensor", "--every", "0.01"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline().endswith("sensor  2.5 V\n"), "it is not seen at once"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "alidade: interrupted\n"


def test_read_by_a_driver() -> None:
    ended = run("read", "--driver", "host", "host/memory")
    assert ended.returncode == 0, ended
    assert ended.stdout.split()[1] == "host/memory"


def test_read_tells_what_cannot_be(lab: Path) -> None:
    refused(run("read", lab, "senser"), "'senser'", "'sensor'")
    refused(run("read", lab, "stage"), "name one of its properties", "stage:position")
    refused(run("read", lab, "sensor:valu"), "sensor:valu", 'did you mean "sensor')
    refused(run("read", lab, "gone/cpu"), "/nowhere")
    refused(run("read", lab, "none*"), "none*")
    refused(run("read", "--driver", "host", "--uri", "x", "host/cpu"), "uri")


# discover


def test_discover_lists_what_is_there() -> None:
    ended = run("discover")
    assert ended.returncode == 0, ended
    assert "host: " in ended.stdout


def test_discover_asks_when_it_is_told_to() -> None:
    ended = run("discover", "--probe", "esp300", "sim:esp300")
    assert ended.returncode == 0, ended
    assert ended.stdout.startswith("sim:esp300: Newport ESP300")
    refused(run("discover", "--probe", "mock-movable", "sim:x"), "mock-movable")
    refused(run("discover", "--probe", "esp3000", "sim:x"), "esp3000")


# snap


CAMERA = """\
[devices.camera]
driver = "mock-camera"
width = 40
height = 30
trigger_mode = "software"
"""


@pytest.mark.parametrize("name", ["a.tiff", "a.png", "a.npy"])
def test_snap_writes_all_bits(tmp_path: Path, name: str) -> None:
    lab, path = tmp_path / "lab.toml", tmp_path / name
    lab.write_text(CAMERA)
    ended = run("snap", lab, "camera", "--exposure", "0.02", "-o", path)
    assert ended.returncode == 0, ended
    assert f"{path}: 40 x 30, " in ended.stdout
    assert "exposed 0.02 s at 20" in ended.stdout
    if name.endswith("npy"):
        pixels = np.load(path)
    elif name.endswith("png"):
        with Image.open(path) as image:
            pixels = np.array(image)
    else:
        pixels = imread(path)
    assert pixels.shape == (30, 40)
    assert pixels.dtype.itemsize == 2
    assert pixels.max() > 255
    refused(run("snap", lab, "camera", "-o", path), "is there already", "--overwrite")
    assert run("snap", lab, "camera", "-o", path, "--overwrite").returncode == 0


@pytest.mark.parametrize("exposure", ["20ms", "2e4 us", "0.02 s", "0.02"])
def test_times_take_units(tmp_path: Path, exposure: str) -> None:
    ended = run("snap", "--driver", "mock-camera", "mock-camera", "--exposure", exposure,
                "-o", tmp_path / "a.npy")  # fmt: skip
    assert "exposed 0.02 s at" in ended.stdout, ended


def test_options_and_properties_take_units(lab: Path) -> None:
    source = ("--driver", "mock-movable", "--option", "latency=1ms")
    ended = run("read", *source, "mock-movable:velocity", "--every", "10ms", "--count", "2")
    assert ended.returncode == 0, ended
    assert len(ended.stdout.splitlines()) == 2
    ended = run("set", lab, "stage:velocity", "50 um/s")
    assert ended.stdout == "stage:velocity is 0.05\n", ended
    refused(run("set", lab, "stage:velocity", "50um"), "cannot convert")
    refused(run("jog", "--driver", "mock-movable", "--option", "latency=1V", "mock-movable", "1"),
            "latency is '1V'", "cannot convert")  # fmt: skip


@pytest.mark.parametrize(("time", "said"), [("5mm", "'5mm' is no time: "), ("1 2", "as 100ms"),
                                            ("0ms", "0 s is not above 0 s")])  # fmt: skip
def test_what_is_no_time_is_a_wrong_call(time: str, said: str) -> None:
    ended = run("snap", "a.toml", "camera", "--exposure", time)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_snap_by_a_driver(tmp_path: Path) -> None:
    path = tmp_path / "frame.tiff"
    ended = run("snap", "--driver", "mock-camera", "--option", "width=16", "--option", "height=8",
                "--option", 'trigger_mode="software"', "mock-camera", cwd=tmp_path)  # fmt: skip
    assert ended.returncode == 0, ended
    assert imread(path).shape == (8, 16)


def test_snap_tells_what_cannot_be(lab: Path, tmp_path: Path) -> None:
    lab.write_text(MOCKS + CAMERA)
    refused(run("snap", lab, "sensor", cwd=tmp_path), "'sensor' is not camera")
    refused(run("snap", lab, "camera", "-o", tmp_path / "a.jpg"), "'.jpg'", ".png")
    refused(run("snap", lab, "camera", "-o", tmp_path / "x" / "a.png"), "x/a.png")
    refused(run("snap", lab, "camera", "--exposure", "1e9"), "exposure", "3600")


# through the drivers of real instruments


def test_jog_and_read_simulated_instruments(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text(
        '[devices.stage]\ndriver = "esp300"\nuri = "sim:esp300"\naxis_names = ["x", "y", "z"]\n'
        '[devices.meter]\ndriver = "newport-1830c"\nuri = "sim:newport-1830c"\n'
    )
    ended = run("jog", lab, "stage/x", "+500um")
    assert ended.returncode == 0, ended
    assert ended.stdout == "stage/x is at 0.5 mm\n"
    ended = run("jog", "--driver", "esp300", "--uri", "sim:esp300", "esp300/1", "--to", "0.25mm")
    assert ended.stdout == "esp300/1 is at 0.25 mm\n", ended
    ended = run("read", lab, "meter", "--json")
    assert ended.returncode == 0, ended
    reading = json.loads(ended.stdout)
    assert reading["unit"] == "W"
    assert 1e-6 < reading["value"] < 10e-3


def test_ctrl_c_stops_the_axis_of_a_simulated_instrument() -> None:
    process = subprocess.Popen(
        [*COMMAND, "jog", "--driver", "esp300", "--uri", "sim:esp300", "esp300/1", "--to", "24"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3.0)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert told.startswith("esp300/1 stopped at ")
    assert 0 < float(told.split()[3]) < 23.9
