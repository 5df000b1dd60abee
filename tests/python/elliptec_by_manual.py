"""An Elliptec bus by the maker's protocol manual alone, on a pseudo-terminal.

It is independent of the driver and of its simulated bus, and judges both: what it does is on the
page of issue 10 that is named beside it. Where the manual leaves something open the bus has a
switch, and drivers must work either way.
"""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from collections.abc import Sequence
from dataclasses import dataclass, field

OK, MECHANICAL, UNSUPPORTED, OUT_OF_VALUES, BUSY, OUT_OF_RANGE = 0, 2, 3, 4, 9, 12

ROTATORS = (14, 16, 18, 21)
STAGES = (17, 20)
SLIDERS = {6: (2, 31), 9: (4, 31), 12: (6, 19)}  # places, and millimetres between them (8)
STOPPABLE = (14, 16, 21)  # (38)
NO_PERIODS = (16, 21)  # (15, 16, 23, 24)
NO_BUTTONS = (16, 21)  # (42)

TRAVELS = {6: 31, 9: 31, 12: 19, 14: 360, 15: 10, 16: 360, 17: 28, 18: 360, 20: 60, 21: 360}  # (8)
PULSES = {6: 1, 14: 262144, 15: 1000, 16: 65536, 17: 1024, 18: 262144, 20: 1024, 21: 65536}  # (8)

# How many characters of data follow the header, by command. (10 to 47)
DATA = {
    "in": 0, "gs": 0, "us": 0, "ca": 1, "i1": 0, "f1": 4, "b1": 4, "s1": 0, "is": 2,
    "i2": 0, "f2": 4, "b2": 4, "s2": 0, "ho": 1, "ah": 1, "ma": 8, "mr": 8, "go": 0, "so": 8,
    "gj": 0, "sj": 8, "fw": 0, "bw": 0, "sk": 0, "st": 0, "gp": 0, "gv": 0, "sv": 2, "ga": 1,
    "om": 0, "cm": 0,
}  # fmt: skip

# "THIS MESSAGE DOES NOT APPLY TO MULTI-POSITION SLIDER DEVICES" (28 to 40)
NOT_OF_SLIDERS = ("ho", "ma", "mr", "go", "so", "gj", "sj", "gv", "sv")


@dataclass
class Motor:
    """One module. Positions are in pulses, speeds in pulses per second at full velocity."""

    address: str
    type: int
    serial: str = "11400517"
    hardware: int = 1
    travel: int = -1
    pulses: int = -1
    speed: float = 0.0
    position: float = 0.0
    # Where the manual is open, or firmware differs.
    refuses_stop: bool = False
    position_in_motion: bool = True  # `gp` gives where it is; otherwise it says that it is busy
    announces: bool = False  # a status goes before the position at the end of a move (30)
    search_s: float = 2.0
    service_s: float = 600.0

    velocity: int = 100
    jog: int = 0
    offset: int = 0
    status: int = OK
    goal: float | None = None  # of a motion
    by_buttons: bool = False
    stopped: bool = False
    silent_until: float = 0.0
    searches_until: float = 0.0
    service: str = ""  # "om", "cm"
    serves_until: float = 0.0
    begun: str = ""
    last_byte: float = 0.0
    garbles: str = ""  # answers `in` with this instead

    def __post_init__(self) -> None:
        self.travel = TRAVELS.get(self.type, 28) if self.travel < 0 else self.travel
        self.pulses = PULSES.get(self.type, 0) if self.pulses < 0 else self.pulses
        if not self.speed:
            self.speed = 4.0 * self.pitch if self.slides else 50.0 * self.scale
        self.jog = self.jog or int(self.scale)

    @property
    def slides(self) -> bool:
        return self.type in SLIDERS

    @property
    def pitch(self) -> int:
        return SLIDERS[self.type][1]

    @property
    def scale(self) -> float:
        """Pulses for a degree or a millimetre."""
        return self.pulses / 360 if self.type in ROTATORS else float(self.pulses)

    @property
    def where(self) -> float:
        """In degrees, millimetres or places."""
        return self.position / (self.pitch if self.slides else self.scale)

    @property
    def moves(self) -> bool:
        return self.goal is not None

    @property
    def busy(self) -> bool:
        return self.moves or self.searches_until > 0 or bool(self.service)

    def within(self, pulses: float) -> bool:
        if self.type in ROTATORS:
            return True
        if self.slides:
            return 0 <= pulses <= self.pitch * (SLIDERS[self.type][0] - 1)
        most = 11500 if self.type == 15 else self.travel * self.pulses  # (29)
        return 0 <= pulses <= most

    def identity(self) -> str:
        """(10)"""
        return (
            f"{self.type:02X}{self.serial}202301{self.hardware:02X}"
            f"{self.travel:04X}{self.pulses:08X}"
        )


