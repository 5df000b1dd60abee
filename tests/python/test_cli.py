"""The command `alidade`, as a process and called."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import alidade
from alidade import cli
from alidade.cli import _quantities
from command import COMMAND, MOCKS, on_a_terminal, refused, run, table
from support import every, run_python

SERIES = """\
[series]
read = ["sensor", "stage:position"]
interval = 0.01
duration = 0.1
"""


@pytest.fixture
def lab(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a lab's file with mocks and the given text behind them."""

    def write(series: str, devices: str = MOCKS) -> Path:
        path = tmp_path / "bench.toml"
        path.write_text(devices + series)
        return path

    return write


# info, help


def test_info_tells_versions_drivers_and_the_library() -> None:
    ended = run("info")
    assert ended.returncode == 0, ended
    told = dict(line.split(None, 1) for line in ended.stdout.splitlines() if "ABI" not in line)
    assert told["alidade"] == alidade.__version__
    assert Path(told["library"]).is_file()
    assert {"host", "mock-movable", "mock-readable"} <= set(told["drivers"].split(", "))
    assert told["cffi"][0].isdigit()


@pytest.mark.parametrize(
    ("words", "own"),
    [
        (["--help"], []),
        (["info"], ["_info"]),
        (["read", "--help"], []),
        (["devices"], ["_devices", "_opening"]),
    ],
    ids=" ".join,
)
def test_a_command_imports_what_it_needs(words: list[str], own: list[str]) -> None:
    done = run_python(
        """
        import sys
        from alidade.cli import main
        try:
            code = main(sys.argv[1:])
        except SystemExit as ended:
            code = ended.code
        assert not code, code
        print("imported", *sys.modules)
        """,
        *words,
    )
    assert done.code == 0, done
    imported = set(done.out.splitlines()[-1].split()[1:])
    assert not imported & {"numpy", "matplotlib", "rich", "tifffile"}
    of_all = {"_argument_types", "_arguments", "_ending", "_instrument_arguments", "_log_file",
              "_messages", "_streams"}  # fmt: skip
    commands = {name.removeprefix("alidade.cli.") for name in imported if ".cli." in name}
    assert sorted(commands - of_all) == own


def test_help_names_the_commands() -> None:
    told = run("--help").stdout
    assert every(
        command in told
        for command in ("info", "demo", "run", "devices", "discover", "jog", "read", "set", "snap")
    )
    assert run("--version").stdout == f"alidade {alidade.__version__}\n"


@pytest.mark.parametrize(
    "words",
    [(), ("nothing",), ("demo", "--seconds", "0"), ("demo", "--seconds", "x"),
     ("demo", "--interval", "nan"), ("demo", "--seconds", "nan"), ("demo", "--points", "0"),
     ("demo", "nothing"), ("run",)],
)  # fmt: skip
def test_wrong_calls_are_told_from_failures(words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert ended.returncode == 2
    assert "usage: alidade" in ended.stderr


# devices


def test_devices_lists_drivers_with_options_and_what_is_connected() -> None:
    told = run("devices").stdout
    assert "mock-movable" in told
    assert "velocity" in told
    able = told.partition("\ncapabilities\n")[2].partition("\nconnected\n")[0]
    for capability in alidade.capabilities():
        assert f"{capability['name']} " in able
        assert capability["doc"] in able
    connected = told.partition("\nconnected\n")[2]
    assert "host:" in connected


def test_devices_shows_the_tree_with_units_of_a_lab() -> None:
    file = Path(cli.__file__).with_name("computer.toml")
    ended = run("devices", file)
    assert ended.returncode == 0, ended
    lines = ended.stdout.splitlines()
    assert lines[0] == "this computer"
    assert lines[1].strip().startswith("computer  (host)")
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("cpu  can: readable"))
    assert lines[at + 1].split()[:3] == ["value", "double", "[%]"]
    assert "from 0 to 100" in lines[at + 1]
    assert len(lines[at]) - len(lines[at].lstrip()) == 4


def test_devices_tells_absent_ones_and_shows_the_rest(lab: Callable[[str], Path]) -> None:
    file = lab('[devices.gone]\ndriver = "host"\nroot = "/nowhere"\n')
    ended = run("devices", file)
    assert ended.returncode == 1
    assert "stage  (mock-movable)" in ended.stdout
    assert "gone" not in ended.stdout
    assert "gone is absent: " in ended.stderr
    assert "/nowhere" in ended.stderr


