"""Types of the commands' arguments."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

EXIT_CODES = (
    "exit codes: 0 done, 1 failed, 2 wrongly called, 130 ended by Ctrl-C, 143 by SIGTERM, 129 by "
    "SIGHUP (a closed terminal)"
)


def number(text: str) -> float:
    """A number of seconds."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None


def interval(text: str) -> float:
    """Seconds from one thing to the next."""
    value = number(text)
    if not (0.001 <= value <= 86400):
        raise argparse.ArgumentTypeError(f"{text} s is not from 0.001 s to 86400 s")
    return value


def duration(text: str) -> float:
    """Seconds, perhaps without end."""
    value = number(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} s is not above 0 s")
    return math.inf if math.isinf(value) else value


def count(text: str) -> int:
    """Reads a number of times."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value
