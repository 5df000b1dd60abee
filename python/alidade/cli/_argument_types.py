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


def seconds(text: str) -> float:
    """A time: a number of seconds, or with a unit as "100ms"."""
    try:
        return float(text)
    except ValueError:
        pass
    from ..errors import InvalidError
    from ._amounts import split

    given = split(text)
    if given is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; expected a number and a unit, as 100ms; seconds without"
        )
    try:
        return given.to("s")
    except InvalidError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: {error.message}") from None


def interval(text: str) -> float:
    """Time from one thing to the next, in seconds."""
    value = seconds(text)
    if not (0.001 <= value <= 86400):
        raise argparse.ArgumentTypeError(f"{value:g} s is not from 0.001 s to 86400 s")
    return value


def duration(text: str) -> float:
    """Time in seconds, perhaps without end."""
    value = seconds(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{value:g} s is not above 0 s")
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