def test_who_reads_the_output_may_go_away() -> None:
    process = subprocess.Popen(
        [*COMMAND, "devices"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait(60) == 1


# demo


def test_the_demo_of_this_computer(tmp_path: Path) -> None:
    ended = run(
        "demo", "computer", "--output", tmp_path / "made", "--seconds", "1", "--interval", "0.1"
    )
    assert ended.returncode == 0, ended
    header, rows = table(tmp_path / "made" / "computer.csv")
    assert header[:3] == ["time [UTC]", "elapsed [s]", "computer/cpu [%]"]
    assert "computer/memory [By]" in header
    assert 5 <= len(rows) <= 11  # those that a busy machine is late for are left out
    times = [datetime.strptime(row[0][:26], "%Y-%m-%dT%H:%M:%S.%f") for row in rows]
    elapsed = [float(row[1]) for row in rows]
    assert elapsed[0] == 0.0
    assert every(b > a for a, b in zip(elapsed, elapsed[1:]))
    assert abs((times[-1] - times[0]).total_seconds() - elapsed[-1]) < 1e-5
    memory = [float(row[header.index("computer/memory [By]")]) for row in rows]
    assert every(1e6 < value < 1e15 for value in memory)
    picture = (tmp_path / "made" / "computer.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert str(tmp_path / "made" / "computer.csv") in ended.stdout
    assert str(tmp_path / "made" / "computer.png") in ended.stdout
    again = run("demo", "computer", "--output", tmp_path / "made", "--seconds", "0.2")
    assert again.returncode == 0, again


# run


def test_run_records_what_the_file_says(lab: Callable[[str], Path], tmp_path: Path) -> None:
    ended = run("run", lab(SERIES), cwd=tmp_path)
    assert ended.returncode == 0, ended
    header, rows = table(tmp_path / "bench.csv")
    assert header[2:] == ["sensor [V]", "stage:position [mm]"]
    assert rows
    assert every(row[2:] == ["2.5", "12.5"] for row in rows)
    assert (tmp_path / "bench.png").exists()


def test_run_takes_names_times_and_a_folder_from_the_command_line(
    lab: Callable[[str], Path], tmp_path: Path
) -> None:
    file = lab('[series]\nread = ["sensor"]\ncsv = "a.csv"\nplot = ""\n')
    ended = run("run", file, "--output", tmp_path / "x/y", "--seconds", "0.1", "--interval", "0.02")
    assert ended.returncode == 0, ended
    assert sorted(p.name for p in (tmp_path / "x/y").iterdir()) == ["a.csv", "a.json"]
    assert 2 <= len(table(tmp_path / "x/y/a.csv")[1]) <= 6


def test_what_is_there_is_not_replaced_unasked(lab: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "bench.csv").write_text("dear numbers")
    refused(run("run", lab(SERIES), cwd=tmp_path), "bench.csv is there already", "--overwrite")
    assert (tmp_path / "bench.csv").read_text() == "dear numbers"
    assert run("run", lab(SERIES), "--overwrite", cwd=tmp_path).returncode == 0
    assert "dear" not in (tmp_path / "bench.csv").read_text()


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ("", ["neither a table [series] nor [scan]"]),
        ("[series]\ninterval = 1.0\n", ["read", ":10:"]),
        ('[series]\nread = ["sensor"]\nintervall = 1.0\n', ["intervall", "interval", ":12:"]),
        ('[series]\nread = "sensor"\n', ["read", ":11:"]),
        ("[series]\nread = []\n", ["empty", ":11:"]),
        ('[series]\nread = ["sensor", 3]\n', ["3", ":11:"]),
        ('[series]\nread = ["sensor"]\ninterval = 0.0\n', ["interval", "0.001", ":12:"]),
        ('[series]\nread = ["sensor"]\nduration = -1.0\n', ["duration", "more than 0 s", ":12:"]),
        ('[series]\nread = ["sensor"]\nduration = nan\n', ["duration", ":12:"]),
        ('[series]\nread = ["sensor"]\ncsv = "../a.csv"\n', ["csv", "--output", ":12:"]),
        ('[series]\nread = ["sensor"]\ncsv = ""\n', ["csv", ":12:"]),
        ('[series]\nread = ["senser"]\n', ["senser", 'did you mean "sensor"', ":11:"]),
        ('[series]\nread = ["sensor", "stage"]\n', ["stage:position", ":11:"]),
        ('[series]\nread = ["nothing/*"]\n', ["nothing is left to record", ":11:"]),
        ("[series]\nread = [\n", ["bench.toml", "TOML"]),
        ('[devices.x]\ndriver = "hots"\n' + SERIES, ["hots", "host", ":11:"]),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(
    lab: Callable[[str], Path], tmp_path: Path, series: str, words: list[str]
) -> None:
    file = lab(series)
    refused(run("run", file, cwd=tmp_path), "bench.toml", *words)
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_file_and_a_folder_that_cannot_be_written(
    lab: Callable[[str], Path], tmp_path: Path
) -> None:
    refused(run("run", tmp_path / "none.toml"), "none.toml", "No such file")
    refused(run("run", tmp_path), str(tmp_path))
    file = lab(SERIES)
    refused(run("run", file, "--output", file / "below"), "bench.toml/below", "Not a directory")
    refused(run("demo", "computer", "--output", "/proc/alidade", "--seconds", "1"), "/proc/alidade")


def test_a_full_disk_is_told(lab: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "bench.csv").symlink_to("/dev/full")
    ended = run("run", lab(SERIES), "--overwrite", cwd=tmp_path)
    refused(ended, "No space left on device")


def test_absent_devices_are_left_out(lab: Callable[[str], Path], tmp_path: Path) -> None:
    file = lab(
        '[devices.gone]\ndriver = "host"\nroot = "/nowhere"\n'
        + SERIES.replace('"sensor",', '"sensor", "gone/cpu", "sen*", "no*",')
    )
    ended = run("run", file, cwd=tmp_path)
    assert ended.returncode == 0, ended
    assert "gone is absent" in ended.stderr
    assert 'nothing fits "gone/cpu"' in ended.stderr
    assert 'nothing fits "no*"' in ended.stderr
    assert table(tmp_path / "bench.csv")[0][2:] == ["sensor [V]", "stage:position [mm]"]


def begin_endless(file: Path, folder: Path) -> subprocess.Popen[str]:
    """Starts a recording without end and waits until some rows are in its file."""
    process = subprocess.Popen(
        [*COMMAND, "run", str(file), "--seconds", "inf"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    path, until = folder / "bench.csv", time.monotonic() + 30
    while not (path.exists() and len(path.read_text().splitlines()) > 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "no rows within 30 s"
        time.sleep(0.01)
    return process


def test_ctrl_c_keeps_what_was_recorded(lab: Callable[[str], Path], tmp_path: Path) -> None:
    process = begin_endless(lab(SERIES), tmp_path)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "what was recorded until then is kept" in errors
    _, rows = table(tmp_path / "bench.csv")
    assert f"bench.csv: {len(rows)} rows" in told
    assert every(len(row) == 4 for row in rows)
    assert (tmp_path / "bench.png").stat().st_size > 1000


def test_a_killed_recording_has_lost_nothing(lab: Callable[[str], Path], tmp_path: Path) -> None:
    process = begin_endless(lab(SERIES), tmp_path)
    before = (tmp_path / "bench.csv").read_text()
    process.kill()
    process.communicate(timeout=30)
    after = (tmp_path / "bench.csv").read_text()
    assert after.startswith(before)
    assert len(after.splitlines()) > 3


# on a terminal


def test_a_terminal_gets_a_bar_by_rich(lab: Callable[[str], Path], tmp_path: Path) -> None:
    seen = on_a_terminal("run", lab(SERIES), cwd=tmp_path)
    assert "recording" in seen
    assert "━" in seen
    assert "rows" in seen


def test_a_terminal_gets_a_plain_bar_without_rich(
    lab: Callable[[str], Path], tmp_path: Path
) -> None:
    absent = tmp_path / "absent"
    (absent / "rich").mkdir(parents=True)
    (absent / "rich" / "__init__.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join([str(absent), os.environ.get("PYTHONPATH", "")])
    seen = on_a_terminal("run", lab(SERIES), cwd=tmp_path, PYTHONPATH=path)
    assert "\rrecording: [##############################] 100 %" in seen
    assert "━" not in seen


# within this process


def test_main_gives_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "computer", "--output", str(tmp_path), "--seconds", "0.2"]) == 0
    assert (tmp_path / "computer.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["run", str(tmp_path / "none.toml")]) == 1
    assert "none.toml" in capsys.readouterr().err


def test_a_defect_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("alidade.cli._info.info", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["info"])


def test_names_and_patterns() -> None:
    with alidade.Lab.from_text(MOCKS) as lab:
        known = _quantities.quantities(lab)
        names = [q.name for q in known]
        assert {"sensor", "stage:position"} <= set(names)
        for wanted, found in (
            (["sensor"], ["sensor"]),
            (["sensor:value"], ["sensor"]),
            (["*"], ["sensor"]),
            (["st*:pos*", "sensor", "*"], ["stage:position", "sensor"]),
        ):
            assert [q.name for q in _quantities.choose(wanted, known, []).chosen] == found
        choice = _quantities.choose(["gone/x", "no*"], known, ["gone"])
        assert choice == ([], ["gone/x", "no*"])
        with pytest.raises(alidade.NotFoundError, match='"sensor"'):
            _quantities.choose(["sensr"], known, [])
