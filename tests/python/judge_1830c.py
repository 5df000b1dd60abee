"""A Newport 1830-C as its user's manual and public drivers have it, not as ours has it.

Written without a look at the driver or the simulated instrument, so that the three do not share an
error. Sources: pages 38 and 52 of the manual (status byte), lantz (commands, units), Instrumental
(reference, filters). What they do not tell is left out.
"""

from __future__ import annotations

import math
import os
import threading
import tty
from collections.abc import Callable
from select import select


class Meter:
    """Answers on a pseudo-terminal.

    Attributes:
        watts: The light on its detector.
        status: The bits that stay until they are cleared: errors of commands.
        heard: All that came, a command each.
        sample: Makes the reading of a new sample of the light.
        samples: How many it has taken.
        every: It takes a new sample at each so manieth question for its status.
        over_range: Whether the light is more than its range.
        refused: Commands that it does not understand.
        calibrates: For how many questions for its status it is busy after O.
    """

    PARAMETER_ERROR, COMMAND_ERROR, OVER_RANGE, BUSY, READ_DONE = 1, 2, 8, 32, 128

    def __init__(self, watts: float) -> None:
        self.watts = watts
        self.status = 0
        self.heard: list[str] = []
        self.sample: Callable[[float, int], float] = lambda watts, number: watts
        self.samples = 0
        self.every = 1
        self.over_range = False
        self.refused: set[str] = set()
        self.calibrates = 5
        self._busy = 0
        self._reference = 1e-3
        self._settings = dict.fromkeys("AEFGKLZBRUW", 0)
        self._settings |= {"B": 1, "F": 2, "G": 1, "R": 4, "U": 1, "W": 633}
        self._least = {"F": 1, "U": 1}
        self._most = {"F": 3, "K": 2, "R": 8, "U": 4, "W": 9999}
        self._reading = watts
        self._done = False
        self._looks = 0
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self.uri = f"serial:{os.ttyname(self._far)}"
        self._ends, self._end = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._end, b"!")
        self._thread.join()
        for fd in (self._near, self._far, self._ends, self._end):
            os.close(fd)

    def _serve(self) -> None:
        begun = b""
        while self._ends not in select([self._near, self._ends], [], [])[0]:
            *lines, begun = (begun + os.read(self._near, 4096)).split(b"\n")
            for line in lines:
                self.heard.append(line.decode())
                answer = self._answer(line.decode().strip())
                if answer is not None:
                    os.write(self._near, answer.encode() + b"\n")

    def _answer(self, command: str) -> str | None:
        letter, rest = command[:1], command[1:]
        if command in self.refused:
            self.status |= self.COMMAND_ERROR
            return None
        if command == "D?":
            self._done = False
            return self._shown()
        if command == "Q?":
            self._look()
            self._busy = max(self._busy - 1, 0)
            return str(self.status | self._state() | (self.BUSY if self._busy else 0))
        if letter in self._settings and rest == "?":
            value = self._settings[letter]
            return f"{value:04d}" if letter == "W" else str(value)
        if letter in self._settings and rest.isdigit():
            if self._least.get(letter, 0) <= int(rest) <= self._most.get(letter, 1):
                self._settings[letter] = int(rest)
            else:
                self.status |= self.PARAMETER_ERROR
        elif command == "C":
            self.status, self._done = 0, False
        elif command == "S":
            self._reference = self.watts
        elif command == "O":
            self._busy = self.calibrates
        else:
            self.status |= self.COMMAND_ERROR
        return None

    def _look(self) -> None:
        self._looks += 1
        if self._settings["G"] == 1 and self._looks % self.every == 0:
            self.samples += 1
            self._reading = self.sample(self.watts, self.samples)
            self._done = not self.over_range

    def _state(self) -> int:
        return (self.OVER_RANGE if self.over_range else 0) | (self.READ_DONE if self._done else 0)

    def _shown(self) -> str:
        ratio = self._reading / self._reference
        return {
            1: f"{self._reading:.3E}".replace("0.", "."),
            2: f"{10 * math.log10(ratio):+.3f}",
            3: f"{10 * math.log10(self._reading / 1e-3):+.3f}",
            4: f"{ratio:.4E}",
        }[self._settings["U"]]
