"""Watch over the system's clock while something is recorded: steps of NTP, and suspensions."""

from __future__ import annotations

import time
from typing import NamedTuple

from . import log as _log
from .clocks import mono_ns, wall_error_ns, wall_from_mono

__all__ = ["ClockStep", "ClockWatch"]

# Difference that is no step: readings of clocks are apart, and NTP lets clocks run faster or slower
# by 500 ppm to correct them.
_STEP_NS = 100_000_000
_SLEW = 5e-4


class ClockStep(NamedTuple):
    """A step of the system's clock, or a suspension of the computer, during a recording.

    Attributes:
        row: The first row that came after it.
        t_mono_ns: When it was noticed, on the monotonic clock, in nanoseconds.
        step: By how many seconds the system's clock was stepped.
        suspended: For how many seconds the computer was suspended.
    """

    row: int
    t_mono_ns: int
    step: float
    suspended: float


class ClockWatch:
    """Watch over the clock on which the times of a recording are."""

    __slots__ = ("_at", "_error", "_suspended", "steps", "utc_ns")

    steps: list[ClockStep]
    """Steps and suspensions since the begin."""

    utc_ns: int
    """Offset of its times from the monotonic clock, as the system's clock was at the begin."""

    def __init__(self) -> None:
        self.steps = []
        self._at, self._error, self._suspended = mono_ns(), wall_error_ns(), suspended_ns()
        # The library's own offset is that of the program's begin, without a step since then.
        gone = self._error if abs(self._error) >= _STEP_NS else 0
        self.utc_ns = wall_from_mono(0) + gone

    def gone_ns(self) -> int:
        """By how much the system's clock has gone from that of the recording."""
        return wall_from_mono(0) + wall_error_ns() - self.utc_ns

    def look(self, row: int) -> None:
        """Notes what has happened before a row."""
        now, error, suspended = mono_ns(), wall_error_ns(), suspended_ns()
        asleep = suspended - self._suspended
        step = error - self._error - asleep
        allowed = _STEP_NS + _SLEW * (now - self._at)
        self._at, self._error, self._suspended = now, error, suspended
        stepped, slept = abs(step) >= allowed, asleep >= _STEP_NS
        if not (stepped or slept):
            return
        found = ClockStep(row, now, step / 1e9 if stepped else 0.0, asleep / 1e9 if slept else 0.0)
        self.steps.append(found)
        what = f"the system's clock was stepped by {found.step:+.3f} s" if stepped else ""
        if slept:
            what += (
                f"{' and ' if what else ''}the computer was suspended for {found.suspended:.3f} s"
            )
        _log.write(
            "warning",
            f"{what} before row {row}; the times of this recording stay on the clock with which it "
            "began, the next one begins on the new clock",
            "clock",
        )


def suspended_ns() -> int:
    """Time for which the computer has been suspended: the monotonic clock stood still meanwhile."""
    running = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - running
