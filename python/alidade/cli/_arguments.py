"""The command line: which commands there are and what they take."""

from __future__ import annotations

import argparse
from pathlib import Path

from ._argument_types import EXIT_CODES, Commands, count, duration, interval
from ._instrument_arguments import add_instrument_commands

PATHS = (
    ("--include-dir", "get_include", "the folder of the C headers"),
    ("--library", "get_library", "the file of the library"),
    ("--pkgconfig-dir", "get_pkgconfig", "the folder of alidade.pc"),
    ("--cmake-dir", "get_cmake", "the folder of the CMake package"),
    ("--julia-dir", "get_julia", "the folder of the Julia package"),
)


def parser() -> argparse.ArgumentParser:
    """The parser; each command sets `run`, the function that carries it out."""
    whole = argparse.ArgumentParser(
        prog="alidade", description="Laboratory instruments from a shell.", epilog=EXIT_CODES
    )
    whole.add_argument("--version", action="version", version=f"alidade {_version()}")
    for option, function, what in PATHS:
        whole.add_argument(
            option, action=_Path, const=function, nargs=0, help=f"print {what} and exit"
        )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    _add_info(commands)
    _add_demo(commands)
    _add_run(commands)
    _add_check(commands)
    _add_devices(commands)
    add_instrument_commands(commands)
    _add_simulate(commands)
    return whole


class _Path(argparse.Action):
    """Prints what a function of `alidade.paths` gives, for build files to read."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from .. import paths
        from ..errors import NotFoundError

        try:
            print(getattr(paths, self.const)())
        except NotFoundError as error:
            parser.exit(1, f"{parser.prog}: {error}\n")
        parser.exit()


def _add_info(commands: Commands) -> None:
    command = commands.add_parser(
        "info", help="versions, features, drivers, and where the library is"
    )
    command.set_defaults(run=_run_info)


def _add_demo(commands: Commands) -> None:
    command = commands.add_parser(
        "demo",
        help="run an experiment on simulated instruments",
        description="Runs an experiment that ships with the package. malus turns a half-wave "
        "plate, reads a power meter and takes a camera frame at each angle, through the drivers "
        "of real instruments, which are simulated; it fits Malus's law. knife_edge moves a blade "
        "through the beam and fits its radius. computer records this computer's own sensors. "
        "Writes a table with units, frames and a plot; what an earlier run has left in the folder "
        "is replaced.",
        epilog=EXIT_CODES,
    )
    command.add_argument(
        "name", nargs="?", default="malus", choices=("malus", "knife_edge", "computer"),
        help="which (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--output", type=Path, default=Path("alidade-demo"), metavar="FOLDER",
        help="where the files go; made if it is not there (default: %(default)s)",
    )  # fmt: skip
    _add_extent(command)
    command.set_defaults(run=_run_demo)


def _add_run(commands: Commands) -> None:
    command = commands.add_parser(
        "run",
        help="carry out what a TOML file says",
        description="Opens the lab that a TOML file describes and records what its table [series] "
        "names, or moves an axis and measures as its table [scan] says. Rows are written as they "
        "come: Ctrl-C keeps what was measured, and stops the axis.",
        epilog=EXIT_CODES,
    )
    command.add_argument(
        "file", type=Path, metavar="FILE.toml", help="the lab and its [series] or [scan]"
    )
    command.add_argument(
        "--output", type=Path, default=Path(), metavar="FOLDER",
        help="where the files go; made if it is not there (default: the current one)",
    )  # fmt: skip
    command.add_argument("--overwrite", action="store_true", help="replace files of the same name")
    _add_extent(command)
    command.set_defaults(run=_run_run)


def _add_extent(command: argparse.ArgumentParser) -> None:
    """Adds the options that go before what the file says."""
    command.add_argument(
        "--seconds", type=duration, metavar="TIME",
        help="how long a series takes (90, 2min); inf until Ctrl-C (default: the file's)",
    )  # fmt: skip
    command.add_argument(
        "--interval", type=interval, metavar="TIME",
        help="from one row of a series to the next, as 100ms (default: the file's)",
    )  # fmt: skip
    command.add_argument(
        "--points", type=count, metavar="N",
        help="positions of a scan (default: the file's)",
    )  # fmt: skip


def _add_check(commands: Commands) -> None:
    command = commands.add_parser(
        "check",
        help="whether a lab's file fits its instruments, without moving anything",
        description="Checks a TOML file: tables, keys, the drivers' options; then opens the "
        "instruments and checks safe states, presets, positions and [scan] or [series] against "
        "what they turned out to be. Nothing is set and nothing moves.",
        epilog=EXIT_CODES,
    )
    command.add_argument("file", type=Path, metavar="FILE.toml", help="the lab")
    command.add_argument(
        "--offline", action="store_true",
        help="open no instrument; what only an instrument can tell is counted as unchecked",
    )  # fmt: skip
    command.set_defaults(run=_run_check)


def _add_devices(commands: Commands) -> None:
    command = commands.add_parser(
        "devices",
        help="known drivers, what is connected, and what a lab is made of",
        description="Lists the drivers and what they find connected. With a TOML file: opens its "
        "lab and shows its devices with their parts, properties and units.",
        epilog=EXIT_CODES,
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FILE.toml", help="a lab to open")
    command.set_defaults(run=_run_devices)


def _add_simulate(commands: Commands) -> None:
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
    command.add_argument(
        "--list",
        action="store_true",
        help="show instruments, options, and the bench's quantities",
    )
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
        ("--quantity", "a quantity of the bench, such as laser.power=1mW"),
        ("--fault", "a fault of all lines, such as delay=100ms"),
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
    from ._experiments import RunOptions, demo

    options = RunOptions(given.output, True, given.seconds, given.interval, given.points)
    return demo(given.name, options)


def _run_run(given: argparse.Namespace) -> int:
    from ._experiments import RunOptions, run

    options = RunOptions(given.output, given.overwrite, given.seconds, given.interval, given.points)
    return run(given.file, options)


def _run_check(given: argparse.Namespace) -> int:
    from ._checking import check

    return check(given.file, given.offline)


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
