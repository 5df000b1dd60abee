"""Arguments of the commands for single instruments: discover, jog, read, set, snap."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ._argument_types import EXIT_CODES, Commands, count, duration, interval

if TYPE_CHECKING:
    from ._opening import Instruments


def add_instrument_commands(commands: Commands) -> None:
    """Adds them; each sets `run`, the function that carries it out."""
    _add_discover(commands)
    _add_jog(commands)
    _add_read(commands)
    _add_set(commands)
    _add_snap(commands)


def _add_discover(commands: Commands) -> None:
    command = commands.add_parser(
        "discover",
        help="what is connected, and what answers at a port",
        description="Lists instruments and serial ports without writing to unknown instruments. "
        "With --probe: asks with one driver at one port.",
        epilog=EXIT_CODES,
    )
    command.add_argument(
        "--probe", nargs=2, metavar=("DRIVER", "URI"),
        help="ask what is at a port, as --probe esp300 serial:/dev/ttyUSB0",
    )  # fmt: skip
    command.set_defaults(run=_run_discover)


def _add_jog(commands: Commands) -> None:
    command = commands.add_parser(
        "jog",
        help="move an axis",
        usage="alidade jog FILE.toml PATH DISTANCE\n"
        "       alidade jog FILE.toml PATH --to POSITION | --home\n"
        "       alidade jog --driver DRIVER [--uri URI] PATH ...",
        description="Moves an axis by a distance (+0.5mm, -3 deg; without a unit in the axis's "
        "own), to a position, or home, and shows where it is. Ctrl-C stops the axis.",
        epilog=EXIT_CODES,
    )
    _add_source(command, "a lab, the axis (stage/x), and how far (+0.5mm)")
    target = command.add_mutually_exclusive_group()
    target.add_argument("--to", metavar="POSITION", help="where to, as 12mm")
    target.add_argument("--home", action="store_true", help="to the home position")
    command.set_defaults(run=_run_jog, command=command)


def _add_read(commands: Commands) -> None:
    command = commands.add_parser(
        "read",
        help="read numbers",
        usage="alidade read FILE.toml PATH... [--every TIME] [--count N] [--json]\n"
        "       alidade read --driver DRIVER [--uri URI] PATH... [...]",
        description="Prints numbers with units and times: of a device (meter), a property "
        "(stage:velocity), or what a pattern fits (computer/*). Opens no other devices of the lab.",
        epilog=EXIT_CODES,
    )
    _add_source(command, "a lab, and what to read")
    command.add_argument(
        "--every", type=interval, metavar="TIME", help="again and again, so far apart (1, 200ms)"
    )
    command.add_argument(
        "--count", type=count, metavar="N",
        help="how many times (default: once; with --every until Ctrl-C)",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="a JSON object for each number")
    command.set_defaults(run=_run_read, command=command)


def _add_set(commands: Commands) -> None:
    command = commands.add_parser(
        "set",
        help="open or close a shutter, set an output, change a property",
        usage="alidade set FILE.toml PATH open|closed\n"
        "       alidade set FILE.toml PATH NUMBER\n"
        "       alidade set FILE.toml PATH:PROPERTY VALUE\n"
        "       alidade set --driver DRIVER [--uri URI] PATH ...",
        description="Changes what a device puts out, or one of its properties, and shows what it "
        "is then. It stays so when the command has ended.",
        epilog=EXIT_CODES,
    )
    _add_source(command, "a lab, what to change, and what to")
    command.set_defaults(run=_run_set, command=command)


def _add_snap(commands: Commands) -> None:
    command = commands.add_parser(
        "snap",
        help="take a picture with a camera",
        usage="alidade snap FILE.toml PATH [--exposure TIME] [-o PICTURE]\n"
        "       alidade snap --driver DRIVER [--uri URI] PATH [...]",
        description="Takes one frame and writes it with all its bits.",
        epilog=EXIT_CODES,
    )
    _add_source(command, "a lab, and the camera")
    command.add_argument(
        "--exposure", type=duration, metavar="TIME",
        help="time of exposure, as 100ms; seconds without a unit",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=Path, default=Path("frame.tiff"), metavar="PICTURE",
        help="a .tiff, .png or .npy file (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--overwrite", action="store_true", help="replace the picture")
    command.set_defaults(run=_run_snap, command=command)


def _add_source(command: argparse.ArgumentParser, words: str) -> None:
    command.add_argument("words", nargs="*", metavar="FILE.toml PATH", help=words)
    command.add_argument(
        "--driver", help="in place of FILE.toml; the device is named as its driver: esp300/1"
    )
    command.add_argument("--uri", help="the driver's option uri: where the instrument is")
    command.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="an option of the driver, with its unit (latency=10ms) or without; may be given again",
    )  # fmt: skip


def _source(given: argparse.Namespace) -> tuple[Instruments, list[str]]:
    """Splits the words into the lab or driver with the instruments, and the paths: at least one."""
    from ._opening import Instruments, option_value

    file, words = None, [word.strip() for word in given.words]
    options = dict(map(option_value, given.option))
    if given.uri is not None:
        options["uri"] = given.uri
    if given.driver is None:
        if options:
            given.command.error("--uri and --option go with --driver")
        file = Path(words.pop(0)) if words else None
    if not words:
        given.command.error("expected FILE.toml and PATH, or --driver DRIVER and PATH")
    return Instruments(file, given.driver, options), words


# The modules behind the commands are imported when they are needed, so that `--help` is quick.


def _run_discover(given: argparse.Namespace) -> int:
    from ._discovering import discover, probe

    return discover() if given.probe is None else probe(*given.probe)


def _run_jog(given: argparse.Namespace) -> int:
    from ._amounts import amount
    from ._jogging import jog

    where, (path, *words) = _source(given)
    if len(words) + (given.to is not None) + given.home != 1:
        given.command.error("expected one of DISTANCE, --to POSITION, --home")
    by, to = amount(words[0]) if words else None, None if given.to is None else amount(given.to)
    return jog(where, path, by, to)


def _run_read(given: argparse.Namespace) -> int:
    from ._reading import read

    where, paths = _source(given)
    times = 1 if given.every is None and given.count is None else given.count
    return read(where, paths, given.every or 0.0, times, given.json)


def _run_set(given: argparse.Namespace) -> int:
    from ._changing import change

    where, words = _source(given)
    if len(words) != 2:
        given.command.error("expected PATH and what to set it to")
    return change(where, *words)


def _run_snap(given: argparse.Namespace) -> int:
    from ._snapping import snap

    where, (path, *words) = _source(given)
    if words:
        given.command.error(f"one camera at a time; what is {words[0]!r}?")
    return snap(where, path, given.exposure, given.output, given.overwrite)
