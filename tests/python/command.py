"""What tests of the command `alidade` share: it is run as a process."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "alidade")

MOCKS = """\
[lab]
name = "bench"
[devices.stage]
driver = "mock-movable"
position = 12.5
[devices.sensor]
driver = "mock-readable"
value = 2.5
unit = "V"
"""


def run(
    *words: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def absent(package: str, folder: Path) -> dict[str, str]:
    """The environment of processes in which a package is not installed."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules['{package}'] = None\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])}


def refused(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    """It failed with one readable block on the error stream that has these words."""
    assert ended.returncode == 1, ended
    assert ended.stdout == ""
    assert ended.stderr.startswith("alidade: ")
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr


def on_a_terminal(*words: str | Path, cwd: Path, **environment: str) -> str:
    """What a command writes to a terminal as its error stream."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=cwd, env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment},
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(60) == 0, seen
    return seen.decode()
