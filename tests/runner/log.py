"""Runs the commands of a step and keeps what they print."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
VENV = Path(sys.executable).parent
# A command that takes longer than this hangs.
COMMAND_S = 45 * 60

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_ended = False


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end_all() -> None:
    """Ends the commands of all steps with all that they have started; no further one begins."""
    global _ended
    with _lock:
        _ended = True
        for process in _running:
            _kill(process)


def say(text: object) -> None:
    """Prints a line that no other thread cuts in two."""
    with _lock:
        print(text, flush=True)


class Log:
    """What the commands of one step print, in a file."""

    def __init__(self, path: Path, *, nice: bool = False) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._nice = ("nice", "-n", "19") if nice else ()
        self.path = path

    def command(self, *words: str | Path, **environment: str) -> None:
        """Runs a command in the project's folder; one that fails raises CalledProcessError."""
        text = " ".join(str(w) for w in words)
        self.note(f"$ {text}")
        self._file.flush()
        with _lock:
            if _ended:
                raise subprocess.CalledProcessError(-signal.SIGKILL, text)
            process = subprocess.Popen(
                [*self._nice, *(str(w) for w in words)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}",
                    **environment,
                },
                stdout=self._file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            _running.add(process)
        try:
            status = process.wait(COMMAND_S)
        except BaseException:  # too long, or Ctrl-C: it ends with all that it has started
            _kill(process)
            process.wait()
            raise
        finally:
            with _lock:
                _running.discard(process)
        if status:
            raise subprocess.CalledProcessError(status, text)

    def note(self, text: object) -> None:
        """Writes a line of the runner's own."""
        self._file.write(f"{text}\n")

    def tail(self, lines: int = 60) -> str:
        """The end of what was printed."""
        self._file.flush()
        return "\n".join(self.path.read_text(errors="replace").splitlines()[-lines:])