def long(pulses: float) -> str:
    """Eight digits, two's complement. (7)"""
    return f"{round(pulses) & 0xFFFFFFFF:08X}"


def number(data: str) -> int:
    x = int(data, 16)
    return x - (1 << 32) if x >= 1 << 31 else x


@dataclass
class Bus:
    """Modules on one line. `heard` has every command that one of them has taken as whole.

    Attributes:
        motors: The modules.
        collides: Answers at the same moment are one on top of the other on the open-drain line;
            otherwise one comes after the other.
    """

    motors: Sequence[Motor]
    collides: bool = True
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._answers: list[str] = []
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"serial:{self.path}"

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def __getitem__(self, address: str) -> Motor:
        return next(m for m in self.motors if m.address == address)

    # --- what happens at the modules themselves ---

    def halt(self, address: str) -> None:
        """Somebody else stops it, and the line hears of it."""
        with self._lock:
            self._halt(self[address])
            self._say(self[address], f"GS{OK:02X}")
            self._send()

    def press(self, address: str, direction: int) -> None:
        """Somebody presses FW or BW. (42)"""
        with self._lock:
            m = self[address]
            if m.type not in NO_BUTTONS:
                m.by_buttons = True
                self._say(m, f"BS{BUSY:02X}")
                self._begin(m, m.position + direction * (m.pitch if m.slides else m.jog))
                self._send()

    # --- the line ---

    def _run(self) -> None:
        while not self._ended.is_set():
            ready = select.select([self._master], [], [], 0.002)[0]
            data = os.read(self._master, 4096) if ready else b""
            with self._lock:
                self._go_on()
                for byte in data:
                    for m in self.motors:
                        self._take(m, chr(byte))
                    self._send()
                self._send()

    def _take(self, m: Motor, c: str) -> None:
        """One byte at the receiver of one module: it follows what is for the others too. (5, 6)"""
        now = time.monotonic()
        if now - m.last_byte > 2.0:
            m.begun = ""
        m.last_byte = now
        if c == "\r":
            m.begun = ""
            return
        if c == "\n" and not m.begun:
            return
        m.begun += c
        if len(m.begun) >= 3 and len(m.begun) == 3 + DATA.get(m.begun[1:3], 0):
            whole, m.begun = m.begun, ""
            if whole[0] == m.address and now >= m.silent_until:
                self.heard.append(whole)
                self._obey(m, whole[1:3], whole[3:])

    def _say(self, m: Motor, text: str) -> None:
        self._answers.append(f"{m.address}{text}\r\n")

    def _send(self) -> None:
        if not self._answers:
            return
        answers, self._answers = self._answers, []
        same = {a[0] for a in answers if sum(b[0] == a[0] for b in answers) > 1}
        for address in sorted(same) if self.collides else ():
            ours = [a for a in answers if a[0] == address]
            answers = [a for a in answers if a[0] != address]
            size = max(len(a) for a in ours)
            line = [255] * size
            for a in ours:
                for i, c in enumerate(a):
                    line[i] &= ord(c)
            answers.append("".join(map(chr, line)))
        for a in answers:
            os.write(self._master, a.encode("latin-1"))

    # --- motions ---

    def _begin(self, m: Motor, goal: float) -> None:
        m.goal = goal
        m.stopped = False

    def _halt(self, m: Motor) -> None:
        m.goal = None
        m.service = ""

    def _go_on(self) -> None:
        now = time.monotonic()
        step, self._last = now - self._last, now
        for m in self.motors:
            if m.searches_until and now >= m.searches_until:
                m.searches_until = 0.0
                self._say(m, f"GS{OK:02X}")  # (17, 25)
            if m.service and now >= m.serves_until:
                m.service = ""
                self._say(m, f"GS{OK:02X}")  # (45, 46)
            if m.goal is None:
                continue
            way = m.goal - m.position
            reach = m.speed * m.velocity / 100 * step
            if abs(way) > reach:
                m.position += reach if way > 0 else -reach
                continue
            m.position, m.goal = float(round(m.goal)), None
            self._say(m, ("BO" if m.by_buttons else "PO") + long(m.position))  # (30, 43)
            m.by_buttons = False

    # --- commands ---

    def _fail(self, m: Motor, status: int) -> None:
        """An error stays until `gs` has told it. (5, 11)"""
        m.status = status
        self._say(m, f"GS{status:02X}")

    def _obey(self, m: Motor, name: str, data: str) -> None:
        if name == "in":
            self._say(m, m.garbles or "IN" + m.identity())
        elif name == "gs":
            self._say(m, f"GS{BUSY if m.busy else m.status:02X}")
            m.status = m.status if m.busy else OK
        elif name == "st":
            self._stop(m)
        elif name == "gp" and (m.position_in_motion or not m.busy):
            self._say(m, "PO" + long(m.position))
        elif m.busy:
            self._say(m, f"GS{BUSY:02X}")
        elif m.slides and name in NOT_OF_SLIDERS:
            self._fail(m, UNSUPPORTED)
        elif name in ("ma", "mr", "ho", "fw", "bw"):
            self._move(m, name, data)
        else:
            self._set(m, name, data)

    def _stop(self, m: Motor) -> None:
        if m.service == "om" and m.type in NO_PERIODS:  # (47)
            self._say(m, f"GS{BUSY:02X}")
        elif m.service:  # (47)
            self._halt(m)
            self._say(m, f"GS{OK:02X}")
        elif m.type not in STOPPABLE or m.refuses_stop:  # (38)
            self._fail(m, UNSUPPORTED)
        else:
            if m.moves:
                self._say(m, f"GS{BUSY:02X}")
                self._send()
            self._halt(m)
            self._say(m, f"GS{OK:02X}")

    def _move(self, m: Motor, name: str, data: str) -> None:
        home = 11500 if m.type == 15 else 0  # (29)
        step = (m.pitch if m.slides else m.jog) * (1 if name == "fw" else -1)
        goal = {
            "ma": lambda: number(data),
            "mr": lambda: m.position + number(data),
            "ho": lambda: home,
        }.get(name, lambda: m.position + step)()
        if name in ("fw", "bw") and m.jog == 0 and m.type == 14:  # (34)
            goal = m.position + (1e12 if name == "fw" else -1e12)
        if not m.within(goal):
            self._fail(m, OUT_OF_RANGE)
            return
        if m.announces:
            self._say(m, f"GS{BUSY:02X}")
        self._begin(m, goal)

    def _set(self, m: Motor, name: str, data: str) -> None:
        one_motor = m.type == 6 and m.hardware == 1  # (8)
        if name in ("s2", "i2", "f2", "b2") and one_motor:
            self._fail(m, UNSUPPORTED)
        elif name in ("s1", "s2"):
            m.searches_until = time.monotonic() + m.search_s
        elif name in ("i1", "i2"):  # (14, 22)
            self._say(m, f"I{name[1]}100428FFFFFFFF00BD008B")
        elif name in ("f1", "b1", "f2", "b2"):
            self._ok(m) if m.type not in NO_PERIODS else self._fail(m, UNSUPPORTED)
        elif name == "go":
            self._say(m, "HO" + long(m.offset))
        elif name == "so":
            m.offset = number(data)
            self._ok(m)
        elif name == "gj":
            self._say(m, "GJ" + long(m.jog))
        elif name == "sj":
            m.jog = number(data)
            self._ok(m)
        elif name == "gv":
            self._say(m, f"GV{m.velocity:02X}")
        elif name == "sv":
            least = 50 if m.type in (16, 21) else 1  # (40)
            if least <= int(data, 16) <= 100:
                m.velocity = int(data, 16)
                self._ok(m)
            else:
                self._fail(m, OUT_OF_VALUES)
        elif name in ("ca", "ga"):  # (12, 44)
            m.address = data.upper()
            self._ok(m)
        elif name == "is":  # (20)
            m.silent_until = time.monotonic() + 60 * int(data, 16)
        elif name in ("om", "cm"):  # (45, 46)
            if m.slides or (name == "cm" and m.type == 15):
                self._fail(m, UNSUPPORTED)
            else:
                m.service, m.serves_until = name, time.monotonic() + m.service_s
                self._say(m, f"GS{BUSY:02X}")
        elif name == "ah" and m.type != 15:  # (29)
            self._fail(m, UNSUPPORTED)
        elif name in ("us", "sk", "ah"):
            self._ok(m)
        else:
            self._fail(m, UNSUPPORTED)

    def _ok(self, m: Motor) -> None:
        self._say(m, f"GS{OK:02X}")
