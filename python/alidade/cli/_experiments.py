"""`alidade run` and `alidade demo`: what a TOML file says, a series or a scan."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ExistsError, InvalidError, NotFoundError
from ..settings import Settings
from . import _scan_settings, _series_settings
from ._demos import DEMOS
from ._settings import place


@dataclass(frozen=True)
class RunOptions:
    """Options of the command line, which go before what the file says."""

    output: Path
    """Folder for what is made."""
    overwrite: bool
    """Replaces files of the same names if true."""
    seconds: float | None = None
    """Duration of a series, in place of what the file says."""
    interval: float | None = None
    """Seconds from one row of a series to the next, in place of what the file says."""
    points: int | None = None
    """Number of positions of a scan, in place of what the file says."""

    def files(self, names: Sequence[str]) -> list[Path]:
        """Makes the folder, and the paths of files in it; "" is none.

        Raises:
            ExistsError: One is there and may not be replaced.
            OSError: The folder cannot be made.
        """
        self.output.mkdir(parents=True, exist_ok=True)
        paths = [self.output / name for name in names if name]
        for path in paths:
            if path.exists() and not self.overwrite:
                raise ExistsError(
                    f"{path} is there already; choose another folder by --output, or replace it "
                    "by --overwrite"
                )
        return paths


def demo(name: str, options: RunOptions) -> int:
    """Runs an experiment that ships with the package."""
    return run(DEMOS[name], options)


def run(file: Path, options: RunOptions) -> int:
    """Runs what a file says.

    Args:
        file: TOML with a lab and a table `[series]` or `[scan]`.
        options: Options of the command line, which go before it.

    Returns:
        The exit code.
    """
    settings = Settings.load(file)
    table = table_of(settings, file)
    if table is None:
        raise InvalidError(
            "the file has neither a table [series] nor [scan]: name what to record, for example\n"
            '    [series]\n    read = ["computer/cpu"]',
            domain="settings",
            where=str(file),
        )
    if table == _scan_settings.TABLE:
        _refuse({"--seconds": options.seconds, "--interval": options.interval}, "series", file)
        from . import _scanning

        return _scanning.run(settings, file, options)
    _refuse({"--points": options.points}, "scan", file)
    from . import _recording

    return _recording.run(settings, file, options)


def table_of(settings: Settings, file: Path) -> str | None:
    """Names the table that tells what to measure; None if there is none.

    Raises:
        InvalidError: There are two.
        NotFoundError: There is none, but one whose name is nearly that.
    """
    tables = (_series_settings.TABLE, _scan_settings.TABLE)
    there = [table for table in tables if table in settings]
    if len(there) > 1:
        raise InvalidError(
            "the file has both [series] and [scan]; give each a file of its own",
            domain="settings",
            where=str(file),
        )
    for name, content in {} if there else settings[""].items():
        near = difflib.get_close_matches(name, tables, n=1, cutoff=0.75)
        if near and isinstance(content, dict):
            raise NotFoundError(
                f"there is no table [{name}]; did you mean [{near[0]}]?",
                domain="settings",
                where=place(settings, file, f'"{name}"'),
            )
    return there[0] if there else None


def _refuse(options: dict[str, object], table: str, file: Path) -> None:
    for option, given in options.items():
        if given is not None:
            raise InvalidError(f"{option} is for files with a table [{table}]", where=str(file))
