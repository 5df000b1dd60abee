"""Terminals that tests type into and close, with a program of their own in each."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from support import eventually


class Terminal:
    """A program in a pseudo-terminal of its own: ^C can be typed, and it can be closed."""

    def __init__(self, words: Sequence[str], cwd: Path | None = None, **options: object) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            list(words), cwd=cwd,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: _own_terminal(slave), **options,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Closes it, as a window is closed: its program gets SIGHUP and can write no more."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def end(self, number: int) -> int:
        """Ends the program by a signal, SIGHUP by closing the terminal; gives the exit code."""
        if number == signal.SIGHUP:
            self.close()
        elif number == signal.SIGINT:
            self.type("\x03")
        else:
            self.process.send_signal(number)
        return self.process.wait(60)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def read_line(self) -> str:
        """The next line that the program writes."""
        self.until(lambda seen: "\n" in seen)
        line, _, self.seen = self.seen.partition("\n")
        return line.replace("\r", "")

    def expect(self, start: str) -> str:
        """The next line that begins so; the terminal's echo of what is typed is left out."""
        passed = []
        while not (line := self.read_line().replace("^C", "")).startswith(start):
            passed.append(line)
            assert "Traceback" not in line, "\n".join([*passed, self.seen])
        return line

    def until(self, is_there: Callable[[str], object], seconds: float = 60) -> None:
        """Waits until what the program has written is as wanted."""
        deadline = time.monotonic() + seconds
        while not is_there(self.seen):
            assert time.monotonic() < deadline, self.seen
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self._master, 65536).decode(errors="replace")
                except OSError:  # the program is gone
                    assert is_there(self.seen), self.seen
                    return

    def until_file(self, path: Path, lines: int, seconds: float = 60) -> None:
        """Waits until a file has so many lines; what the program writes is taken meanwhile."""

        def is_long() -> bool:
            self.until(lambda _: not select.select([self._master], [], [], 0)[0])
            return path.exists() and path.read_bytes().count(b"\n") >= lines

        assert eventually(is_long, seconds), self.seen


def _own_terminal(slave: int) -> None:
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
