"""`alidade fit`: the fits of a table once more, or another curve."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import fit as _fit
from .._beside import read_beside
from .._plot import draw, scan_figure
from ..errors import CorruptError, InvalidError, NotFoundError
from ..tables import Table
from ._fits import report_of

if TYPE_CHECKING:
    from ..fit import Fit


@dataclass(frozen=True)
class FitOptions:
    """Options of the command line; None is what stands beside the table."""

    model: str | None
    x: str | None
    y: str | None
    noise: float | None
    fixed: Sequence[str]
    bounds: Sequence[str]
    start: Sequence[str]
    plot: Path | None


def refit(file: Path, options: FitOptions) -> int:
    """Fits the curves that stand beside a table, or the one that is asked for.

    Args:
        file: A table as `CsvFile` writes it.
        options: What to fit; the rest is as the fits beside it say.

    Returns:
        The exit code.
    """
    table = _read(file)
    wanted = _wanted(file, table, options)
    for one in wanted:
        fit = _fitted(table, one)
        noise = one["sigma"] is not None
        report_of(fit, one["x"], one["y"], dict(zip(table.names, table.units)), noise, {})
    if options.plot is not None:
        last, fit = wanted[-1], _fitted(table, wanted[-1])
        if last["x"] != table.names[0]:
            raise InvalidError(f"a plot is over the first column, {table.names[0]}")
        options.plot.write_bytes(draw(scan_figure(table, file.stem, fit, last["y"], last["sigma"])))
        print(f"{options.plot}: the plot")
    return 0


def _read(file: Path) -> Table:
    """Reads a table; rows with an empty place are kept as NaN."""
    with file.open(newline="", encoding="utf-8") as opened:
        lines = list(csv.reader(opened))
    if not lines or lines[0][:2] != ["time [UTC]", "elapsed [s]"]:
        raise CorruptError(
            f'{file} is no table of alidade: it must begin with "time [UTC],elapsed [s]"'
        )
    titles = [title.rpartition(" [") for title in lines[0][2:]]
    table = Table()
    table._make([name for name, _, _ in titles], [unit.rstrip("]") for _, _, unit in titles])
    for number, line in enumerate(lines[1:], 2):
        try:
            numbers = [float(x) if x else math.nan for x in line[2:]]
            table._rows.append(round(float(line[1]) * 1e9), numbers)
        except (ValueError, IndexError):
            raise CorruptError(f"{file}:{number} is no row of numbers", where=str(file)) from None
        if len(numbers) != len(titles):
            raise CorruptError(f"{file}:{number} has {len(numbers)} numbers, not {len(titles)}")
    return table


def _wanted(file: Path, table: Table, options: FitOptions) -> list[dict[str, Any]]:
    try:
        known: list[dict[str, Any]] = read_beside(file).get("fits", [])
    except ValueError as error:
        raise CorruptError(str(error)) from None
    if options.model is None and not known:
        raise NotFoundError(
            f"no fit stands beside {file}; choose a curve by --model: {', '.join(_fit.models())}"
        )
    begin = known or [{}]
    # Columns of the last fit, where another curve is asked for.
    chosen = begin if options.model is None else begin[-1:]
    return [_with(one, table, options) for one in chosen]


def _with(known: Mapping[str, Any], table: Table, options: FitOptions) -> dict[str, Any]:
    same = options.model in (None, known.get("model"))
    one: dict[str, Any] = {
        "model": options.model or known["model"],
        "x": options.x or known.get("x", table.names[0]),
        "y": options.y or known.get("y", table.names[min(1, len(table.names) - 1)]),
        "sigma": known.get("sigma") if options.noise is None else options.noise,
        "fixed": dict(known.get("fixed", {})) if same else {},
        "bounds": dict(known.get("bounds", {})) if same else {},
        "start": None,
    }
    for text in options.fixed:
        name, value = _assigned(text)
        one["bounds"].pop(name, None)
        one["fixed"][name] = _number(value, text)
    for text in options.bounds:
        name, value = _assigned(text)
        low, colon, high = value.partition(":")
        if not colon:
            raise InvalidError(f"{text!r} has no colon; expected NAME=LEAST:GREATEST")
        one["fixed"].pop(name, None)
        one["bounds"][name] = [_number(low or "-inf", text), _number(high or "inf", text)]
    if options.start:
        pairs = {text: _assigned(text) for text in options.start}
        one["start"] = {name: _number(value, text) for text, (name, value) in pairs.items()}
    return one


def _assigned(text: str) -> tuple[str, str]:
    name, sign, value = text.strip().partition("=")
    if not (name and sign and value):
        raise InvalidError(f"{text!r} is no assignment; expected NAME=VALUE")
    return name, value


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidError(f"{whole!r}: {text!r} is no number") from None


def _end(bound: object, none: str) -> float:
    return float(none if bound is None else str(bound))


def _fitted(table: Table, one: Mapping[str, Any]) -> Fit:
    import numpy as np

    x, y = table.column(one["x"]), table.column(one["y"])
    there = np.isfinite(x) & np.isfinite(y)
    sigma = one["sigma"]
    if isinstance(sigma, list):
        if len(sigma) != len(x):
            raise InvalidError(
                f"the fit beside the table was of {len(sigma)} rows, the table has {len(x)}; say "
                "how far points scatter by --noise"
            )
        sigma = np.array(sigma)[there]
    bounds = {
        name: (_end(low, "-inf"), _end(high, "inf")) for name, (low, high) in one["bounds"].items()
    }
    try:
        return _fit.curve(
            one["model"], x[there], y[there], sigma,
            start=one["start"], fixed=one["fixed"], bounds=bounds,
        )  # fmt: skip
    except ValueError as error:
        raise InvalidError(str(error)) from None
