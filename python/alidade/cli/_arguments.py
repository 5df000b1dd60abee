"""The command line: which commands there are and what they take."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrongly called, 130 ended by Ctrl-C"


def parser() -> argparse.ArgumentParser:
    """The parser; each command sets `run`, the function that carries it out."""
    whole = argparse.ArgumentParser(
        prog="alidade", description="Laboratory instruments from a shell.", epilog=EXIT_CODES
    )
    whole.add_argument("--version", action="version", version=f"alidade {_version()}")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    _add_info(commands)
    _add_demo(commands)
    _add_run(commands)
    _add_devices(commands)
    _add_simulate(commands)
    return whole


def _add_info(commands: _Commands) -> None:
    command = commands.add_parser(
        "info", help="versions, features, drivers, and where the library is"
    )
    command.set_defaults(run=_run_info)


def _add_demo(commands: _Commands) -> None:
    command = commands.add_parser(
        "demo",
        help="record this computer's own sensors",
        description="Reads load, memory, disks, networks and temperatures of this computer as a "
        "time series; writes a CSV file with units and time stamps, and a plot. What an earlier "
        "run has left in the folder is replaced.",
        epilog=EXIT_CODES,
    )
    command.add_argument(
        "--output", type=Path, default=Path("alidade-demo"), metavar="FOLDER",
        help="where the files go; made if it is not there (default: %(default)s)",
    )  # fmt: skip
    _add_times(command, seconds="5", interval="0.1")
    command.set_defaults(run=_run_demo)


def _add_run(commands: _Commands) -> None:
    command = commands.add_parser(
        "run",
        help="record what a TOML file says",
        description="Opens the lab that a TOML file describes and records what its table [series] "
        "names. Rows are written as they come: Ctrl-C keeps what was recorded.",
        epilog=EXIT_CODES,
    )
    command.add_argument("file", type=Path, metavar="FILE.toml", help="the lab and its [series]")
    command.add_argument(
        "--output", type=Path, default=Path(), metavar="FOLDER",
        help="where the files go; made if it is not there (default: the current one)",
    )  # fmt: skip
    command.add_argument("--overwrite", action="store_true", help="replace files of the same name")
    _add_times(command, seconds="the file's", interval="the file's")
    command.set_defaults(run=_run_run)


def _add_times(command: argparse.ArgumentParser, seconds: str, interval: str) -> None:
    command.add_argument(
        "--seconds", type=_duration, metavar="S",
        help=f"how long; inf until Ctrl-C (default: {seconds})",
    )  # fmt: skip
    command.add_argument(
        "--interval", type=_positive, metavar="S",
        help=f"from one row to the next (default: {interval})",
    )  # fmt: skip


def _add_devices(commands: _Commands) -> None:
    command = commands.add_parser(
        "devices",
        help="known drivers, what is connected, and what a lab is made of",
        description="Lists the drivers and what they find connected. With a TOML file: opens its "
        "lab and shows its devices with their parts, properties and units.",
        epilog=EXIT_CODES,
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FILE.toml", help="a lab to open")
    command.set_defaults(run=_run_devices)


def _add_simulate(commands: _Commands) -> None:
    command = commands.add_parser(
        "simulate",
        help="simulated instruments for any program, on pseudo-terminals",
        description="Switches simulated instruments of one bench on, prints a line for each with "
        "its name and where it is found, and runs until Ctrl-C. Any program can open them as "
        "serial ports.",
        epilog=EXIT_CODES,
    )
    command.add_argument(
        "instruments", nargs="*", metavar="INSTRUMENT", help="which (default: one of each)"
    )
    command.add_argument("--list", action="store_true", help="show instruments and their options")
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--tcp", dest="listen", action="store_const", const="tcp", default="pty",
        help="at TCP ports of 127.0.0.1 instead",
    )  # fmt: skip
    where.add_argument(
        "--rfc2217", dest="listen", action="store_const", const="rfc2217",
        help="at TCP ports that speak RFC 2217",
    )  # fmt: skip
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of all noise (default: %(default)s)"
    )
    for option, what in (
        ("--option", "an option of the instruments that have it, or INSTRUMENT:NAME=VALUE"),
        ("--quantity", "a quantity of the bench, such as laser.power=0.001"),
        ("--fault", "a fault of all lines, such as delay=0.1"),
    ):
        command.add_argument(
            option, action="append", default=[], metavar="NAME=VALUE", help=f"{what}; repeatable"
        )
    command.set_defaults(run=_run_simulate)


# The modules behind the commands are imported when they are needed, so that `--help` is quick.


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("alidade")
    except metadata.PackageNotFoundError:  # run from the sources
        from .. import __version__

        return __version__


def _run_info(_: argparse.Namespace) -> int:
    from ._info import info

    return info()


def _run_demo(given: argparse.Namespace) -> int:
    from ._recording import demo

    return demo(given.output, given.seconds, given.interval)


def _run_run(given: argparse.Namespace) -> int:
    from ._recording import run

    return run(given.file, given.output, given.seconds, given.interval, given.overwrite)


def _run_devices(given: argparse.Namespace) -> int:
    from ._devices import devices

    return devices(given.file)


def _run_simulate(given: argparse.Namespace) -> int:
    from ._simulate import show_instruments, simulate

    if given.list:
        return show_instruments()
    return simulate(
        given.instruments,
        listen=given.listen,
        seed=given.seed,
        options=given.option,
        quantities=given.quantity,
        faults=given.fault,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None


def _positive(text: str) -> float:
    value = _number(text)
    if not (0.001 <= value <= 86400):
        raise argparse.ArgumentTypeError(f"{text} s is not from 0.001 s to 86400 s")
    return value


def _duration(text: str) -> float:
    value = _number(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} s is not above 0 s")
    return math.inf if math.isinf(value) else value
